//! A recording of every version of the format, read as the day it was made.

use std::process::Command;

use kmodtrace::{
    assemble::{Assembler, Output},
    render::{Format, Style, renderer},
    trace::{Frame, FrameWriter, block::checksum, frame::encode},
};
use kmodtrace_tests::recordings;

use crate::read;

/// What a recording prints as JSON Lines.
fn printed(frames: Vec<Frame>) -> String {
    let (mut assembler, mut outputs) = (Assembler::new(), Vec::new());
    for frame in frames {
        assembler.push(frame.decode().expect("a known frame"), &mut outputs);
    }
    assembler.finish(&mut outputs);
    let mut out = Vec::new();
    let mut renderer = renderer(Format::Json, Style::default());
    for output in outputs {
        let printed = match output {
            Output::Load(load) => renderer.load(&load, &mut out),
            Output::Unload(unload) => renderer.unload(&unload, &mut out),
            Output::Update(update) => renderer.update(&update, &mut out),
            Output::Anomaly(anomaly) => panic!("{anomaly}"),
        };
        printed.expect("memory takes everything");
    }
    String::from_utf8(out).expect("UTF-8")
}

/// The second file is the first one, written anew by `kmodtrace report -o`.
#[test]
fn every_version_is_read() {
    let first = recordings::bytes("6.12");
    let second = recordings::file("format-2.kmt");
    assert_eq!((first[8], second[8]), (1, 2));
    let (frames, error) = read(first.as_slice());
    assert!(error.is_none() && frames.len() == 243, "{error:?}");
    let (same, error) = read(second.as_slice());
    assert!(error.is_none(), "{error:?}");
    assert!(frames == same);
    let lines = printed(frames);
    assert!(lines.lines().count() > 30);
    assert_eq!(lines, printed(same));
}

/// What is written today is what was written then: whoever reads docs/format.md can read it.
#[test]
fn the_format_did_not_change() {
    let file = recordings::file("format-2.kmt");
    let (frames, _) = read(file.as_slice());
    let mut writer = FrameWriter::new(Vec::new());
    for frame in &frames {
        writer.write(frame).expect("memory takes everything");
    }
    let again = writer.finish().expect("memory takes everything");
    assert_eq!(again[8..16], file[8..16]);
    // How well it is compressed, and the number that follows from it, may change.
    assert!(again.len().abs_diff(file.len()) < file.len() / 20);
}

/// docs/format.md is enough to read it: `tests/format.py` shares no code with the reader here.
#[test]
fn another_reader_finds_the_same() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("damaged.kmt");
    let whole = recordings::file("format-2.kmt");
    let mut damaged = whole.clone();
    let half = whole.len() / 2;
    damaged[half] ^= 1;
    damaged.drain(half + 9..half + 12);
    for file in [&whole, &damaged] {
        std::fs::write(&path, file).expect("written");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/format.py");
        let mut other = Command::new("python3");
        let other = other.arg(script).arg(&path).output();
        let other = other.expect("python3 is installed");
        let told = String::from_utf8_lossy(&other.stdout).into_owned();
        assert!(
            other.status.success(),
            "{}",
            String::from_utf8_lossy(&other.stderr)
        );
        let (frames, error) = read(file.as_slice());
        assert_eq!(error.is_some(), file.len() < whole.len());
        let own: Vec<String> = frames.iter().map(line).collect();
        assert_eq!(told.lines().collect::<Vec<_>>(), own);
    }
}

/// Kind, bytes and CRC of a frame's payload.
fn line(frame: &Frame) -> String {
    let mut bytes = Vec::new();
    encode(frame, &mut bytes).expect("short");
    let payload = &bytes[8..];
    format!("{} {} {}", bytes[4], payload.len(), checksum(payload))
}
