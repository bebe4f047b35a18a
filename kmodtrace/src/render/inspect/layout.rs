//! The memory that the module will take.

use std::io;

use super::lists::{many, size};
use crate::{
    image::layout::{Kind, Layout, PAGE_BYTES, Region},
    render::{
        canvas::{Canvas, piece},
        style::Tone,
    },
};

pub(super) fn write(layout: &Layout, canvas: &mut Canvas<'_>) -> io::Result<()> {
    canvas.blank()?;
    let head = "  memory         sections      size  pages";
    canvas.line(&[piece(head, Tone::Dim)])?;
    for (kind, region) in &layout.regions {
        let freed = if kind.is_freed() {
            "  freed after init"
        } else {
            ""
        };
        row(
            canvas,
            kind.name(),
            region,
            &region.pages().to_string(),
            freed,
        )?;
    }
    if layout.percpu.sections > 0 {
        row(
            canvas,
            Kind::PerCpu.name(),
            &layout.percpu,
            "",
            "  on each CPU",
        )?;
    }
    if layout.not_kept.sections > 0 {
        row(
            canvas,
            Kind::NotKept.name(),
            &layout.not_kept,
            "",
            "  in the file",
        )?;
    }
    let (kept, freed) = (layout.page_bytes(false), layout.page_bytes(true));
    let sum = |bytes: u64| {
        format!(
            "{} in {}",
            size(bytes),
            many(bytes / PAGE_BYTES, "page", "pages")
        )
    };
    let now = [
        format!("kept {}", sum(kept)),
        format!("freed after init {}", sum(freed)),
    ];
    let before = [
        format!("before Linux 6.4: core {}", sum(layout.core.bytes)),
        format!("init {}", sum(layout.init.bytes)),
    ];
    let separator = canvas.glyphs.separator;
    for items in [now, before] {
        let items = items.map(|text| piece(text, Tone::Plain));
        canvas.flow(piece("  ", Tone::Plain), &items, separator)?;
    }
    Ok(())
}

fn row(
    canvas: &mut Canvas<'_>,
    name: &str,
    region: &Region,
    pages: &str,
    note: &str,
) -> io::Result<()> {
    let Region { sections, bytes } = *region;
    let size = size(bytes);
    let text = format!("  {name:<13} {sections:>9}  {size:>8}  {pages:>5}");
    canvas.line(&[piece(text, Tone::Plain), piece(note, Tone::Dim)])
}
