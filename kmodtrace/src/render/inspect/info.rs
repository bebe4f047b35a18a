//! All of modinfo, and the parameters.

use std::io;

use super::lists::{heading, outside, pair};
use crate::{
    image::{ModuleImage, modinfo::Entry},
    render::{
        canvas::{Canvas, piece},
        style::Tone,
    },
};

/// Columns of the keys.
const KEYS: usize = 12;

/// Keys that are shown first, in this order; others follow in the order of the file.
const USUAL: [&str; 12] = [
    "name",
    "description",
    "author",
    "license",
    "version",
    "srcversion",
    "vermagic",
    "depends",
    "softdep",
    "import_ns",
    "firmware",
    "alias",
];

/// The entries but parameters, the usual ones first.
fn ordered<'a, 'i>(image: &'a ModuleImage<'i>) -> Vec<&'a Entry<'i>> {
    let entries = image.info.iter();
    let mut entries: Vec<_> = entries
        .filter(|entry| !matches!(entry.key, b"parm" | b"parmtype"))
        .collect();
    let place = |entry: &&Entry<'_>| {
        let usual = USUAL.iter().position(|key| key.as_bytes() == entry.key);
        usual.unwrap_or(USUAL.len())
    };
    entries.sort_by_key(place);
    entries
}

pub(super) fn write(image: &ModuleImage<'_>, canvas: &mut Canvas<'_>) -> io::Result<()> {
    heading(canvas, "modinfo")?;
    for entry in ordered(image) {
        let key = outside(canvas, entry.key);
        let value = outside(canvas, entry.value);
        words(canvas, &key, &value)?;
    }
    if image.parameters.is_empty() {
        return Ok(());
    }
    heading(canvas, "parameters")?;
    for parameter in &image.parameters {
        let name = outside(canvas, parameter.name);
        let kind = parameter.kind.map(|kind| outside(canvas, kind));
        let text = parameter.description.map(|text| outside(canvas, text));
        let kind = kind.map(|kind| format!("({kind})"));
        let value: Vec<String> = kind.into_iter().chain(text).collect();
        words(canvas, &name, &value.join(" "))?;
    }
    Ok(())
}

/// A key and words; a key that is too long for its column stands alone.
fn words(canvas: &mut Canvas<'_>, key: &str, text: &str) -> io::Result<()> {
    let separate = piece(key, Tone::Plain).width() > KEYS;
    if separate {
        let key = [piece(key, Tone::Dim)];
        canvas.flow(piece("  ", Tone::Plain), &key, " ")?;
    }
    let items: Vec<_> = text
        .split_whitespace()
        .map(|word| piece(word, Tone::Plain))
        .collect();
    if separate && items.is_empty() {
        return Ok(());
    }
    let key = if separate { "" } else { key };
    let head = format!("  {}  ", canvas.cell(key, KEYS));
    canvas.flow(piece(head, Tone::Dim), &items, " ")
}

/// A place for lists of names: the key's column is as wide as that of modinfo.
pub(super) fn names(
    canvas: &mut Canvas<'_>,
    key: &str,
    names: impl Iterator<Item = String>,
) -> io::Result<()> {
    let items: Vec<_> = names.map(|name| piece(name, Tone::Plain)).collect();
    pair(canvas, key, KEYS, &items)
}
