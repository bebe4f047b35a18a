//! One frame of a recording: what a recording is made of.
//!
//! A frame is `u32` length of the payload in bytes, `u16` kind, `u16` reserved (0), and the payload.
//! These integers are little-endian; the ring records inside are in the byte order of the machine that
//! recorded. The first frame is the session. How frames lie in a file is told by docs/format.md.

use std::io;

use serde::{Serialize, de::DeserializeOwned};

use super::Damage;
use crate::event::{DecodeError, Event, HostEvent, Session, decode};

/// What a recording begins with.
pub const MAGIC: [u8; 8] = *b"KMODTRC\0";
/// Version of the format that is written.
pub const FORMAT: u16 = 2;
/// Version of the format without blocks, which is read too.
pub const FORMAT_1: u16 = 1;
/// Longest payload of a frame, bytes: room for the state of as many loads as can be in flight.
pub const MAX_PAYLOAD: usize = 4 << 20;

/// Bytes in front of the first block.
pub(super) const FILE_HEADER_BYTES: usize = 40;
/// Bytes in front of the first frame of format 1: where all formats are alike.
pub(super) const FILE_HEADER_1_BYTES: usize = 16;
/// Bytes in front of each payload.
pub(super) const FRAME_HEADER_BYTES: usize = 8;

/// Frame kind: the session, JSON.
pub(super) const KIND_SESSION: u16 = 1;
/// Frame kind: a ring record, as it came from the kernel.
pub(super) const KIND_RECORD: u16 = 2;
/// Frame kind: a host event, JSON.
pub(super) const KIND_HOST: u16 = 3;

/// One frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Frame {
    /// The recording's header.
    Session(Box<Session>),
    /// A ring record, undecoded.
    Record(Vec<u8>),
    /// What user space saw.
    Host(HostEvent),
}

impl Frame {
    /// The event that the frame holds.
    ///
    /// # Errors
    ///
    /// If its ring record cannot be decoded.
    pub fn decode(self) -> Result<Event, DecodeError> {
        match self {
            Self::Session(session) => Ok(Event::Session(session)),
            Self::Record(bytes) => decode(&bytes),
            Self::Host(event) => Ok(Event::Host(event)),
        }
    }

    /// True for the session of a run that started a command.
    #[must_use]
    pub fn started_command(&self) -> bool {
        matches!(self, Self::Session(session) if session.command.is_some())
    }
}

/// Appends a frame as it lies in a block.
///
/// # Errors
/// If its payload is too long, or cannot be said in JSON.
pub fn encode(frame: &Frame, out: &mut Vec<u8>) -> Result<(), TraceError> {
    match frame {
        Frame::Session(session) => put(KIND_SESSION, &json(session)?, out),
        Frame::Record(record) => put(KIND_RECORD, record, out),
        Frame::Host(event) => put(KIND_HOST, &json(event)?, out),
    }
}

fn put(kind: u16, payload: &[u8], out: &mut Vec<u8>) -> Result<(), TraceError> {
    if payload.len() > MAX_PAYLOAD {
        return Err(TraceError::LongFrame(payload.len()));
    }
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&kind.to_le_bytes());
    out.extend_from_slice(&[0; 2]);
    out.extend_from_slice(payload);
    Ok(())
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, TraceError> {
    serde_json::to_vec(value).map_err(TraceError::Unsaid)
}

/// The frame that [`encode`] made these bytes of.
///
/// # Errors
/// If they are none.
pub fn decode_frame(bytes: &[u8]) -> Result<Frame, TraceError> {
    let truncated = TraceError::Truncated { offset: 0 };
    let (header, payload) = bytes
        .split_at_checked(FRAME_HEADER_BYTES)
        .ok_or(truncated)?;
    parse(u16::from_le_bytes([header[4], header[5]]), payload, 0)
}

/// The frame of this kind and payload, which lies at `offset`.
pub(super) fn parse(kind: u16, payload: &[u8], offset: u64) -> Result<Frame, TraceError> {
    fn from_json<T: DeserializeOwned>(payload: &[u8], offset: u64) -> Result<T, TraceError> {
        serde_json::from_slice(payload).map_err(|source| TraceError::Json { offset, source })
    }
    match kind {
        KIND_SESSION => Ok(Frame::Session(Box::new(from_json(payload, offset)?))),
        KIND_RECORD => Ok(Frame::Record(payload.to_vec())),
        KIND_HOST => from_json(payload, offset).map(Frame::Host),
        kind => Err(TraceError::Kind {
            offset,
            kind: kind.into(),
        }),
    }
}

/// Why a recording cannot be read or written, or not any further. Offsets are bytes from its beginning.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// Reading or writing failed.
    #[error("input or output failed at byte {offset}: {source}")]
    Io {
        /// Where.
        offset: u64,
        /// Why.
        source: io::Error,
    },
    /// What was written did not reach the disk.
    #[error("what was written in front of byte {offset} may not be on the disk: {source}")]
    Unsynced {
        /// Where.
        offset: u64,
        /// Why.
        source: io::Error,
    },
    /// A frame that is to be written has a payload longer than [`MAX_PAYLOAD`], bytes.
    #[error("a frame of {0} bytes is too long for a recording")]
    LongFrame(usize),
    /// A session or host event that is to be written cannot be said in JSON.
    #[error("a frame cannot be written as JSON: {0}")]
    Unsaid(serde_json::Error),
    /// It does not begin as a recording does.
    #[error("not a kmodtrace recording")]
    NotARecording,
    /// A newer format.
    #[error(
        "recording format {version} with flags {flags:#x}; this program reads formats {FORMAT_1} and {FORMAT}"
    )]
    Format {
        /// Its format version.
        version: u16,
        /// Its flags.
        flags: u16,
    },
    /// It ends inside a frame: the recorder was interrupted.
    #[error("the recording ends inside the frame that begins at byte {offset}")]
    Truncated {
        /// Where the unfinished frame (or the unfinished file header) begins.
        offset: u64,
    },
    /// A frame's header claims a payload longer than [`MAX_PAYLOAD`].
    #[error("a frame at byte {offset} with {length} bytes is too long")]
    TooLong {
        /// Where the frame begins.
        offset: u64,
        /// Bytes that it claims.
        length: u64,
    },
    /// No such kind of frame.
    #[error("unknown kind {kind} of the frame at byte {offset}")]
    Kind {
        /// Where the frame begins.
        offset: u64,
        /// Its kind and, in the upper half, its reserved bits.
        kind: u32,
    },
    /// A session or host event that is not the JSON it should be.
    #[error("malformed frame at byte {offset}: {source}")]
    Json {
        /// Where the frame begins.
        offset: u64,
        /// Why.
        source: serde_json::Error,
    },
    /// Parts of it cannot be read; everything else was.
    #[error("{0}")]
    Damaged(Box<Damage>),
    /// Some of several recordings are damaged; everything that can be read of them was.
    #[error("{0}")]
    SomeDamaged(String),
    /// The first frame is not the session.
    #[error("the recording does not begin with its session")]
    NoSession,
}
