//! The table of sections.

use std::io;

use super::{
    lists::{heading, outside, size},
    words::section_kind,
};
use crate::{
    image::{ModuleImage, layout::Kind, limits, sections::Section},
    render::{
        canvas::{Canvas, piece},
        style::Tone,
    },
};

pub(super) fn write(image: &ModuleImage<'_>, canvas: &mut Canvas<'_>) -> io::Result<()> {
    heading(
        canvas,
        " nr type     flag     size align   offset memory        name",
    )?;
    let sections = image.sections.iter().zip(&image.layout.kinds);
    for (index, (section, &kind)) in sections.enumerate().skip(1) {
        row(canvas, index, section, kind)?;
    }
    Ok(())
}

fn row(canvas: &mut Canvas<'_>, index: usize, section: &Section<'_>, kind: Kind) -> io::Result<()> {
    let kind_cell = canvas.cell(&section_kind(section), 8);
    let flags = canvas.cell(&section.flag_letters(), 4);
    let align = match section.align {
        0..=99_999 => section.align.to_string(),
        large => size(large).replace(' ', ""),
    };
    // A section without contents in the file may claim any offset.
    let offset = match section.offset {
        0..=limits::IMAGE_BYTES => format!("{:#x}", section.offset),
        _ => String::from("-"),
    };
    let head = format!(
        "  {index:>3} {kind_cell} {flags} {:>8} {align:>5} {offset:>8} {:<13} ",
        size(section.size),
        kind.name(),
    );
    let name = [piece(outside(canvas, section.name), Tone::Plain)];
    canvas.flow(piece(head, Tone::Plain), &name, " ")
}
