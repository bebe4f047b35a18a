//! Ring records as the kernel side sends them.

use kmodtrace::event::LoadKey;
use kmodtrace_common::wire::{
    Freed, Header, Helper, KIND_FREED, KIND_SEGMENT, KIND_TEXT, Mark, Segment, TEXT_BYTES,
    TEXT_PARAMS, Text, WIRE_VERSION,
};
use zerocopy::{FromZeros, IntoBytes};

fn header(kind: u16, count: usize, key: LoadKey) -> Header {
    Header {
        kind,
        version: WIRE_VERSION,
        count: u32::try_from(count).unwrap_or(u32::MAX),
        pid_tgid: key.pid_tgid,
        start_ns: key.start_ns,
    }
}

/// The facts of a load, with nothing but zeros in them.
#[must_use]
pub fn facts(key: LoadKey) -> Segment {
    let mut facts = Segment::new_zeroed();
    facts.header = header(KIND_SEGMENT, 0, key);
    facts
}

/// A segment record.
#[must_use]
pub fn segment(facts: &Segment, marks: &[Mark]) -> Vec<u8> {
    let mut facts = *facts;
    facts.header.count = u32::try_from(marks.len()).unwrap_or(u32::MAX);
    [facts.as_bytes(), marks.as_bytes()].concat()
}

/// A record with the parameters of a load, cut off where the kernel side would.
#[must_use]
pub fn params(key: LoadKey, params: &[u8]) -> Vec<u8> {
    let kept = &params[..params.len().min(TEXT_BYTES)];
    let mut text = Text::new_zeroed();
    text.header = header(KIND_TEXT, kept.len(), key);
    text.what = TEXT_PARAMS;
    text.truncated = u16::from(kept.len() < params.len());
    text.bytes[..kept.len()].copy_from_slice(kept);
    text.as_bytes().to_vec()
}

/// A record about a helper: `kind` is that of its request or of its task.
#[must_use]
pub fn helper(kind: u16, key: LoadKey, time_ns: u64, subprocess: u64) -> Vec<u8> {
    let helper = Helper {
        header: header(kind, 0, key),
        time_ns,
        subprocess,
    };
    helper.as_bytes().to_vec()
}

/// A record of freed init memory.
#[must_use]
pub fn freed(batch_ns: u64, time_ns: u64, address: u64) -> Vec<u8> {
    let kworker = LoadKey {
        pid_tgid: 7,
        start_ns: 0,
    };
    let freed = Freed {
        header: header(KIND_FREED, 0, kworker),
        batch_ns,
        time_ns,
        address,
    };
    freed.as_bytes().to_vec()
}
