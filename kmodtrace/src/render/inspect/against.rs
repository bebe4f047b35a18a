//! A file beside a recorded load: what differs, and where its sections came to lie.

use std::io;

use super::{
    Inspection,
    lists::{heading, outside, size},
    words::hex,
};
use crate::{
    image::{ModuleImage, sections},
    model::{Load, Section},
    render::{
        canvas::{Canvas, piece},
        facts::hexadecimal,
        number,
        style::Tone,
    },
};

/// A recorded load of a module, to be compared with its file.
#[derive(Clone, Copy, Debug)]
pub struct Against<'a> {
    /// The recording's path, as the user gave it.
    pub recording: &'a [u8],
    /// How many loads of a module of this name it holds.
    pub loads: usize,
    /// The last of them that was made from this very file; if there is none, the last of all.
    pub load: Option<&'a Load>,
}

/// Why a load was not made from a file; nothing if nothing speaks against it. Text for people, with
/// names from outside escaped.
#[must_use]
pub fn differences(image: &ModuleImage<'_>, load: &Load) -> Vec<String> {
    let mut found = Vec::new();
    let identity = &load.facts.identity;
    if let (Some(own), Some(theirs)) = (image.build_id, &identity.build_id)
        && own != theirs.as_slice()
    {
        found.push(format!(
            "build id {} there, {} here",
            hexadecimal(theirs),
            hex(own)
        ));
    }
    if let (Some(own), Some(theirs)) = (image.info("srcversion"), &identity.srcversion)
        && own != theirs.0.as_slice()
    {
        let [own, theirs] = [own, &theirs.0].map(|bytes| crate::render::printable(bytes, false));
        found.push(format!("srcversion {theirs} there, {own} here"));
    }
    if load.facts.sections.is_empty() {
        found.push("the load's sections were not recorded".to_owned());
        return found;
    }
    let pairs = load.facts.sections.iter();
    let differ = pairs.filter(|theirs| {
        let own = usize::try_from(theirs.index).ok();
        let own = own.and_then(|index| image.sections.get(index));
        own.is_none_or(|own| !same(own, theirs))
    });
    match differ.count() {
        0 => {}
        1 => found.push("1 section differs in name or size".to_owned()),
        many => found.push(format!("{many} sections differ in name or size")),
    }
    found
}

/// True if the kernel can have got this section from this one of the file. It changes flags, and type
/// and size of those that it fills itself (PLTs of arm64).
fn same(own: &sections::Section<'_>, theirs: &Section) -> bool {
    own.name == theirs.name.0 && (own.size == theirs.bytes || own.kind != theirs.kind)
}

/// Each section: its number, offset in the file, size, final address, name.
pub(super) fn write(inspection: &Inspection<'_>, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let Some(against) = inspection.against else {
        return Ok(());
    };
    let recording = outside(canvas, against.recording);
    let Some(load) = against.load else {
        let text = format!("  no load of this module in {recording}");
        canvas.blank()?;
        return canvas.line(&[piece(text, Tone::Warn)]);
    };
    canvas.blank()?;
    let stamp = number::stamp(load.start_ns);
    let mut items = vec![piece(
        format!("load at {stamp} in {recording}"),
        Tone::Plain,
    )];
    if against.loads > 1 {
        items.push(piece(format!("one of {}", against.loads), Tone::Dim));
    }
    if load.redacted {
        items.push(piece("addresses are redacted", Tone::Warn));
    }
    let differences = differences(inspection.image, load);
    if differences.is_empty() {
        items.push(piece("made from this file", Tone::Good));
    }
    let bad = |text: &String| piece(text.clone(), Tone::Bad);
    if !differences.is_empty() {
        items.push(piece("not made from this file:", Tone::Bad));
    }
    items.extend(differences.iter().map(bad));
    let separator = canvas.glyphs.separator;
    canvas.flow(piece("  ", Tone::Plain), &items, separator)?;
    heading(canvas, " nr   offset     size  address             name")?;
    for (index, section) in inspection.image.sections.iter().enumerate().skip(1) {
        let mut recorded = load.facts.sections.iter();
        let recorded = recorded.find(|recorded| usize::try_from(recorded.index) == Ok(index));
        let recorded = recorded.filter(|recorded| same(section, recorded));
        let address = match recorded.map(|recorded| recorded.address) {
            Some(Some(address)) => format!("{address:#018x}"),
            Some(None) => "-".to_owned(),
            None => "?".to_owned(),
        };
        let tone = if address == "?" {
            Tone::Bad
        } else {
            Tone::Plain
        };
        let head = format!(
            "  {index:>3} {:>8} {:>8}  {address:<18}  ",
            format!("{:#x}", section.offset),
            size(section.size),
        );
        let name = [piece(outside(canvas, section.name), tone)];
        canvas.flow(piece(head, tone), &name, " ")?;
    }
    Ok(())
}
