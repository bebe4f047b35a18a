//! Every export of redacted recordings, opened.

use kmodtrace::{
    export::{Format, exporter},
    trace::Frame,
};
use kmodtrace_common::wire::meaning::{Meaning, layout};
use kmodtrace_tests::{
    leaks,
    opened::opened,
    recordings::{self, KERNELS},
    told::Told,
};

use crate::run::redacted;

/// A recording in which addresses also stand in texts, so that formats which show no other ones have something to leak.
fn frames(kernel: &str) -> Vec<Frame> {
    let mut frames = recordings::frames(kernel);
    for frame in &mut frames {
        let Frame::Record(record) = frame else {
            continue;
        };
        let kind = u16::from_le_bytes([record[0], record[1]]);
        let fields = layout(kind).map_or(&[][..], |layout| layout.fields);
        for field in fields.iter().filter(|field| field.meaning == Meaning::Text) {
            let text = record.get_mut(field.offset..field.offset + field.bytes);
            let (Some(text), address) = (text, b"at_0xffffffff81234567") else {
                continue;
            };
            // Known names only; the terminating NUL has room.
            if text.len() > address.len() && text[0] != 0 {
                text.fill(0);
                text[..address.len()].copy_from_slice(address);
            }
        }
    }
    frames
}

fn exported(frames: &[Frame], format: Format) -> Vec<u8> {
    let mut exporter = exporter(format).expect("this build has every format");
    let mut out = Vec::new();
    let told = Told::of(frames.to_vec());
    told.write(&mut *exporter, &mut out)
        .expect("memory can be written");
    opened(format, &out)
}

#[test]
fn no_kernel_address_is_left_in_any_export() {
    for kernel in KERNELS {
        let before = frames(kernel);
        let after = redacted(&before);
        for format in Format::ALL {
            let leaking = leaks::in_text(&exported(&before, format));
            let name = format.name();
            assert!(leaking.len() > 20, "{kernel}, {name}: {leaking:?}");
            let found = leaks::in_text(&exported(&after, format));
            assert!(found.is_empty(), "{kernel}, {name}: {found:?}");
        }
    }
}
