//! Blocks of frames: how they are built, and how they lie in a file. docs/format.md has it byte by byte.

use flate2::{Compress, Compression, Crc, FlushCompress, Status};

use super::frame::{FRAME_HEADER_BYTES, Frame, KIND_RECORD, KIND_SESSION, TraceError, encode};
use crate::event::{Event, decode};

/// What a block begins with.
pub const MARKER: [u8; 8] = *b"\x89KMTBLK\n";
/// Bytes of a block's header.
pub const BLOCK_HEADER_BYTES: usize = 68;
/// Longest block, uncompressed, bytes.
pub const MAX_BLOCK: usize = 12 << 20;

/// Method: the frames as they are.
pub(super) const STORED: u16 = 0;
/// Method: raw DEFLATE (RFC 1951).
pub(super) const DEFLATE: u16 = 1;
/// Flag: nothing follows this block; it holds no frames.
pub(super) const LAST: u16 = 1;

/// A block of that many bytes is full.
const FULL: usize = 256 << 10;
/// Bytes of frames after which the session is told again, so that the loss of the first block is not
/// that of all.
const SESSION_AGAIN: u64 = 4 << 20;

/// What a block's header says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BlockHeader {
    /// Number that the file has given itself.
    pub file: u64,
    /// Number of the block in the file, from 0.
    pub number: u32,
    /// How its frames are stored.
    pub method: u16,
    /// Flags.
    pub flags: u16,
    /// Bytes that follow the header.
    pub stored: u32,
    /// Bytes of its frames.
    pub raw: u32,
    /// How many frames it holds.
    pub frames: u32,
    /// CRC-32 of the bytes that follow.
    pub checksum: u32,
    /// Earliest and latest time that its records tell, ns of `CLOCK_MONOTONIC`; 0 if they tell none.
    pub times: (u64, u64),
    /// Frames in the blocks before.
    pub before: u64,
}

impl BlockHeader {
    /// As it lies in the file.
    #[must_use]
    pub fn bytes(&self) -> [u8; BLOCK_HEADER_BYTES] {
        let mut bytes = Vec::with_capacity(BLOCK_HEADER_BYTES);
        bytes.extend_from_slice(&MARKER);
        bytes.extend_from_slice(&self.file.to_le_bytes());
        bytes.extend_from_slice(&self.number.to_le_bytes());
        bytes.extend_from_slice(&self.method.to_le_bytes());
        bytes.extend_from_slice(&self.flags.to_le_bytes());
        for number in [self.stored, self.raw, self.frames, self.checksum] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        for number in [self.times.0, self.times.1, self.before] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&checksum(&bytes).to_le_bytes());
        bytes.try_into().unwrap_or([0; BLOCK_HEADER_BYTES])
    }

    /// The header at the beginning of `bytes`; `None` if what is there is none, or a damaged one.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; BLOCK_HEADER_BYTES] = bytes.first_chunk()?;
        let (said, sum) = bytes.split_last_chunk()?;
        if !said.starts_with(&MARKER) || checksum(said) != u32::from_le_bytes(*sum) {
            return None;
        }
        let mut at = Fields(&said[MARKER.len()..]);
        Some(Self {
            file: at.u64()?,
            number: at.u32()?,
            method: at.u16()?,
            flags: at.u16()?,
            stored: at.u32()?,
            raw: at.u32()?,
            frames: at.u32()?,
            checksum: at.u32()?,
            times: (at.u64()?, at.u64()?),
            before: at.u64()?,
        })
    }

    /// Bytes that follow the header.
    #[must_use]
    pub fn stored_bytes(&self) -> usize {
        usize::try_from(self.stored).unwrap_or(usize::MAX)
    }

    /// Bytes of its frames.
    #[must_use]
    pub fn raw_bytes(&self) -> usize {
        usize::try_from(self.raw).unwrap_or(usize::MAX)
    }

    /// True if a block can be as it says.
    pub(super) fn is_possible(&self) -> bool {
        self.raw_bytes() <= MAX_BLOCK
            && match self.method {
                STORED => self.stored == self.raw,
                DEFLATE => self.stored < self.raw,
                _ => false,
            }
    }
}

/// Little-endian integers one after the other.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl Fields<'_> {
    fn next<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.next().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.next().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.next().map(u64::from_le_bytes)
    }
}

/// CRC-32 as in gzip and PNG (ISO-HDLC).
#[must_use]
pub fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// A block that is ready to be written, but for its place in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
    /// Its header; the place is filled in when it is known.
    pub(super) header: BlockHeader,
    /// What follows the header.
    pub(super) stored: Vec<u8>,
    /// How many of its frames are ring records.
    pub records: u64,
}

impl Block {
    /// Bytes that it takes in a file.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        (BLOCK_HEADER_BYTES + self.stored.len()) as u64
    }
}

/// Collects frames into blocks.
#[derive(Debug)]
pub struct BlockBuilder {
    raw: Vec<u8>,
    frames: u32,
    records: u64,
    times: Option<(u64, u64)>,
    compress: Compress,
    /// The session's frame, and bytes of frames since it was told.
    session: Vec<u8>,
    since_session: u64,
}

