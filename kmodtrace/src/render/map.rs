//! A drawing of a module's memory: ordered by address, proportional, with final permissions.

use std::io;

use super::{
    canvas::{Canvas, piece},
    facts::sections_in,
    number,
    style::Tone,
};
use crate::model::{Memory, Permissions, Region, Section};

/// Columns of the longest kind, `ro_after_init`.
const KIND: usize = 13;
/// Columns beside the bar.
const FIXED: usize = 49;
/// The bar is at most this wide.
const BAR: usize = 32;

/// Draws the regions and, if wanted, the sections in each of them.
pub(super) fn draw(
    memory: &Memory,
    sections: &[Section],
    with_sections: bool,
    canvas: &mut Canvas<'_>,
) -> io::Result<()> {
    let Some(largest) = memory.regions.iter().map(|region| region.bytes).max() else {
        return Ok(());
    };
    let mut end = None;
    for region in &memory.regions {
        if let Some(gap) = end.and_then(|end| region.address.checked_sub(end))
            && gap > 0
        {
            let text = format!("    {:<18}  gap of {}", "", size(gap));
            canvas.line(&[piece(text, Tone::Dim)])?;
        }
        row(region, largest, canvas)?;
        if with_sections {
            list(region, sections, canvas)?;
        }
        end = Some(region.address.saturating_add(region.bytes));
    }
    footer(memory, canvas)
}

fn row(region: &Region, largest: u64, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let (number, unit) = number::size(region.bytes);
    let permissions = region
        .permissions
        .map_or("?".to_owned(), |all| all.to_string());
    let danger = region.permissions
        == Some(Permissions {
            write: true,
            execute: true,
        });
    let tone = if region.kind.is_init() {
        Tone::Dim
    } else {
        Tone::Plain
    };
    let width = canvas.style.columns().saturating_sub(FIXED).min(BAR);
    let bar = canvas.bar(region.bytes, largest, width);
    canvas.line(&[
        piece(format!("    {:#018x}  ", region.address), Tone::Dim),
        piece(format!("{:<KIND$}", region.kind.name()), tone),
        piece(format!(" {number:>5} {unit:<3}  "), tone),
        piece(
            format!("{permissions:<3}  "),
            if danger { Tone::Bad } else { tone },
        ),
        piece(bar, Tone::Bar),
    ])
}

fn list(region: &Region, sections: &[Section], canvas: &mut Canvas<'_>) -> io::Result<()> {
    let end = region.address.saturating_add(region.bytes);
    let mut inside: Vec<_> = sections_in(sections, region.address, end).collect();
    inside.sort_by_key(|section| section.address);
    for section in inside {
        let (number, unit) = number::size(section.bytes);
        let address = section.address.unwrap_or(0);
        let room = canvas.style.columns().saturating_sub(36);
        let name = canvas.outside(&section.name);
        let name = canvas.cell(&name, room);
        let text = format!("      {address:#018x}  {number:>5} {unit:<3}  {name}");
        canvas.line(&[piece(text, Tone::Dim)])?;
    }
    Ok(())
}

fn footer(memory: &Memory, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let mut items = Vec::new();
    let (kept, freed) = memory.kept_and_freed();
    items.push(piece(format!("{} stay", size(kept)), Tone::Plain));
    if freed > 0 {
        items.push(piece(
            format!("{} freed after init", size(freed)),
            Tone::Plain,
        ));
    }
    if let Some(per_cpu) = memory.per_cpu {
        let at = per_cpu.address.map(|address| format!(" at {address:#x}"));
        let text = format!("{} per CPU{}", size(per_cpu.bytes), at.unwrap_or_default());
        items.push(piece(text, Tone::Plain));
    }
    match memory.in_area() {
        Some(true) => items.push(piece("inside the area for modules", Tone::Dim)),
        Some(false) => items.push(piece("outside of the area for modules", Tone::Warn)),
        None => {}
    }
    canvas.flow(piece("    ", Tone::Plain), &items, canvas.glyphs.separator)
}

fn size(bytes: u64) -> String {
    let (number, unit) = number::size(bytes);
    format!("{number} {unit}")
}
