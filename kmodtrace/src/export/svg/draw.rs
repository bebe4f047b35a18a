//! The picture.

use std::{collections::BTreeSet, fmt::Write as _};

use unicode_width::UnicodeWidthStr as _;

use super::{
    axis::Axis,
    bar::{Bar, rows},
    xml::{Px, Text},
};
use crate::{
    catalogue::phase::Phase,
    export::{
        palette::{self, Look},
        subject::Part,
    },
    model::Summary,
    render::time_text,
};

/// Pixels.
const WIDTH: u64 = 1200;
const EDGE: u64 = 20;
const HEAD: u64 = 62;
const ROW: u64 = 36;
const LABEL: u64 = 17;
const BAR: u64 = 14;
const LEGEND: u64 = 22;
/// Bars narrower than this, hundredths of a pixel, have one colour: that of their longest phase.
const PLAIN: u64 = 300;
/// A letter's width on average, hundredths of a pixel.
const LETTER: u64 = 690;

const STYLE: &str = "\
svg{--page:#fff;--text:#17202e;--muted:#556174;--line:#dde2e9;--bad:#b3261e;--gap:#c3cad4}\
@media(prefers-color-scheme:dark){svg{--page:#10151c;--text:#e5ebf3;--muted:#98a5b7;--line:#27313e;--bad:#ff8a80;--gap:#3a4655}}\
.page{fill:var(--page)}text{font:11px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:var(--text)}\
.h{font-size:16px;font-weight:650}.m{fill:var(--muted)}.n{font-weight:600}.u{font-style:italic}.b{fill:var(--bad)}\
.l{stroke:var(--line)}.c{stroke:var(--muted)}.g{fill:var(--gap)}";

/// Draws a run.
pub(super) fn picture(machine: &str, mut bars: Vec<Bar>, summary: &Summary) -> String {
    let rows = rows(&mut bars);
    let from_ns = bars.first().map_or(0, |bar| bar.start_ns);
    let end_ns = bars.iter().map(Bar::end_ns).max().unwrap_or(from_ns);
    let axis = Axis {
        from_ns,
        span_ns: end_ns.saturating_sub(from_ns),
        left: EDGE,
        width: WIDTH - 2 * EDGE,
    };
    let legend = legend(&bars);
    let legend_top = HEAD + ROW * rows as u64 + 26;
    let height = legend_top + LEGEND * legend.len() as u64;
    let mut svg = String::new();
    // Writing to a String cannot fail.
    let _ = head(&mut svg, height, machine, &axis, summary);
    let _ = grid(&mut svg, &axis, HEAD + ROW * rows as u64);
    let _ = loads(&mut svg, &axis, &bars, rows);
    let mut top = legend_top;
    for line in &legend {
        let _ = writeln!(svg, "<g transform=\"translate(0 {top})\">{line}</g>");
        top += LEGEND;
    }
    svg.push_str("</svg>\n");
    svg
}

fn head(
    svg: &mut String,
    height: u64,
    machine: &str,
    axis: &Axis,
    summary: &Summary,
) -> std::fmt::Result {
    let count =
        |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let mut facts = vec![count(summary.loads, "load")];
    if summary.failed > 0 {
        facts.push(format!("{} failed", summary.failed));
    }
    if summary.unloads > 0 {
        facts.push(count(summary.unloads, "unload"));
    }
    facts.push(format!("{} in loads", time_text(summary.total_ns)));
    facts.push(format!("{} in all", time_text(axis.span_ns)));
    if summary.incomplete > 0 {
        facts.push(format!("{} incomplete", summary.incomplete));
    }
    let facts = facts.join(" · ");
    write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-labelledby=\"title desc\">\n\
         <title id=\"title\">Module loads on {machine}</title>\n\
         <desc id=\"desc\">Timeline by kmodtrace: {facts}.</desc>\n\
         <style>{STYLE}</style>\n\
         <rect class=\"page\" width=\"{WIDTH}\" height=\"{height}\" rx=\"8\"/>\n\
         <text class=\"h\" x=\"{EDGE}\" y=\"27\">{machine}</text>\n\
         <text class=\"m\" x=\"{right}\" y=\"27\" text-anchor=\"end\">{facts}</text>\n",
        machine = Text(machine),
        facts = Text(&facts),
        right = WIDTH - EDGE,
    )
}

fn grid(svg: &mut String, axis: &Axis, bottom: u64) -> std::fmt::Result {
    for (at, label) in axis.ticks() {
        let x = axis.x(axis.from_ns + at);
        writeln!(svg, "<path class=\"l\" d=\"M{x} 40V{bottom}\"/>")?;
        let behind = Px(x.0 + 400);
        if behind.0 + label.width() as u64 * LETTER < WIDTH * 100 {
            writeln!(
                svg,
                "<text class=\"m\" x=\"{behind}\" y=\"50\">{label}</text>"
            )?;
        }
    }
    Ok(())
}

/// Bars and labels, in order of time.
fn loads(svg: &mut String, axis: &Axis, bars: &[Bar], rows: usize) -> std::fmt::Result {
    // Where the next one of the same row begins, for labels; of the last ones, the edge.
    let edge = Px((WIDTH - 4) * 100);
    let mut next = vec![edge; rows];
    let mut until = vec![edge; bars.len()];
    for (at, bar) in bars.iter().enumerate().rev() {
        until[at] = std::mem::replace(&mut next[bar.row], axis.x(bar.start_ns));
    }
    // The last pixel drawn into, and whether loads that succeeded and that failed are seen there.
    let mut drawn = vec![(u64::MAX, [false; 2]); rows];
    for (bar, until) in bars.iter().zip(until) {
        let (x, end) = (axis.x(bar.start_ns), axis.x(bar.end_ns()));
        let (pixel, seen) = &mut drawn[bar.row];
        if *pixel != x.0 / 100 {
            (*pixel, *seen) = (x.0 / 100, [false; 2]);
        }
        let seen = &mut seen[usize::from(bar.failed.is_some())];
        if std::mem::replace(seen, true) && end.0 - x.0 < 100 {
            continue;
        }
        load(svg, axis, bar)?;
        label(svg, bar, x, until)?;
    }
    Ok(())
}

