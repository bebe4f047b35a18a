//! Ring records as the kernel side sends them.

use kmodtrace::event::LoadKey;
use kmodtrace_common::wire::{
    Blob, Exit, Facts, Freed, Header, Helper, KIND_BLOB, KIND_EXIT, KIND_FACTS, KIND_FREED,
    KIND_REQUEST, KIND_SEGMENT, KIND_TEXT, Mark, NamedCall, Request, Segment, TEXT_BYTES,
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

/// A record of facts of fixed size.
#[must_use]
pub fn fixed(key: LoadKey, facts: &Facts) -> Vec<u8> {
    let mut facts = *facts;
    facts.header = header(KIND_FACTS, 0, key);
    facts.as_bytes().to_vec()
}

/// A record of bytes.
#[must_use]
pub fn blob(key: LoadKey, what: u16, bytes: &[u8]) -> Vec<u8> {
    let head = Blob {
        header: header(KIND_BLOB, bytes.len(), key),
        what,
        flags: 0,
        offset: 0,
    };
    [head.as_bytes(), bytes].concat()
}

/// A section header (`Elf64_Shdr`): where its name begins, type, flags, address, size.
#[must_use]
pub fn section(name: u32, kind: u32, flags: u64, address: u64, bytes: u64) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(name.to_le_bytes());
    header.extend(kind.to_le_bytes());
    for number in [flags, address, 64, bytes, 0, 16, 0] {
        header.extend(number.to_le_bytes());
    }
    header
}

/// A record of a call about something with a name: a symbol or a firmware file.
#[must_use]
pub fn named(kind: u16, key: LoadKey, value: u64, name: &[u8], owner: &[u8]) -> Vec<u8> {
    let mut call = NamedCall::new_zeroed();
    call.header = header(kind, 0, key);
    (call.begin_ns, call.end_ns, call.value) = (key.start_ns + 10, key.start_ns + 20, value);
    call.name[..name.len()].copy_from_slice(name);
    call.owner[..owner.len()].copy_from_slice(owner);
    call.as_bytes().to_vec()
}

/// A record of a request for a module.
#[must_use]
pub fn request(key: LoadKey, time_ns: u64, name: &[u8]) -> Vec<u8> {
    let mut request = Request::new_zeroed();
    request.header = header(KIND_REQUEST, 0, key);
    request.time_ns = time_ns;
    request.name[..name.len()].copy_from_slice(name);
    request.as_bytes().to_vec()
}

/// A record of a process's end.
#[must_use]
pub fn exit(key: LoadKey, time_ns: u64) -> Vec<u8> {
    let exit = Exit {
        header: header(KIND_EXIT, 0, LoadKey { start_ns: 0, ..key }),
        time_ns,
    };
    exit.as_bytes().to_vec()
}
