//! Ring records to events: total, never panics.

use kmodtrace_common::wire::{
    BLOB_BYTES, BLOB_TRUNCATED, Blob, Exit, Freed, Header, Helper, KIND_BLOB, KIND_EXIT,
    KIND_FACTS, KIND_FIRMWARE, KIND_FREED, KIND_HELPER_REQUEST, KIND_HELPER_TASK, KIND_PARAM,
    KIND_REQUEST, KIND_SEGMENT, KIND_SYMBOL, KIND_TEXT, Mark, NamedCall, Request, SEGMENT_MARKS,
    Segment, TEXT_BYTES, Text, WIRE_VERSION,
};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::{
    BlobRecord, Event, ExitRecord, FactsRecord, FreedRecord, HelperRecord, LoadKey, Name,
    NamedRecord, RequestRecord, SegmentRecord, TextRecord,
};

/// Why bytes are not a ring record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecodeError {
    /// Shorter than a record's header.
    #[error("a record of {found} bytes is too short for a header")]
    TooShort {
        /// Bytes there are.
        found: usize,
    },
    /// Written by another version of the eBPF programs, or in another byte order.
    #[error("record version {found}, but this program reads version {WIRE_VERSION}")]
    Version {
        /// The version it claims.
        found: u16,
    },
    /// No such kind of record.
    #[error("unknown kind of record: {0}")]
    UnknownKind(u16),
    /// More marks or text than such a record can hold.
    #[error("a record of kind {kind} cannot hold {count} items")]
    Count {
        /// Its kind.
        kind: u16,
        /// Items that it claims.
        count: u32,
    },
    /// The length is not that of its kind and count.
    #[error("a record of kind {kind} has {found} bytes instead of {expected}")]
    Length {
        /// Its kind.
        kind: u16,
        /// Bytes that it should have.
        expected: usize,
        /// Bytes there are.
        found: usize,
    },
}

/// Decodes one ring record.
///
/// # Errors
///
/// If `record` is not exactly one record of this version.
pub fn decode(record: &[u8]) -> Result<Event, DecodeError> {
    let Ok((header, _)) = Header::read_from_prefix(record) else {
        return Err(DecodeError::TooShort {
            found: record.len(),
        });
    };
    if header.version != WIRE_VERSION {
        return Err(DecodeError::Version {
            found: header.version,
        });
    }
    match header.kind {
        KIND_SEGMENT => segment(header, record),
        KIND_TEXT => text(header, record),
        KIND_HELPER_REQUEST => helper(header, record).map(Event::HelperRequest),
        KIND_HELPER_TASK => helper(header, record).map(Event::HelperTask),
        KIND_FREED => freed(header, record),
        KIND_FACTS => facts(header, record),
        KIND_BLOB => blob(header, record),
        KIND_REQUEST => request(header, record),
        KIND_EXIT => exit(header, record),
        KIND_FIRMWARE => named(header, record).map(Event::Firmware),
        KIND_SYMBOL => named(header, record).map(Event::Symbol),
        KIND_PARAM => named(header, record).map(Event::Param),
        kind => Err(DecodeError::UnknownKind(kind)),
    }
}

fn key(header: Header) -> LoadKey {
    LoadKey {
        pid_tgid: header.pid_tgid,
        start_ns: header.start_ns,
    }
}

/// The record as a `T` that fills it exactly.
fn exactly<T: FromBytes + KnownLayout + Immutable>(
    header: Header,
    record: &[u8],
) -> Result<T, DecodeError> {
    T::read_from_bytes(record).map_err(|_| DecodeError::Length {
        kind: header.kind,
        expected: size_of::<T>(),
        found: record.len(),
    })
}

/// The record's item count, if it is at most `limit`.
fn count(header: Header, limit: usize) -> Result<usize, DecodeError> {
    usize::try_from(header.count)
        .ok()
        .filter(|&count| count <= limit)
        .ok_or(DecodeError::Count {
            kind: header.kind,
            count: header.count,
        })
}

/// The record as a `T` and exactly `tail` bytes behind it.
fn with_tail<T: FromBytes + KnownLayout + Immutable>(
    header: Header,
    record: &[u8],
    tail: usize,
) -> Result<(T, &[u8]), DecodeError> {
    let expected = size_of::<T>() + tail;
    let wrong_length = DecodeError::Length {
        kind: header.kind,
        expected,
        found: record.len(),
    };
    if record.len() != expected {
        return Err(wrong_length);
    }
    T::read_from_prefix(record).map_err(|_| wrong_length)
}

fn segment(header: Header, record: &[u8]) -> Result<Event, DecodeError> {
    let count = count(header, SEGMENT_MARKS)?;
    let (facts, bytes) = with_tail::<Segment>(header, record, count * size_of::<Mark>())?;
    let mut marks = vec![Mark::default(); count];
    marks.as_mut_bytes().copy_from_slice(bytes);
    Ok(Event::Segment(Box::new(SegmentRecord {
        key: key(header),
        facts,
        marks,
    })))
}

fn text(header: Header, record: &[u8]) -> Result<Event, DecodeError> {
    let count = count(header, TEXT_BYTES)?;
    let text: Text = exactly(header, record)?;
    Ok(Event::Text(TextRecord {
        key: key(header),
        what: text.what,
        truncated: text.truncated != 0,
        text: Name::until_nul(&text.bytes[..count]),
    }))
}

fn helper(header: Header, record: &[u8]) -> Result<HelperRecord, DecodeError> {
    let helper: Helper = exactly(header, record)?;
    Ok(HelperRecord {
        key: key(header),
        time_ns: helper.time_ns,
        subprocess: helper.subprocess,
    })
}

fn freed(header: Header, record: &[u8]) -> Result<Event, DecodeError> {
    let freed: Freed = exactly(header, record)?;
    Ok(Event::Freed(FreedRecord {
        batch_ns: freed.batch_ns,
        time_ns: freed.time_ns,
        address: freed.address,
    }))
}

fn facts(header: Header, record: &[u8]) -> Result<Event, DecodeError> {
    Ok(Event::Facts(Box::new(FactsRecord {
        key: key(header),
        facts: exactly(header, record)?,
    })))
}

fn blob(header: Header, record: &[u8]) -> Result<Event, DecodeError> {
    let count = count(header, BLOB_BYTES)?;
    let (blob, bytes) = with_tail::<Blob>(header, record, count)?;
    Ok(Event::Blob(BlobRecord {
        key: key(header),
        what: blob.what,
        truncated: blob.flags & BLOB_TRUNCATED != 0,
        offset: blob.offset,
        bytes: bytes.to_vec(),
    }))
}

fn request(header: Header, record: &[u8]) -> Result<Event, DecodeError> {
    let request: Request = exactly(header, record)?;
    Ok(Event::Request(RequestRecord {
        key: key(header),
        time_ns: request.time_ns,
        wait: request.wait != 0,
        comm: Name::until_nul(&request.comm),
        name: Name::until_nul(&request.name),
    }))
}

fn exit(header: Header, record: &[u8]) -> Result<Event, DecodeError> {
    let exit: Exit = exactly(header, record)?;
    Ok(Event::Exit(ExitRecord {
        pid_tgid: header.pid_tgid,
        time_ns: exit.time_ns,
    }))
}

fn named(header: Header, record: &[u8]) -> Result<NamedRecord, DecodeError> {
    let call: NamedCall = exactly(header, record)?;
    Ok(NamedRecord {
        key: key(header),
        begin_ns: call.begin_ns,
        end_ns: call.end_ns,
        value: call.value,
        name: Name::until_nul(&call.name),
        owner: Name::until_nul(&call.owner),
    })
}