impl Default for BlockBuilder {
    fn default() -> Self {
        Self {
            raw: Vec::new(),
            frames: 0,
            records: 0,
            times: None,
            compress: Compress::new(Compression::default(), false),
            session: Vec::new(),
            since_session: 0,
        }
    }
}

impl BlockBuilder {
    /// Adds a frame.
    ///
    /// # Errors
    /// If it is too long, or no session has come before.
    pub fn push(&mut self, frame: &Frame) -> Result<(), TraceError> {
        let mut encoded = Vec::new();
        encode(frame, &mut encoded)?;
        self.push_encoded(&encoded)
    }

    /// Adds a frame as [`encode`] made it.
    ///
    /// # Errors
    /// If no session has come before.
    pub fn push_encoded(&mut self, frame: &[u8]) -> Result<(), TraceError> {
        let Some(kind) = kind(frame) else {
            return Ok(());
        };
        if kind == KIND_SESSION {
            self.session = frame.to_vec();
            self.since_session = 0;
        } else if self.session.is_empty() {
            return Err(TraceError::NoSession);
        } else if self.since_session >= SESSION_AGAIN && self.raw.is_empty() {
            self.raw.extend_from_slice(&self.session);
            self.frames += 1;
            self.since_session = 0;
        }
        if kind == KIND_RECORD {
            self.records += 1;
            self.note_times(&frame[FRAME_HEADER_BYTES..]);
        }
        self.raw.extend_from_slice(frame);
        self.since_session += frame.len() as u64;
        self.frames += 1;
        Ok(())
    }

    /// True if there is nothing to make a block of.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// True if no more frames should be added.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.raw.len() >= FULL
    }

    /// A block of what was added since the last one; `None` if there is nothing.
    pub fn seal(&mut self) -> Option<Block> {
        if self.raw.is_empty() {
            return None;
        }
        let raw = std::mem::take(&mut self.raw);
        let (method, stored) = match self.deflated(&raw) {
            Some(stored) => (DEFLATE, stored),
            None => (STORED, raw.clone()),
        };
        let header = BlockHeader {
            file: 0,
            number: 0,
            method,
            flags: 0,
            stored: length(&stored),
            raw: length(&raw),
            frames: std::mem::take(&mut self.frames),
            checksum: checksum(&stored),
            times: self.times.take().unwrap_or_default(),
            before: 0,
        };
        self.raw = raw;
        self.raw.clear();
        let records = std::mem::take(&mut self.records);
        Some(Block {
            header,
            stored,
            records,
        })
    }

    /// The bytes compressed, if that makes them fewer.
    fn deflated(&mut self, raw: &[u8]) -> Option<Vec<u8>> {
        self.compress.reset();
        let mut stored = Vec::with_capacity(raw.len().saturating_sub(1));
        let status = self
            .compress
            .compress_vec(raw, &mut stored, FlushCompress::Finish);
        (matches!(status, Ok(Status::StreamEnd)) && stored.len() < raw.len()).then_some(stored)
    }

    fn note_times(&mut self, record: &[u8]) {
        if let Some((first, last)) = times(record) {
            let known = self.times.get_or_insert((first, last));
            *known = (known.0.min(first), known.1.max(last));
        }
    }
}

/// The whole frames at the beginning of bytes that [`encode`] made.
pub fn split(frames: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = frames;
    std::iter::from_fn(move || {
        let payload = usize::try_from(Fields(rest).u32()?).ok()?;
        let (frame, more) = rest.split_at_checked(FRAME_HEADER_BYTES.checked_add(payload)?)?;
        rest = more;
        Some(frame)
    })
}

fn kind(frame: &[u8]) -> Option<u16> {
    let mut at = Fields(frame);
    at.u32().and_then(|_| at.u16())
}

/// The earliest and the latest time that a ring record tells.
fn times(record: &[u8]) -> Option<(u64, u64)> {
    let (first, last) = match decode(record).ok()? {
        Event::Segment(segment) => {
            let mark = segment.marks.last().map_or(0, |mark| mark.time_ns);
            (segment.key.start_ns, mark.max(segment.facts.end_ns))
        }
        Event::Freed(freed) => (freed.batch_ns, freed.time_ns),
        Event::HelperRequest(helper) | Event::HelperTask(helper) => {
            (helper.time_ns, helper.time_ns)
        }
        Event::Request(request) => (request.time_ns, request.time_ns),
        Event::Exit(exit) => (exit.time_ns, exit.time_ns),
        Event::Firmware(call) | Event::Symbol(call) | Event::Param(call) => {
            (call.begin_ns, call.end_ns)
        }
        Event::Text(text) => (text.key.start_ns, 0),
        Event::Facts(facts) => (facts.key.start_ns, 0),
        Event::Blob(blob) => (blob.key.start_ns, 0),
        Event::Session(_) | Event::Host(_) => return None,
    };
    (first > 0).then_some((first, last.max(first)))
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}
