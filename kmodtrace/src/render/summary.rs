//! The end of a run, for people.

use std::{cmp::Reverse, io};

use super::{
    canvas::{Canvas, Piece, piece},
    facts::plural,
    number,
    style::Tone,
    terminal::table::{self, Columns, Row, Scale, UNATTRIBUTED},
};
use crate::model::Summary;

mod failures;
mod in_flight;
mod overhead;

/// Phases shown one by one; the others are summed up.
const SHOWN: usize = 8;

pub(super) fn write(summary: &Summary, canvas: &mut Canvas<'_>) -> io::Result<()> {
    headline(summary, canvas)?;
    phases(summary, canvas)?;
    failures::write(summary, canvas)?;
    in_flight::write(&summary.in_flight, canvas)?;
    overhead::write(summary, canvas)?;
    losses(summary, canvas)
}

fn headline(summary: &Summary, canvas: &mut Canvas<'_>) -> io::Result<()> {
    if summary.loads == 0 {
        return nothing(summary, canvas);
    }
    let mut items = vec![
        piece(plural(summary.loads, "load", "loads"), Tone::Strong),
        piece(
            format!("{} in all", canvas.time(summary.total_ns)),
            Tone::Strong,
        ),
    ];
    if summary.failed > 0 {
        items.push(piece(format!("{} failed", summary.failed), Tone::Bad));
    }
    if summary.incomplete > 0 {
        items.push(piece(
            format!("{} incomplete", summary.incomplete),
            Tone::Warn,
        ));
    }
    if summary.unloads > 0 {
        let unloads = plural(summary.unloads, "unload", "unloads");
        let failed = match summary.failed_unloads {
            0 => String::new(),
            failed => format!(", {failed} failed"),
        };
        items.push(piece(format!("{unloads}{failed}"), Tone::Plain));
    }
    if summary.command_made_none() {
        items.push(piece("none by the command itself", Tone::Warn));
    }
    if let Some(code) = summary.command.filter(|&code| code != 0) {
        items.push(piece(format!("command ended with {code}"), Tone::Bad));
    }
    canvas.flow(piece("", Tone::Plain), &items, canvas.glyphs.separator)
}

fn nothing(summary: &Summary, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let ended = if summary.passed_over > 0 {
        "was printed"
    } else if summary.in_flight.is_empty() {
        "happened"
    } else {
        "ended"
    };
    let mut text = format!("no load {ended}");
    if let Some(code) = summary.command {
        text.push_str(" while the command ran");
        if code != 0 {
            text.push_str(&format!("; it ended with {code}"));
        }
    }
    canvas.flow(piece("", Tone::Plain), &words(&text, Tone::Strong), " ")?;
    if summary.passed_over > 0 {
        let mut text = plural(summary.passed_over, "load", "loads");
        text.push_str(match summary.passed_over {
            1 => " was passed over: it was not asked for",
            _ => " were passed over: they were not asked for",
        });
        if summary.command_made_none() {
            text.push_str(", and not made by the command itself");
        }
        return canvas.flow(piece("  ", Tone::Plain), &words(&text, Tone::Dim), " ");
    }
    if summary.command.is_some() && summary.in_flight.is_empty() {
        let hint = "a module that is built in or loaded already is not loaded again";
        canvas.flow(piece("  ", Tone::Plain), &words(hint, Tone::Dim), " ")?;
    }
    Ok(())
}

fn phases(summary: &Summary, canvas: &mut Canvas<'_>) -> io::Result<()> {
    if summary.phases.is_empty() {
        return Ok(());
    }
    let mut phases: Vec<_> = summary
        .phases
        .iter()
        .map(|(phase, ns)| (phase.name(), *ns))
        .collect();
    phases.sort_by_key(|&(_, ns)| Reverse(ns));
    let rest = phases.split_off(phases.len().min(SHOWN));
    let scale = Scale {
        total_ns: summary.total_ns,
        longest_ns: phases
            .iter()
            .fold(summary.unattributed_ns, |most, &(_, ns)| most.max(ns)),
    };
    if !rest.is_empty() {
        phases.push(("all others", rest.iter().map(|&(_, ns)| ns).sum()));
    }
    let columns = Columns::new(phases.iter().map(|&(name, _)| name), false, canvas);
    canvas.blank()?;
    table::head(&columns, canvas)?;
    let unattributed =
        (summary.unattributed_ns > 0).then_some((UNATTRIBUTED, summary.unattributed_ns));
    for (name, duration_ns) in phases.into_iter().chain(unattributed) {
        let tone = if name == UNATTRIBUTED {
            table::unattributed_tone(duration_ns, summary.total_ns)
        } else {
            Tone::Plain
        };
        let row = Row {
            name,
            offset_ns: None,
            duration_ns,
            mark: "",
            tone,
        };
        table::row(&row, &columns, scale, canvas)?;
    }
    if summary.inferred_ns > 0 {
        let share = number::share(summary.inferred_ns, summary.total_ns);
        let text = format!("inferred {share}: begins or ends between two probes");
        canvas.flow(piece("  ~ ", Tone::Dim), &words(&text, Tone::Dim), " ")?;
    }
    Ok(())
}

fn losses(summary: &Summary, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let losses = &summary.losses;
    let lost = losses.segments.saturating_add(losses.records);
    let mut warnings = Vec::new();
    if !summary.under_way.is_empty() {
        let names: Vec<_> = summary
            .under_way
            .iter()
            .map(|name| canvas.outside(name))
            .collect();
        warnings.push(format!(
            "{} being loaded or unloaded when tracing began: not seen",
            names.join(", ")
        ));
    }
    if lost > 0 {
        let lost = plural(lost, "record", "records");
        warnings.push(format!(
            "{lost} lost: the ring buffer was full (--ring-size gives it more)"
        ));
    }
    if summary.missing() > 0 {
        let missing = plural(summary.missing(), "record", "records");
        warnings.push(format!("{missing} sent by the kernel never arrived"));
    }
    if losses.untracked > 0 {
        let untracked = plural(losses.untracked, "load", "loads");
        warnings.push(format!(
            "{untracked} not followed: too many at once, by a 32-bit program, or begun before `ready`"
        ));
    }
    if let Some(missed) = overhead::missed(summary) {
        warnings.push(missed);
    }
    if summary.anomalies > 0 {
        let anomalies = plural(summary.anomalies, "event fits", "events fit");
        warnings.push(format!("{anomalies} into no load"));
    }
    if !warnings.is_empty() {
        canvas.blank()?;
    }
    for warning in warnings {
        let head = piece(format!("  {} ", canvas.glyphs.warning), Tone::Warn);
        canvas.flow(head, &words(&warning, Tone::Warn), " ")?;
    }
    Ok(())
}

fn words(text: &str, tone: Tone) -> Vec<Piece> {
    text.split(' ').map(|word| piece(word, tone)).collect()
}