fn load(svg: &mut String, axis: &Axis, bar: &Bar) -> std::fmt::Result {
    let x = axis.x(bar.start_ns);
    let y = HEAD + ROW * bar.row as u64 + LABEL;
    let width = Px(axis.length(bar.total_ns).0.max(100));
    let unload = if bar.unload { "unload of " } else { "" };
    let how = bar.failed.as_deref().unwrap_or("ok");
    write!(
        svg,
        "<g><title>{unload}{}: {} in {}</title>",
        Text(&bar.name),
        Text(how),
        time_text(bar.total_ns)
    )?;
    if bar.below > 0 {
        let up = bar.below as u64 * ROW - BAR;
        write!(svg, "<path class=\"c\" d=\"M{x} {y}v-{up}\"/>")?;
    }
    write!(
        svg,
        "<rect class=\"g\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BAR}\"/>"
    )?;
    if width.0 < PLAIN {
        let longest = bar.phases.iter().max_by_key(|piece| piece.duration_ns);
        if let Some(Look { color, .. }) = longest.map(|piece| piece.look) {
            write!(
                svg,
                "<rect fill=\"{color}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BAR}\"/>"
            )?;
        }
    } else {
        phases(svg, axis, bar, y)?;
    }
    if bar.failed.is_some() {
        let y = y + BAR;
        write!(
            svg,
            "<rect class=\"b\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"3\"/>"
        )?;
    }
    svg.push_str("</g>\n");
    Ok(())
}

/// The phases of a bar at `y`.
fn phases(svg: &mut String, axis: &Axis, bar: &Bar, y: u64) -> std::fmt::Result {
    let mut drawn = Px(0);
    for piece in &bar.phases {
        let left = axis.x(bar.start_ns.saturating_add(piece.offset_ns));
        let wide = axis.length(piece.duration_ns);
        let end = Px(left.0 + wide.0);
        // Nothing would be seen of less.
        if end.0 < drawn.0 + 25 {
            continue;
        }
        drawn = end;
        let color = piece.look.color;
        let wide = Px(wide.0.max(40));
        write!(
            svg,
            "<rect fill=\"{color}\" x=\"{left}\" y=\"{y}\" width=\"{wide}\" height=\"{BAR}\"/>"
        )?;
    }
    Ok(())
}

/// The name and, if there is room, how long it took.
fn label(svg: &mut String, bar: &Bar, x: Px, until: Px) -> std::fmt::Result {
    let room = until.0.saturating_sub(x.0 + 400);
    let wide = |text: &str| text.width() as u64 * LETTER;
    let mark = if bar.failed.is_some() { "✗ " } else { "" };
    let unload = if bar.unload { "unload " } else { "" };
    let name = format!("{mark}{unload}{}", bar.name);
    let time = time_text(bar.total_ns);
    let rest = match &bar.failed {
        Some(failed) => format!("{failed} {time}"),
        None => time,
    };
    let y = HEAD + ROW * bar.row as u64 + LABEL - 5;
    let class = match (bar.failed.is_some(), bar.unload) {
        (true, _) => "n b",
        (false, true) => "u",
        (false, false) => "n",
    };
    let whole = wide(&name) <= room;
    let shown = if whole { name } else { shortened(&name, room) };
    if shown.is_empty() {
        return Ok(());
    }
    write!(
        svg,
        "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}",
        Text(&shown)
    )?;
    if whole && wide(&shown) + wide(&rest) + 1000 <= room {
        write!(
            svg,
            "<tspan class=\"m\" font-weight=\"400\" dx=\"6\">{}</tspan>",
            Text(&rest)
        )?;
    }
    svg.push_str("</text>\n");
    Ok(())
}

/// As much of a name as there is room for, if that says anything.
fn shortened(name: &str, room: u64) -> String {
    let mut short = String::new();
    for c in name.chars() {
        if (short.width() + 2) as u64 * LETTER > room {
            break;
        }
        short.push(c);
    }
    if short.chars().count() < 4 {
        return String::new();
    }
    short.push('…');
    short
}

/// Lines of colours and names, of the phases that occur.
fn legend(bars: &[Bar]) -> Vec<String> {
    let phases = bars
        .iter()
        .filter(|bar| !bar.unload)
        .flat_map(|bar| &bar.phases);
    let used: BTreeSet<_> = phases.map(|piece| piece.look.name).collect();
    let looks = Phase::ALL
        .into_iter()
        .map(|phase| palette::look(Part::Load(phase)));
    let mut lines = vec![String::new()];
    let mut x = EDGE;
    for look in looks.filter(|look| used.contains(look.name)) {
        let wide = 30 + look.name.len() as u64 * 7;
        if x + wide > WIDTH - EDGE {
            lines.push(String::new());
            x = EDGE;
        }
        if let Some(line) = lines.last_mut() {
            let (name, color) = (look.name, look.color);
            let _ = write!(
                line,
                "<rect fill=\"{color}\" x=\"{x}\" width=\"10\" height=\"10\" rx=\"2\"/>\
                 <text class=\"m\" x=\"{}\" y=\"9\">{name}</text>",
                x + 15,
            );
        }
        x += wide;
    }
    lines
}
