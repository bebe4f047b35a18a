//! What the module is: the head of the block.

use std::io;

use super::{
    Inspection,
    lists::{outside, pair, size},
    words::{endian, hex, machine},
};
use crate::{
    image::{
        Appended, ModuleImage,
        signature::{Key, Signature, Signer},
    },
    render::{
        canvas::{Canvas, Piece, piece},
        style::Tone,
    },
};

/// Columns of the keys.
const KEYS: usize = 9;

pub(super) fn write(inspection: &Inspection<'_>, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let image = inspection.image;
    title(image, canvas)?;
    file(inspection, canvas)?;
    let plain = |text: String| piece(text, Tone::Plain);
    let shown = |key: &str| image.info(key).map(|value| outside(canvas, value));
    let mut what = Vec::new();
    what.extend(shown("version").map(|v| plain(format!("version {v}"))));
    what.extend(shown("license").map(|v| plain(format!("licence {v}"))));
    what.extend(shown("srcversion").map(|v| plain(format!("srcversion {v}"))));
    let depends = image.info("depends").filter(|list| !list.is_empty());
    let depends: Vec<Piece> = depends
        .into_iter()
        .flat_map(|list| list.split(|&byte| byte == b','))
        .map(|name| plain(outside(canvas, name)))
        .collect();
    let vermagic = shown("vermagic").map(|magic| vec![plain(magic.trim_end().to_owned())]);
    let build_id = image.build_id.map(|id| vec![plain(hex(id))]);
    let lines = [
        ("module", what),
        ("vermagic", vermagic.unwrap_or_default()),
        ("build id", build_id.unwrap_or_default()),
        ("depends", depends),
        ("functions", functions(image, canvas)),
    ];
    for (key, items) in lines.iter().filter(|(_, items)| !items.is_empty()) {
        pair(canvas, key, KEYS, items)?;
    }
    signature(&image.appended, canvas)
}

fn title(image: &ModuleImage<'_>, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let name = image
        .name
        .map_or_else(|| "?".into(), |n| outside(canvas, n));
    let mut items = vec![piece(name, Tone::Strong)];
    if let Some(description) = image.info("description") {
        let words = outside(canvas, description);
        let words = words.split_whitespace();
        items.extend(words.map(|word| piece(word, Tone::Plain)));
    }
    canvas.flow(piece("", Tone::Plain), &items, " ")
}

fn file(inspection: &Inspection<'_>, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let header = &inspection.image.header;
    let mut items = vec![
        piece(outside(canvas, inspection.path), Tone::Plain),
        piece(size(inspection.file_bytes), Tone::Plain),
    ];
    if let Some(compression) = inspection.compression {
        let image = size(inspection.image.bytes);
        let text = format!("{} of {image}", compression.name());
        items.push(piece(text, Tone::Plain));
    }
    let bits = header.encoding.bits();
    let elf = format!(
        "{} ({bits} bits, {}-endian)",
        machine(header),
        endian(header)
    );
    items.push(piece(elf, Tone::Plain));
    pair(canvas, "file", KEYS, &items)
}

fn functions(image: &ModuleImage<'_>, canvas: &Canvas<'_>) -> Vec<Piece> {
    let named = |what: &str, name: Option<&[u8]>| {
        let name = name.map_or_else(|| String::from("none"), |name| outside(canvas, name));
        piece(format!("{what} {name}"), Tone::Plain)
    };
    vec![named("init", image.init), named("exit", image.exit)]
}

fn signature(appended: &Appended<'_>, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let items = match appended {
        Appended::Nothing => vec![piece("none", Tone::Plain)],
        Appended::Damaged(error) => vec![piece(format!("damaged: {error}"), Tone::Warn)],
        Appended::Signature(signature) => signed(signature, canvas),
    };
    pair(canvas, "signature", KEYS, &items)
}

fn signed(signature: &Signature<'_>, canvas: &Canvas<'_>) -> Vec<Piece> {
    let mut items = Vec::new();
    for signer in &signature.signers {
        items.extend(signed_by(signer, canvas));
    }
    if signature.signers.is_empty() {
        items.push(piece("signer unknown", Tone::Warn));
    }
    items.push(piece(
        signature.id_type.unwrap_or("unknown type"),
        Tone::Plain,
    ));
    items.push(piece(size(signature.appended_bytes), Tone::Plain));
    items
}

fn signed_by(signer: &Signer<'_>, canvas: &Canvas<'_>) -> Vec<Piece> {
    let key = match signer.key {
        Key::Serial(serial) => format!("serial {}", hex(serial)),
        Key::Id(id) => format!("key {}", hex(id)),
    };
    let issuer = signer.issuer.as_ref().map(|name| outside(canvas, name));
    let how = format!("{} with {}", signer.algorithm, signer.hash);
    let texts = issuer.into_iter().chain([how, key]);
    texts.map(|text| piece(text, Tone::Plain)).collect()
}
