//! What is to be said below a load's table: how much was inferred, what is missing.

use std::io;

use crate::{
    explain::ignored_parameters,
    model::{Load, LogLine, Outcome},
    render::{
        canvas::{Canvas, piece},
        facts::plural,
        number,
        style::Tone,
    },
};

pub(super) fn write(load: &Load, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let inferred_ns = load.inferred_ns();
    if inferred_ns > 0 {
        inferred(inferred_ns, load.total_ns, canvas)?;
    }
    log(&load.facts.log, load.start_ns, canvas)?;
    let ignored = ignored_parameters(load);
    if !ignored.is_empty() {
        let names = ignored.iter().map(|name| canvas.outside(name));
        let names = names.collect::<Vec<_>>().join(", ");
        let text =
            format!("the module does not know these parameters, they had no effect: {names}");
        let words: Vec<_> = text
            .split(' ')
            .map(|word| piece(word, Tone::Warn))
            .collect();
        let head = piece(format!("  {} ", canvas.glyphs.warning), Tone::Warn);
        canvas.flow(head, &words, " ")?;
    }
    if let Some(why) = incomplete(load) {
        let head = piece(format!("  {} ", canvas.glyphs.warning), Tone::Warn);
        canvas.flow(
            head,
            &[piece(format!("incomplete: {why}"), Tone::Warn)],
            " ",
        )?;
    }
    Ok(())
}

/// Lines of the kernel's log shown without `-v`.
const FEW_LINES: usize = 5;

/// Lines of the kernel's log, each with its time after `start_ns`.
pub(super) fn log(lines: &[LogLine], start_ns: u64, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let shown = if canvas.style.verbose {
        lines.len()
    } else {
        FEW_LINES
    };
    for line in lines.iter().take(shown) {
        let at = canvas.time_cell(line.time_ns.saturating_sub(start_ns), "");
        let probable = if line.probable { "? " } else { "" };
        let text = canvas.outside(&line.text);
        /// `KERN_ERR`: what is as bad or worse is shown as bad.
        const ERROR: u8 = 3;
        let tone = if line.level.is_some_and(|level| level <= ERROR) {
            Tone::Bad
        } else {
            Tone::Plain
        };
        let words = text.split(' ').map(|word| piece(word, tone));
        let words: Vec<_> = words.collect();
        canvas.flow(
            piece(format!("  log {at}  {probable}"), Tone::Dim),
            &words,
            " ",
        )?;
    }
    if lines.len() > shown {
        let more = u64::try_from(lines.len() - shown).unwrap_or(0);
        let text = format!("  log {} more with -v", plural(more, "line", "lines"));
        canvas.line(&[piece(text, Tone::Dim)])?;
    }
    Ok(())
}

/// The legend of `~`, with the share that it applies to.
pub(in crate::render) fn inferred(
    inferred_ns: u64,
    total_ns: u64,
    canvas: &mut Canvas<'_>,
) -> io::Result<()> {
    let share = number::share(inferred_ns, total_ns);
    let text = [
        piece(format!("inferred {share}:"), Tone::Dim),
        piece("begins or ends between two probes", Tone::Dim),
    ];
    canvas.flow(piece("  ~ ", Tone::Dim), &text, " ")
}

/// Why a load is incomplete, if it is.
pub(in crate::render) fn incomplete(load: &Load) -> Option<String> {
    let mut reasons = Vec::new();
    if load.lost_events > 0 {
        reasons.push(format!(
            "{} lost",
            plural(load.lost_events, "record", "records")
        ));
    }
    match load.outcome {
        Outcome::Returned(_) => {}
        Outcome::Unknown => reasons.push(String::from("its return was not seen")),
        Outcome::TaskGone => reasons.push(String::from("its task ended inside the load")),
    }
    if reasons.is_empty() && !load.complete {
        reasons.push(String::from("a part of it was not seen"));
    }
    (!reasons.is_empty()).then(|| reasons.join(", "))
}
