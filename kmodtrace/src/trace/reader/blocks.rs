//! Reads format 2: blocks, and whatever lies between undamaged ones is passed over.

use std::io::Read;

use flate2::{Decompress, FlushDecompress, Status};

use super::window::Window;
use crate::trace::{
    Damage,
    block::{BLOCK_HEADER_BYTES, BlockHeader, Fields, LAST, MARKER, STORED, checksum},
    damage::Place,
    frame::{FRAME_HEADER_BYTES, Frame, KIND_SESSION, MAX_PAYLOAD, TraceError, parse},
};

/// Bytes that may be checked and decompressed in vain, beyond the length of the input: a hostile file can
/// claim long blocks at every byte.
const VAIN: u64 = 64 << 20;

/// Reads blocks.
#[derive(Debug)]
pub(super) struct Blocks<R> {
    window: Window<R>,
    /// Number of the file; only its own blocks count.
    file: Option<u64>,
    /// Number of the block that is expected next, and frames before it.
    next: (u32, u64),
    /// Frames of the block that is being read.
    raw: Vec<u8>,
    at: usize,
    /// Where the block that is being read begins.
    block: u64,
    decompress: Decompress,
    /// Payload of the session that holds.
    session: Option<Vec<u8>>,
    damage: Damage,
    /// Beginning of a place that cannot be read.
    lost: Option<u64>,
    /// The latest time told.
    time: u64,
    checked: u64,
    finished: bool,
    ended: bool,
}

/// What lies ahead.
enum Ahead {
    /// A block, of which these are header and length.
    Block(BlockHeader),
    /// Something else.
    Other,
    /// Nothing.
    End,
}

impl<R: Read> Blocks<R> {
    /// Reads on behind the file header of `offset` bytes, which gave the file's number unless it is
    /// damaged.
    pub(super) fn new(input: R, file: Option<u64>, offset: u64) -> Self {
        let mut blocks = Self {
            window: Window::new(input, offset),
            file,
            next: (0, 0),
            raw: Vec::new(),
            at: 0,
            block: offset,
            decompress: Decompress::new(false),
            session: None,
            damage: Damage::default(),
            lost: None,
            time: 0,
            checked: 0,
            finished: false,
            ended: false,
        };
        if file.is_none() {
            blocks.damage.add(Place {
                begin: 0,
                end: offset,
                between: (0, 0),
            });
        }
        blocks
    }

    pub(super) fn file(&self) -> Option<u64> {
        self.file
    }

    pub(super) fn is_unfinished(&self) -> bool {
        self.ended && !self.finished
    }

    /// The next frame. At the end: damage, once, then none.
    pub(super) fn next_frame(&mut self) -> Result<Option<Frame>, TraceError> {
        loop {
            while let Some((kind, payload)) = self.next_payload() {
                let raw = std::mem::take(&mut self.raw);
                let frame = self.frame(kind, &raw[payload]);
                self.raw = raw;
                if let Some(frame) = frame {
                    return Ok(Some(frame));
                }
            }
            if self.ended {
                return Ok(None);
            }
            match self.ahead() {
                Ahead::Block(header) => self.take(&header),
                Ahead::Other => self.search(),
                Ahead::End => return self.end().map(|()| None),
            }
        }
    }

    /// Kind and place of the next frame of this block, whose structure was checked.
    fn next_payload(&mut self) -> Option<(u16, std::ops::Range<usize>)> {
        let (kind, length) = frame_header(self.raw.get(self.at..)?)?;
        let begin = self.at + FRAME_HEADER_BYTES;
        self.at = begin + length;
        Some((kind, begin..self.at))
    }

    /// The frame; none if it is nothing new or nothing that can be understood.
    fn frame(&mut self, kind: u16, payload: &[u8]) -> Option<Frame> {
        if kind == KIND_SESSION && self.session.as_deref() == Some(payload) {
            return None;
        }
        if kind != KIND_SESSION && self.session.is_none() {
            self.damage.without_session += 1;
            return None;
        }
        let Ok(frame) = parse(kind, payload, self.block) else {
            self.damage.malformed += 1;
            return None;
        };
        if kind == KIND_SESSION {
            self.session = Some(payload.to_vec());
        }
        Some(frame)
    }

