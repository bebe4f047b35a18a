//! For people.

use std::io;

use crate::{
    bench::{Cause, Cost, Figures, Outlier, Spread},
    compare::LeftOut,
    event::{Benchmark, Given, Name, Session},
    render::{
        canvas::{Canvas, Piece, piece},
        number::share,
        style::Tone,
    },
    stats::Interval,
};

/// Outliers that are listed.
const MOST_OUTLIERS: usize = 8;
/// Columns of a time and of a share.
const TIME: usize = 8;
const SHARE: usize = 6;

/// Writes a block for each module.
pub(super) fn write(
    canvas: &mut Canvas<'_>,
    session: &Session,
    benchmark: &Benchmark,
    sides: &[Figures],
) -> io::Result<()> {
    for (index, figures) in sides.iter().enumerate() {
        if index > 0 {
            canvas.blank()?;
        }
        head(canvas, session, benchmark, figures)?;
        if figures.loads > 0 {
            canvas.blank()?;
            table(canvas, figures)?;
            outliers(canvas, &figures.outliers)?;
        }
        if let Some(cost) = &figures.cost {
            canvas.blank()?;
            self::cost(canvas, cost)?;
        }
    }
    Ok(())
}

fn head(
    canvas: &mut Canvas<'_>,
    session: &Session,
    benchmark: &Benchmark,
    figures: &Figures,
) -> io::Result<()> {
    let contender = &figures.contender;
    let several = benchmark.contenders.len() > 1;
    let mut name = canvas.outside(&contender.module);
    if several {
        name = format!("{}  {name}", contender.side.name());
    }
    let asked = benchmark.rounds as usize;
    let (count, tone) = if figures.loads == asked {
        (format!("{asked} loads"), Tone::Plain)
    } else {
        (format!("{} of {asked} loads", figures.loads), Tone::Warn)
    };
    canvas.line(&[
        piece(name, Tone::Strong),
        piece("  ", Tone::Plain),
        piece(count, tone),
    ])?;
    let separator = canvas.glyphs.separator;
    let facts = facts(canvas, session, benchmark, figures);
    canvas.flow(piece("  ", Tone::Plain), &facts, separator)?;
    let left_out = figures.left_out.iter();
    let mut notes: Vec<_> = left_out
        .map(|&(why, loads)| format!("{loads} left out: {}", words(why)))
        .collect();
    if figures.failed > 0 {
        notes.push(format!("{} failed", figures.failed));
    }
    if notes.is_empty() {
        return Ok(());
    }
    let notes: Vec<Piece> = notes.into_iter().map(|it| piece(it, Tone::Warn)).collect();
    let mark = format!("  {} ", canvas.glyphs.warning);
    canvas.flow(piece(mark, Tone::Warn), &notes, separator)
}

/// How the loads were made.
fn facts(
    canvas: &Canvas<'_>,
    session: &Session,
    benchmark: &Benchmark,
    figures: &Figures,
) -> Vec<Piece> {
    let contender = &figures.contender;
    let mut facts = vec![
        canvas.outside(&contender.file),
        match contender.given {
            Given::File => "finit_module".into(),
            Given::Compressed => "finit_module, decompressed by the kernel".into(),
            Given::Image => "init_module, decompressed beforehand".into(),
        },
        format!("{} more to warm up", benchmark.warmup),
    ];
    if !benchmark.params.is_empty() {
        facts.push(format!("params {}", canvas.outside(&benchmark.params)));
    }
    if let Some(command) = &benchmark.prepare {
        facts.push(format!("before each: {}", canvas.outside(command)));
    }
    if benchmark.drop_caches {
        facts.push("page cache dropped before each".into());
    }
    if !benchmark.dependencies.is_empty() {
        let names = benchmark.dependencies.iter();
        let names: Vec<_> = names.map(|name| canvas.outside(name)).collect();
        facts.push(format!("loaded for it: {}", names.join(", ")));
    }
    if benchmark.contenders.len() > 1 {
        facts.push(format!("seed {}", benchmark.seed));
    }
    let release = Name(session.release.clone().into_bytes());
    facts.push(format!("Linux {}", canvas.outside(&release)));
    facts.into_iter().map(|it| piece(it, Tone::Plain)).collect()
}

fn words(why: LeftOut) -> &'static str {
    match why {
        LeftOut::Incomplete => "incomplete",
        LeftOut::Contested => "another load came in the way",
        LeftOut::WarmUp => "warming up",
        LeftOut::First => "the first one",
    }
}

