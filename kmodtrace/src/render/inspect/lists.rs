//! Pieces of text that several parts of the block are made of.

use std::io;

use crate::{
    image::{ModuleImage, relocations},
    render::{
        canvas::{Canvas, Piece, piece},
        escape::printable,
        number,
        style::Tone,
    },
};

/// A string from the file, safe to print.
pub(super) fn outside(canvas: &Canvas<'_>, bytes: &[u8]) -> String {
    printable(bytes, !canvas.style.unicode)
}

/// `25.1 KiB`
pub(super) fn size(bytes: u64) -> String {
    let (number, unit) = number::size(bytes);
    format!("{number} {unit}")
}

/// `1 alias`, `2 aliases`.
pub(super) fn many(count: u64, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// A line that says what comes below it.
pub(super) fn heading(canvas: &mut Canvas<'_>, text: &str) -> io::Result<()> {
    canvas.blank()?;
    canvas.line(&[piece(format!("  {text}"), Tone::Dim)])
}

/// `  key  item · item`, with the items one below the other.
pub(super) fn pair(
    canvas: &mut Canvas<'_>,
    key: &str,
    columns: usize,
    items: &[Piece],
) -> io::Result<()> {
    let key = canvas.cell(key, columns);
    let separator = canvas.glyphs.separator;
    let head = piece(format!("  {key}  "), Tone::Dim);
    canvas.flow(head, items, separator)
}

/// How much there is of everything that is not shown.
pub(super) fn counts(image: &ModuleImage<'_>, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let total: u64 = relocations::total(&image.relocations).values().sum();
    let len = |length: usize| length as u64;
    let aliases = image.info.iter().filter(|e| e.key == b"alias").count();
    let sections = image.sections.len().saturating_sub(1);
    let counts = [
        (len(sections), "section", "sections"),
        (total, "relocation", "relocations"),
        (
            len(image.undefined.len()),
            "undefined symbol",
            "undefined symbols",
        ),
        (len(image.exports.len()), "export", "exports"),
        (len(image.parameters.len()), "parameter", "parameters"),
        (len(aliases), "alias", "aliases"),
    ];
    let there = counts.into_iter().filter(|(count, ..)| *count > 0);
    let items: Vec<_> = there
        .map(|(count, one, several)| piece(many(count, one, several), Tone::Plain))
        .collect();
    canvas.blank()?;
    let separator = canvas.glyphs.separator;
    canvas.flow(piece("  ", Tone::Plain), &items, separator)
}