    /// What lies ahead; a block is decompressed and checked.
    fn ahead(&mut self) -> Ahead {
        let ahead = self.window.ahead(BLOCK_HEADER_BYTES);
        if ahead.is_empty() {
            return Ahead::End;
        }
        let header = BlockHeader::parse(ahead);
        let mine = |header: &BlockHeader| {
            let own = self.file.is_none_or(|file| file == header.file);
            own && header.number >= self.next.0 && header.before >= self.next.1
        };
        let Some(header) = header.filter(|header| mine(header) && header.is_possible()) else {
            return Ahead::Other;
        };
        let stored = header.stored_bytes();
        let ahead = self.window.ahead(BLOCK_HEADER_BYTES + stored);
        let stored = ahead.get(BLOCK_HEADER_BYTES..BLOCK_HEADER_BYTES + stored);
        let whole = stored
            .filter(|stored| checksum(stored) == header.checksum)
            .and_then(|stored| unpack(&mut self.decompress, &header, stored, &mut self.raw))
            .is_some_and(|()| count_frames(&self.raw) == Some(header.frames));
        if whole {
            self.at = 0;
            Ahead::Block(header)
        } else {
            self.raw.clear();
            self.checked += u64::from(header.stored) + u64::from(header.raw);
            Ahead::Other
        }
    }

    /// Goes on with the block ahead.
    fn take(&mut self, header: &BlockHeader) {
        self.close_place(header.times.0);
        let (number, before) = self.next;
        let lost = &mut self.damage.lost;
        lost.blocks += u64::from(header.number - number);
        lost.frames += header.before - before;
        self.file = Some(header.file);
        self.next = (
            header.number.saturating_add(1),
            header.before.saturating_add(header.frames.into()),
        );
        self.time = self.time.max(header.times.1);
        self.block = self.window.offset();
        self.finished = header.flags & LAST != 0;
        let read = &mut self.damage.read;
        read.blocks += u64::from(header.frames > 0);
        read.frames += u64::from(header.frames);
        self.window.pass(BLOCK_HEADER_BYTES + header.stored_bytes());
    }

    /// Passes over bytes that are no block, up to where one may begin.
    fn search(&mut self) {
        let offset = self.window.offset();
        self.lost.get_or_insert(offset);
        self.finished = false;
        let ahead = self.window.ahead(BLOCK_HEADER_BYTES);
        // A block that was checked in vain is passed over whole where there were too many of these.
        let skip = match BlockHeader::parse(ahead) {
            Some(header) if self.checked > VAIN + offset => {
                BLOCK_HEADER_BYTES + header.stored_bytes()
            }
            _ => 1,
        };
        let found = ahead[skip.min(ahead.len())..]
            .windows(MARKER.len())
            .position(|bytes| bytes == MARKER);
        let kept = MARKER.len() - 1;
        let pass = match found {
            Some(at) => skip + at,
            // The beginning of a marker may stand at the end.
            None if ahead.len() > kept + skip => ahead.len() - kept,
            None => skip.min(ahead.len()),
        };
        self.window.pass(pass);
    }

    /// A place that cannot be read ends here, in front of this time.
    fn close_place(&mut self, after: u64) {
        if let Some(begin) = self.lost.take() {
            self.damage.add(Place {
                begin,
                end: self.window.offset(),
                between: (self.time, after),
            });
        }
    }

    fn end(&mut self) -> Result<(), TraceError> {
        self.ended = true;
        self.damage.at_end = self.lost.is_some();
        self.close_place(0);
        let offset = self.window.offset();
        if let Some(source) = self.window.error() {
            return Err(TraceError::Io { offset, source });
        }
        if !self.damage.is_none() {
            return Err(TraceError::Damaged(Box::new(std::mem::take(
                &mut self.damage,
            ))));
        }
        match self.session {
            Some(_) => Ok(()),
            None => Err(TraceError::NoSession),
        }
    }
}

/// Kind and payload's length of the frame that begins there.
fn frame_header(bytes: &[u8]) -> Option<(u16, usize)> {
    let mut at = Fields(bytes);
    let (length, kind, reserved) = (at.u32()?, at.u16()?, at.u16()?);
    let length = usize::try_from(length).ok()?;
    let whole = bytes.len().checked_sub(FRAME_HEADER_BYTES)? >= length;
    (whole && reserved == 0 && length <= MAX_PAYLOAD).then_some((kind, length))
}

/// Puts the frames of a block into `raw`, in place of those of the block before.
fn unpack(
    decompress: &mut Decompress,
    header: &BlockHeader,
    stored: &[u8],
    raw: &mut Vec<u8>,
) -> Option<()> {
    if header.method == STORED {
        raw.clear();
        raw.extend_from_slice(stored);
        return Some(());
    }
    raw.resize(header.raw_bytes(), 0);
    decompress.reset(false);
    let status = decompress.decompress(stored, raw, FlushDecompress::Finish);
    let whole =
        (decompress.total_in(), decompress.total_out()) == (stored.len() as u64, raw.len() as u64);
    (matches!(status, Ok(Status::StreamEnd)) && whole).then_some(())
}

/// How many frames these bytes are; `None` if they are anything else.
fn count_frames(raw: &[u8]) -> Option<u32> {
    let (mut at, mut count) = (0, 0);
    while at < raw.len() {
        let (_, length) = frame_header(&raw[at..])?;
        at += FRAME_HEADER_BYTES + length;
        count += 1;
    }
    Some(count)
}
