//! What is to be said below a load's table: how much was inferred, what is missing.

use std::io;

use crate::{
    model::{Load, Outcome},
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
