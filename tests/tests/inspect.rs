//! `kmodtrace inspect`: modules that this project built, with the outputs for people and for programs.

#[path = "inspect/damage.rs"]
mod damage;
#[path = "inspect/tools.rs"]
mod tools;

use std::{collections::HashMap, fs, path::PathBuf};

use kmodtrace::{
    image::{ImageError, ModuleImage, compression},
    render::{Inspection, Style, Views, inspect_json, inspect_text},
};
use unicode_width::UnicodeWidthStr;

/// The module files below `tests/data/modules`.
fn names() -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(data())
        .expect("test data")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    names.sort();
    names
}

fn data() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/modules")
}

fn read(name: &str) -> Vec<u8> {
    fs::read(data().join(name)).expect("test data")
}

/// Calls `look` with the inspection of a file's bytes.
fn inspected<T>(
    name: &str,
    file: &[u8],
    look: impl FnOnce(&Inspection<'_>) -> T,
) -> Result<T, ImageError> {
    let bytes = compression::decompress(file)?;
    let image = ModuleImage::parse(&bytes)?;
    let providers = HashMap::from([(b"kt_exported".to_vec(), b"kt_export".to_vec())]);
    Ok(look(&Inspection {
        path: name.as_bytes(),
        file_bytes: file.len() as u64,
        compression: compression::Compression::of(file),
        image: &image,
        providers: Some(&providers),
        against: None,
    }))
}

/// Both outputs.
fn printed(inspection: &Inspection<'_>, views: Views, style: Style) -> (String, String) {
    let (mut text, mut json) = (Vec::new(), Vec::new());
    inspect_text(inspection, views, style, &mut text).expect("a Vec takes everything");
    inspect_json(inspection, &mut json).expect("a Vec takes everything");
    let utf8 = |bytes| String::from_utf8(bytes).expect("renderers write UTF-8");
    (utf8(text), utf8(json))
}

#[test]
fn summaries() {
    let mut all = String::new();
    for name in names() {
        let summary = |i: &Inspection<'_>| printed(i, Views::default(), Style::default()).0;
        all += &inspected(&name, &read(&name), summary).expect("a module");
        all += "\n";
    }
    insta::assert_snapshot!(all);
}

#[test]
fn everything() {
    let both = |i: &Inspection<'_>| printed(i, Views::ALL, Style::default());
    for name in ["kt_export-7.3.ko", "kt_params-signed.ko.xz"] {
        let (text, json) = inspected(name, &read(name), both).expect("a module");
        insta::assert_snapshot!(format!("text_{name}"), text);
        insta::assert_snapshot!(format!("json_{name}"), json);
    }
}

#[test]
fn lines_fit() {
    for (width, unicode) in [(80, true), (80, false), (60, false), (1, false)] {
        let style = Style {
            width,
            unicode,
            ..Style::default()
        };
        for name in names() {
            let whole = |i: &Inspection<'_>| printed(i, Views::ALL, style).0;
            let text = inspected(&name, &read(&name), whole).expect("a module");
            assert!(unicode || text.is_ascii());
            for line in text.lines().filter(|_| width >= 80) {
                assert!(line.width() <= width, "{name}: {line}");
            }
        }
    }
}

#[test]
fn every_compression_holds_the_same_module() {
    let image = |name: &str| {
        let file = read(name);
        compression::decompress(&file)
            .expect("sound data")
            .into_owned()
    };
    let xz = image("kt_params-signed.ko.xz");
    assert_eq!(xz, image("kt_params-signed.ko.gz"));
    assert_eq!(xz, image("kt_params-signed.ko.zst"));
    assert!(xz.starts_with(&read("kt_params-6.12.ko")));
}

#[test]
fn what_is_no_module_is_told_apart() {
    let refused = |bytes: &[u8]| {
        let bytes = compression::decompress(bytes)?;
        ModuleImage::parse(&bytes).map(|_| ())
    };
    let module = read("kt_params-6.12.ko");
    let changed = |at: usize, value: &[u8]| {
        let mut bytes = module.clone();
        bytes[at..at + value.len()].copy_from_slice(value);
        bytes
    };
    assert_eq!(refused(b""), Err(ImageError::Empty));
    assert_eq!(refused(b"#!/bin/sh\n"), Err(ImageError::NotElf));
    assert_eq!(
        refused(b"\x7fELF"),
        Err(ImageError::Truncated("its headers"))
    );
    assert_eq!(
        refused(&module[..50]),
        Err(ImageError::Truncated("its headers"))
    );
    assert_eq!(
        refused(&module[..module.len() - 1]),
        Err(ImageError::Truncated("its section headers"))
    );
    assert_eq!(refused(&changed(4, &[3])), Err(ImageError::Header));
    assert_eq!(
        refused(&changed(16, &[3])),
        Err(ImageError::NotRelocatable(3))
    );
    assert_eq!(refused(&changed(60, &[0, 0])), Err(ImageError::NoSections));
    let xz = read("kt_params-signed.ko.xz");
    let cut = refused(&xz[..xz.len() / 2]);
    assert!(matches!(cut, Err(ImageError::Compressed { .. })), "{cut:?}");
    // The one string that makes an object file a module.
    let wanted = b".gnu.linkonce.this_module";
    let mut other = module.clone();
    for at in 0..module.len() - wanted.len() {
        if module[at..].starts_with(wanted) {
            other[at + 5] = b'x';
        }
    }
    assert_eq!(refused(&other), Err(ImageError::NotModule));
}

#[test]
fn nothing_in_a_module_acts_on_the_terminal() {
    let mut module = read("kt_params-6.12.ko");
    let text = b"takes parameters";
    let at = module
        .windows(text.len())
        .position(|w| w == text)
        .expect("it is there");
    module[at..at + 10].copy_from_slice(b"\x1b[2J\xff\\\r\n\x9b\x07");
    let both = |i: &Inspection<'_>| printed(i, Views::ALL, Style::default());
    let (text, json) = inspected("\u{202e}", &module, both).expect("a module");
    assert!(text.contains("\\x1b[2J\\xff\\"), "{text}");
    assert!(text.contains("\\u{202e}"));
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["escaped"], serde_json::json!(["info.value"]));
}