fn table(canvas: &mut Canvas<'_>, figures: &Figures) -> io::Result<()> {
    let names = figures.phases.iter().map(|(phases, _)| phases.name());
    let widest = names.map(|name| name.chars().count()).max().unwrap_or(0);
    let numbers = 3 * (TIME + 2) + SHARE + 2;
    let room = canvas.style.columns().saturating_sub(numbers + 4);
    let width = widest.max("unattributed".len()).min(room);
    let bar = room.saturating_sub(width).min(30);
    let head = format!(
        "  {}  {:>TIME$}  {:>TIME$}  {:>TIME$}  {:>SHARE$}",
        canvas.cell("phase", width),
        "median",
        "MAD",
        "p95",
        "share"
    );
    canvas.line(&[piece(head, Tone::Dim)])?;
    let whole = rounded(figures.total.sum);
    for (phases, spread) in &figures.phases {
        let columns = (width, bar);
        row(canvas, &phases.name(), spread, whole, columns, Tone::Plain)?;
    }
    let gap = &figures.unattributed;
    row(canvas, "unattributed", gap, whole, (width, bar), Tone::Dim)?;
    let total = &figures.total;
    row(canvas, "total", total, whole, (width, 0), Tone::Strong)
}

fn row(
    canvas: &mut Canvas<'_>,
    name: &str,
    spread: &Spread,
    whole: u64,
    (width, bar): (usize, usize),
    tone: Tone,
) -> io::Result<()> {
    let part = rounded(spread.sum);
    let cell = |ns| canvas.time_cell(rounded(ns), "");
    let cells = format!(
        "  {}  {}  {}  {}  {:>SHARE$}",
        canvas.cell(name, width),
        cell(spread.median),
        cell(spread.mad),
        cell(spread.p95),
        share(part, whole)
    );
    let bar = canvas.bar(part, whole, bar);
    canvas.line(&[
        piece(cells, tone),
        piece("  ", Tone::Plain),
        piece(bar, Tone::Bar),
    ])
}

fn outliers(canvas: &mut Canvas<'_>, outliers: &[Outlier]) -> io::Result<()> {
    if outliers.is_empty() {
        return Ok(());
    }
    canvas.blank()?;
    let head = "  loads far above the median, and why";
    canvas.line(&[piece(head, Tone::Dim)])?;
    let separator = canvas.glyphs.separator;
    for outlier in outliers.iter().take(MOST_OUTLIERS) {
        let begin = format!(
            "  {:>6}  +{:<8}  ",
            format!("#{}", outlier.round),
            canvas.time(rounded(outlier.excess))
        );
        let mut said = vec![piece(because(canvas, outlier), Tone::Plain)];
        if let Some((phases, over)) = outlier.phase {
            let over = canvas.time(rounded(over));
            let text = format!("+{over} in {}", phases.name());
            said.push(piece(text, Tone::Plain));
        }
        said.push(piece(outlier.id.to_string(), Tone::Dim));
        canvas.flow(piece(begin, Tone::Plain), &said, separator)?;
    }
    match outliers.len().saturating_sub(MOST_OUTLIERS) {
        0 => Ok(()),
        more => canvas.line(&[piece(format!("          and {more} more"), Tone::Dim)]),
    }
}

fn because(canvas: &Canvas<'_>, outlier: &Outlier) -> String {
    let time = canvas.time(rounded(outlier.explained));
    match outlier.cause {
        Cause::FirstLoad => "the first load, without warm-up".into(),
        Cause::PageCache => "file not in the page cache".into(),
        Cause::WaitedForCpu => format!("waited {time} longer for a CPU"),
        Cause::Blocked => format!("blocked {time} longer"),
        Cause::Unknown => "cause unknown".into(),
    }
}

fn cost(canvas: &mut Canvas<'_>, cost: &Cost) -> io::Result<()> {
    let (traced, untraced) = (cost.traced.0, cost.untraced.0);
    let signed = |ns: f64| {
        let sign = if ns < 0.0 { "-" } else { "+" };
        format!("{sign}{}", canvas.time(rounded(ns.abs())))
    };
    let time = |ns: f64| canvas.time(rounded(ns));
    let relative = (traced - untraced) / untraced.max(1.0) * 100.0;
    let between = |interval: Interval| {
        let (low, high) = (signed(interval.low), signed(interval.high));
        format!("95% between {low} and {high}")
    };
    let adds = || format!("{} a load ({relative:+.1}%)", signed(traced - untraced));
    let added = match cost.interval {
        Some(interval) if interval.low > 0.0 => [adds(), between(interval)],
        // A tracer takes time: where loads without it took longer, something else differed.
        Some(interval) => ["too little to be told here".into(), between(interval)],
        None => [adds(), "too few loads without it to say how exactly".into()],
    };
    let mut without = format!("{} without (of {}", time(untraced), cost.untraced.1);
    if let (Some(before), Some(after)) = (cost.before, cost.after) {
        without += &format!("; before {}, after {}", time(before), time(after));
    }
    let lines = [
        ("  the tracer adds ", added),
        (
            "    ",
            [
                format!("{} with it (of {})", time(traced), cost.traced.1),
                without + ")",
            ],
        ),
    ];
    let separator = canvas.glyphs.separator;
    for (head, said) in lines {
        let said: Vec<Piece> = said.map(|it| piece(it, Tone::Plain)).into();
        canvas.flow(piece(head, Tone::Dim), &said, separator)?;
    }
    Ok(())
}

/// Whole ns. Negative ones are 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "durations: casts saturate"
)]
pub(super) fn rounded(ns: f64) -> u64 {
    ns.round() as u64
}
