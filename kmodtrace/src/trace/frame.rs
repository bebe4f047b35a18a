//! One frame of a recording, and how it lies in the file.
//!
//! A recording is [`MAGIC`], `u16` [`FORMAT`], `u16` flags (0), `u32` reserved (0), then frames. A
//! frame is `u32` length of the payload in bytes, `u16` kind, `u16` reserved (0), and the payload. All
//! these integers are little-endian; the ring records inside are in the byte order of the machine that
//! recorded. The first frame is the session.

use std::io;

use crate::event::{DecodeError, Event, HostEvent, Session, decode};

/// What a recording begins with.
pub const MAGIC: [u8; 8] = *b"KMODTRC\0";
/// Version of the frame format.
pub const FORMAT: u16 = 1;
/// Longest payload of a frame, bytes: room for the state of as many loads as can be in flight.
pub const MAX_PAYLOAD: usize = 4 << 20;

/// Bytes in front of the first frame.
pub(super) const FILE_HEADER_BYTES: usize = 16;
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

/// Why a recording cannot be read, or not any further. Offsets are bytes from its beginning.
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
    /// It does not begin as a recording does.
    #[error("not a kmodtrace recording")]
    NotARecording,
    /// A newer format.
    #[error("recording format {version} with flags {flags:#x}; this program reads format {FORMAT}")]
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
    /// A payload longer than [`MAX_PAYLOAD`].
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
    /// Parts of it, or of several recordings, cannot be read; everything else was.
    #[error("{0}")]
    Damaged(String),
    /// The first frame is not the session.
    #[error("the recording does not begin with its session")]
    NoSession,
}
