//! Recordings: whatever the bytes, reading them ends, in bounded memory, and so does what is done with the
//! frames.
//!
//! The first byte chooses how the rest is taken: as a file, as the frames of a block, or as the compressed
//! frames of one. Checksums are right in the last two: the fuzzer would never guess them.

#![no_main]

use kmodtrace::{
    assemble::Assembler,
    trace::{
        FrameReader, TraceError,
        block::{BlockHeader, checksum},
        frame::{FORMAT, MAGIC},
    },
};
use libfuzzer_sys::fuzz_target;

/// A file with one block, of which the checksums are right.
fn file(method: u16, stored: &[u8], raw: u32, frames: u32) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    file.extend_from_slice(&FORMAT.to_le_bytes());
    file.extend_from_slice(&[0; 26]);
    let sum = checksum(&file);
    file.extend_from_slice(&sum.to_le_bytes());
    let header = BlockHeader {
        file: 0,
        number: 0,
        method,
        flags: 0,
        stored: u32::try_from(stored.len()).unwrap_or(0),
        raw,
        frames,
        checksum: checksum(stored),
        times: (0, 0),
        before: 0,
    };
    file.extend_from_slice(&header.bytes());
    file.extend_from_slice(stored);
    file
}

fn read(file: &[u8]) {
    let Ok(mut reader) = FrameReader::new(file) else {
        return;
    };
    let (mut assembler, mut outputs) = (Assembler::new(), Vec::new());
    let mut errors = 0;
    loop {
        match reader.next_frame() {
            Ok(Some(frame)) => {
                if let Ok(event) = frame.decode() {
                    assembler.push(event, &mut outputs);
                    outputs.clear();
                }
            }
            Ok(None) => break,
            // Format 1 goes on after a malformed host event.
            Err(TraceError::Json { .. }) => {}
            Err(error) => {
                let _ = error.to_string();
                errors += 1;
                assert!(errors < 2, "an error is told once");
            }
        }
    }
    assembler.finish(&mut outputs);
}

fuzz_target!(|data: &[u8]| {
    let Some((how, rest)) = data.split_first() else {
        return;
    };
    match how % 3 {
        0 => read(rest),
        1 => {
            let raw = u32::try_from(rest.len()).unwrap_or(0);
            // As many frames as there are, so that the count is right too.
            let frames = kmodtrace::trace::block::split(rest).count();
            read(&file(0, rest, raw, u32::try_from(frames).unwrap_or(0)));
        }
        _ => {
            let Some((raw, stored)) = rest.split_first_chunk() else {
                return;
            };
            read(&file(1, stored, u32::from_le_bytes(*raw) % (16 << 20), 1));
        }
    }
});
