//! Reads recordings of any format: total, whatever the bytes.

mod blocks;
mod frames;
mod window;

use std::io::Read;

use super::{
    block::{Fields, checksum},
    frame::{FILE_HEADER_1_BYTES, FILE_HEADER_BYTES, FORMAT, FORMAT_1, Frame, MAGIC, TraceError},
    writer::Part,
};
use blocks::Blocks;
use frames::Frames;

/// Reads the frames of one recording.
#[derive(Debug)]
pub struct FrameReader<R> {
    frames: Format<R>,
    part: Part,
}

#[derive(Debug)]
enum Format<R> {
    Frames(Frames<R>),
    Blocks(Box<Blocks<R>>),
}

impl<R: Read> FrameReader<R> {
    /// Reads the file header.
    ///
    /// # Errors
    ///
    /// If `input` fails or does not begin as a recording of a format that is known.
    pub fn new(mut input: R) -> Result<Self, TraceError> {
        let header = bytes(&mut input, FILE_HEADER_1_BYTES)?;
        let magic = &header[..header.len().min(MAGIC.len())];
        if magic.is_empty() || !MAGIC.starts_with(magic) {
            return Err(TraceError::NotARecording);
        }
        let mut at = Fields(&header[magic.len()..]);
        let (Some(version), Some(flags), Some(number)) = (at.u16(), at.u16(), at.u32()) else {
            return Err(TraceError::Truncated { offset: 0 });
        };
        let (frames, part) = match (version, flags, number) {
            (FORMAT_1, 0, 0) => (Format::Frames(Frames::new(input)), Part::default()),
            (FORMAT, 0, number) => {
                let mut whole = header;
                whole.extend(bytes(&mut input, FILE_HEADER_BYTES - FILE_HEADER_1_BYTES)?);
                let (file, part) = file_header(&whole, number).unzip();
                let blocks = Blocks::new(input, file, whole.len() as u64);
                (Format::Blocks(Box::new(blocks)), part.unwrap_or_default())
            }
            _ => return Err(TraceError::Format { version, flags }),
        };
        Ok(Self { frames, part })
    }

    /// The next frame; `None` at the end. The first one is the session.
    ///
    /// # Errors
    ///
    /// If the input fails. Of format 1 if it ends inside a frame or holds what is no frame; nothing
    /// follows then, except after a malformed host event. Of format 2 damage is passed over, and told at
    /// the end: [`TraceError::Damaged`].
    pub fn next_frame(&mut self) -> Result<Option<Frame>, TraceError> {
        match &mut self.frames {
            Format::Frames(frames) => frames.next_frame(),
            Format::Blocks(blocks) => blocks.next_frame(),
        }
    }

    /// Version of the format.
    #[must_use]
    pub fn format(&self) -> u16 {
        match &self.frames {
            Format::Frames(_) => FORMAT_1,
            Format::Blocks(_) => FORMAT,
        }
    }

    /// Where the file stands in its run.
    #[must_use]
    pub fn part(&self) -> Part {
        self.part
    }

    /// The number that the file has given itself; `None` before format 2.
    #[must_use]
    pub fn file(&self) -> Option<u64> {
        match &self.frames {
            Format::Frames(_) => None,
            Format::Blocks(blocks) => blocks.file(),
        }
    }

    /// True once it is known that the writer did not come to the file's end. Format 1 does not tell.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        match &self.frames {
            Format::Frames(_) => false,
            Format::Blocks(blocks) => blocks.is_unfinished(),
        }
    }
}

/// What a whole file header says; `None` if it is damaged: then the first block tells whose it is.
fn file_header(header: &[u8], number: u32) -> Option<(u64, Part)> {
    let (said, sum) = header.split_last_chunk()?;
    let mut at = Fields(said.get(FILE_HEADER_1_BYTES..)?);
    let (file, records_before) = (at.u64()?, at.u64()?);
    let part = Part {
        number,
        records_before,
    };
    (at.u32().is_some() && checksum(said) == u32::from_le_bytes(*sum)).then_some((file, part))
}

/// Up to `count` bytes; fewer only at the end of the input.
fn bytes(input: &mut impl Read, count: usize) -> Result<Vec<u8>, TraceError> {
    let mut bytes = Vec::new();
    let read = input.take(count as u64).read_to_end(&mut bytes);
    read.map_err(|source| TraceError::Io { offset: 0, source })?;
    Ok(bytes)
}
