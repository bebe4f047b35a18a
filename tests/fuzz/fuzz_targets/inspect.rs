//! A file as `kmodtrace inspect` reads it: decompressed, parsed, printed.

#![no_main]

use kmodtrace::{
    image::{ModuleImage, compression},
    render::{Inspection, Style, Views, inspect_json, inspect_text},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let Ok(bytes) = compression::decompress(file) else {
        return;
    };
    let Ok(image) = ModuleImage::parse(&bytes) else {
        return;
    };
    let inspection = Inspection {
        path: b"file.ko",
        file_bytes: file.len() as u64,
        compression: compression::Compression::of(file),
        image: &image,
        providers: None,
        against: None,
    };
    let (mut text, mut json) = (Vec::new(), Vec::new());
    inspect_text(&inspection, Views::ALL, Style::default(), &mut text).expect("a Vec");
    inspect_json(&inspection, &mut json).expect("a Vec");
    let text = String::from_utf8(text).expect("text is UTF-8");
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
    assert_eq!(json.iter().filter(|&&byte| byte == b'\n').count(), 1);
});
