//! What tracing itself cost, for people.

use std::{cmp::Reverse, io};

use super::words;
use crate::{
    event::{Name, ProgramUse},
    model::Summary,
    render::{
        canvas::{Canvas, piece},
        facts::{overhead, plural},
        style::Tone,
    },
};

/// Programs that are named without `-v`.
const FEW: usize = 3;

pub(super) fn write(summary: &Summary, canvas: &mut Canvas<'_>) -> io::Result<()> {
    if let Some(text) = overhead(summary.overhead, summary.total_ns, canvas) {
        let text = words(&text, Tone::Dim);
        canvas.flow(piece("  tracing ", Tone::Dim), &text, " ")?;
    }
    let known = summary.programs.as_ref().filter(|all| all.timed);
    let mut programs: Vec<_> = known.iter().flat_map(|all| &all.programs).collect();
    programs.sort_by_key(|(_, of_it)| Reverse(of_it.run_ns));
    let shown = if canvas.style.verbose {
        programs.len()
    } else {
        FEW
    };
    let rest = programs.split_off(shown.min(programs.len()));
    let mut items: Vec<_> = programs
        .iter()
        .map(|(name, of_it)| one(name, of_it, canvas))
        .collect();
    if !rest.is_empty() {
        let each = rest.iter().map(|(_, of_it)| of_it.run_ns);
        let ns = each.fold(0, u64::saturating_add);
        items.push(format!("{} others {}", rest.len(), canvas.time(ns)));
    }
    if items.is_empty() {
        return Ok(());
    }
    let items: Vec<_> = items.iter().map(|item| piece(item, Tone::Dim)).collect();
    canvas.flow(
        piece("  programs ", Tone::Dim),
        &items,
        canvas.glyphs.separator,
    )
}

/// That hits were passed over, if so.
pub(super) fn missed(summary: &Summary) -> Option<String> {
    let missed = summary.programs.as_ref()?.missed;
    let hits = plural(
        missed.filter(|&missed| missed > 0)?,
        "probe hit",
        "probe hits",
    );
    Some(format!(
        "{hits} missed, in loads or elsewhere: a program was running already on that CPU"
    ))
}

fn one(name: &str, of_it: &ProgramUse, canvas: &Canvas<'_>) -> String {
    let name = canvas.outside(&Name(name.as_bytes().to_vec()));
    let time = canvas.time(of_it.run_ns);
    format!("{name} {time} in {}", plural(of_it.runs, "run", "runs"))
}
