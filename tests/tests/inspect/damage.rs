//! Damaged modules: every outcome is fine but a panic.

use std::sync::LazyLock;

use kmodtrace::{
    image::{ModuleImage, compression},
    render::{Inspection, Style, Views},
};
use proptest::prelude::*;

use super::{inspected, names, printed, read};

/// Parses, and prints what came of it.
fn survives(name: &str, file: &[u8]) {
    let both = |i: &Inspection<'_>| printed(i, Views::ALL, Style::default());
    if let Ok((text, json)) = inspected(name, file, both) {
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
        assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
    }
}

/// Where the signature of `kt_params-keyid.ko` begins: from there on, a part of it is a module that is
/// not signed and has garbage at its end.
const SIGNATURE: usize = 8808;

#[test]
fn cut_off_anywhere() {
    for name in names() {
        let file = read(&name);
        for end in 0..file.len() {
            let image = compression::decompress(&file[..end]);
            let sound = image.is_ok_and(|bytes| ModuleImage::parse(&bytes).is_ok());
            let unsigned = name == "kt_params-keyid.ko" && end >= SIGNATURE;
            assert_eq!(sound, unsigned, "{name}: {end}");
        }
    }
}

#[test]
fn every_byte_of_the_headers_changed() {
    let file = read("kt_export-7.3.ko");
    let headers = usize::try_from(u64::from_le_bytes(
        file[0x28..0x30].try_into().expect("eight bytes"),
    ))
    .expect("an offset");
    for at in (0..64).chain(headers..file.len()) {
        let mut file = file.clone();
        file[at] = if at % 2 == 0 { 0xff } else { 0x7f };
        survives("kt_export-7.3.ko", &file);
    }
}

static FILES: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    names()
        .into_iter()
        .map(|name| (name.clone(), read(&name)))
        .collect()
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn bytes_changed_anywhere(
        which in 0..64_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let (name, file) = &FILES[which % FILES.len()];
        let mut file = file.clone();
        for (at, value) in changes {
            let at = at.index(file.len());
            file[at] = value;
        }
        survives(name, &file);
    }

    #[test]
    fn words_changed_in_headers(
        which in 0..64_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u64>(), 0..64_u32), 1..8),
    ) {
        let (name, file) = &FILES[which % FILES.len()];
        let mut file = compression::decompress(file).expect("sound data").into_owned();
        let start = usize::try_from(u64::from_le_bytes(file[0x28..0x30].try_into().expect("eight bytes"))).expect("an offset");
        for (at, value, shift) in changes {
            let at = start + at.index((file.len() - start) / 8) * 8;
            let value = (value >> shift).to_le_bytes();
            if let Some(word) = file.get_mut(at..at + 8) {
                word.copy_from_slice(&value);
            }
        }
        survives(name, &file);
    }

    #[test]
    fn garbage(bytes in prop::collection::vec(any::<u8>(), 0..400), magic in 0..4_usize) {
        let magics: [&[u8]; 4] = [b"", b"\x1f\x8b\x08", b"\xfd7zXZ\0\0", b"\x28\xb5\x2f\xfd"];
        survives("garbage", &[magics[magic], &bytes].concat());
    }
}
