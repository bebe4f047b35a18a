//! Relocations by type and by section.

use std::io;

use super::{
    lists::{heading, outside},
    words::relocation,
};
use crate::{
    image::{ModuleImage, relocations},
    render::{
        canvas::{Canvas, piece},
        style::Tone,
    },
};

pub(super) fn write(image: &ModuleImage<'_>, canvas: &mut Canvas<'_>) -> io::Result<()> {
    if image.relocations.is_empty() {
        return Ok(());
    }
    let machine = image.header.machine;
    heading(canvas, "relocations by type")?;
    for (kind, count) in relocations::total(&image.relocations) {
        let name = relocation(machine, kind);
        canvas.line(&[piece(format!("  {count:>9}  {name}"), Tone::Plain)])?;
    }
    heading(canvas, "relocations by section")?;
    let separator = canvas.glyphs.separator;
    for table in &image.relocations {
        let target = image.sections.get(table.target);
        let target = target.map_or("?".into(), |target| outside(canvas, target.name));
        let mut items = vec![piece(target, Tone::Strong)];
        if !table.applied {
            items.push(piece("not applied", Tone::Dim));
        }
        for (&kind, count) in &table.kinds {
            let name = relocation(machine, kind);
            items.push(piece(format!("{count} {name}"), Tone::Plain));
        }
        let head = format!("  {:>9}  ", table.count);
        canvas.flow(piece(head, Tone::Plain), &items, separator)?;
    }
    Ok(())
}
