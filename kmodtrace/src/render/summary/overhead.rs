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
    let known = summary.programs.as_ref().filter(|all| all.statistics);
    let mut programs: Vec<_> = known.iter().flat_map(|all| &all.programs).collect();
    programs.sort_by_key(|program| Reverse(program.run_ns));
    let shown = if canvas.style.verbose {
        programs.len()
    } else {
        FEW
    };
    let rest = programs.split_off(shown.min(programs.len()));
    let mut items: Vec<_> = programs
        .iter()
        .map(|program| one(program, canvas))
        .collect();
    if !rest.is_empty() {
        let ns = rest.iter().map(|program| program.run_ns).sum();
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
    let missed = summary
        .programs
        .as_ref()?
        .missed
        .filter(|&missed| missed > 0)?;
    let hits = plural(missed, "probe hit", "probe hits");
    Some(format!(
        "{hits} missed: a program was running already on that CPU"
    ))
}

fn one(program: &ProgramUse, canvas: &Canvas<'_>) -> String {
    let name = canvas.outside(&Name(program.name.clone().into_bytes()));
    format!(
        "{name} {} in {}",
        canvas.time(program.run_ns),
        plural(program.runs, "hit", "hits")
    )
}
