//! Writes recordings: blocks into a file, frames into blocks.

use std::{
    collections::hash_map::DefaultHasher,
    hash::Hasher as _,
    io::{self, Write},
};

use super::{
    block::{Block, BlockBuilder, BlockHeader, LAST, STORED, checksum},
    frame::{FILE_HEADER_BYTES, FORMAT, Frame, MAGIC, TraceError},
};

/// Bytes of an end block.
pub const END_BYTES: u64 = super::block::BLOCK_HEADER_BYTES as u64;

/// Where a file stands among those of its run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Part {
    /// Number of the file in the run, from 0.
    pub number: u32,
    /// Ring records of the run in the files before.
    pub records_before: u64,
}

/// Writes the blocks of one file, each in one piece.
#[derive(Debug)]
pub struct BlockWriter<W> {
    out: W,
    part: Part,
    /// Number that the file gives itself; 0 before it has begun.
    file: u64,
    blocks: u32,
    frames: u64,
    records: u64,
    written: u64,
}

impl<W: Write> BlockWriter<W> {
    /// Writes to `out`, which is empty. Nothing is written before the first block.
    pub fn new(out: W, part: Part) -> Self {
        Self {
            out,
            part,
            file: 0,
            blocks: 0,
            frames: 0,
            records: 0,
            written: 0,
        }
    }

    /// Appends a block.
    ///
    /// # Errors
    /// If `out` fails.
    pub fn put(&mut self, block: &Block) -> Result<(), TraceError> {
        let mut bytes = Vec::with_capacity(FILE_HEADER_BYTES + block.stored.len());
        if self.blocks == 0 {
            self.file = self.name(&block.stored);
            bytes.extend_from_slice(&self.file_header());
        }
        let header = self.placed(block.header);
        bytes.extend_from_slice(&header.bytes());
        bytes.extend_from_slice(&block.stored);
        self.bytes(&bytes)?;
        self.blocks += 1;
        self.frames += u64::from(header.frames);
        self.records += block.records;
        Ok(())
    }

    /// Says that the file is complete, and returns the output.
    ///
    /// # Errors
    /// If `out` fails.
    pub fn finish(mut self) -> Result<W, TraceError> {
        self.end()?;
        Ok(self.out)
    }

    /// Says that the file is complete: nothing may follow.
    ///
    /// # Errors
    /// If `out` fails.
    pub fn end(&mut self) -> Result<(), TraceError> {
        let mut bytes = Vec::new();
        if self.blocks == 0 {
            self.file = self.name(&[]);
            bytes.extend_from_slice(&self.file_header());
        }
        let end = BlockHeader {
            file: 0,
            number: 0,
            method: STORED,
            flags: LAST,
            stored: 0,
            raw: 0,
            frames: 0,
            checksum: checksum(&[]),
            times: (0, 0),
            before: 0,
        };
        bytes.extend_from_slice(&self.placed(end).bytes());
        self.bytes(&bytes)?;
        let offset = self.written;
        let flushed = self.out.flush();
        flushed.map_err(|source| TraceError::Io { offset, source })
    }

    /// Bytes written so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Where the file that follows this one stands.
    #[must_use]
    pub fn next_part(&self) -> Part {
        Part {
            number: self.part.number.saturating_add(1),
            records_before: self.part.records_before + self.records,
        }
    }

    /// The output.
    pub fn output(&mut self) -> &mut W {
        &mut self.out
    }

    /// A number that no other file is likely to have: blocks that were in its place before, or that
    /// somebody has put into a record, are not its own. The same frames give the same number.
    fn name(&self, first: &[u8]) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write(first);
        hasher.write_u32(self.part.number);
        hasher.finish()
    }

    fn placed(&self, header: BlockHeader) -> BlockHeader {
        BlockHeader {
            file: self.file,
            number: self.blocks,
            before: self.frames,
            ..header
        }
    }

    fn file_header(&self) -> [u8; FILE_HEADER_BYTES] {
        let mut bytes = Vec::with_capacity(FILE_HEADER_BYTES);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&[0; 2]);
        bytes.extend_from_slice(&self.part.number.to_le_bytes());
        bytes.extend_from_slice(&self.file.to_le_bytes());
        bytes.extend_from_slice(&self.part.records_before.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&checksum(&bytes).to_le_bytes());
        bytes.try_into().unwrap_or([0; FILE_HEADER_BYTES])
    }

    /// Writes all of it; counts what was written of it when it fails.
    fn bytes(&mut self, mut bytes: &[u8]) -> Result<(), TraceError> {
        while !bytes.is_empty() {
            match self.out.write(bytes) {
                Ok(count) if count > 0 => {
                    self.written += count as u64;
                    bytes = &bytes[count.min(bytes.len())..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                failed => {
                    return Err(TraceError::Io {
                        offset: self.written,
                        source: failed.err().unwrap_or(io::ErrorKind::WriteZero.into()),
                    });
                }
            }
        }
        Ok(())
    }
}

/// Writes the frames of one recording.
#[derive(Debug)]
pub struct FrameWriter<W> {
    blocks: BlockWriter<W>,
    builder: BlockBuilder,
}

impl<W: Write> FrameWriter<W> {
    /// Writes to `out`, which is empty.
    pub fn new(out: W) -> Self {
        Self {
            blocks: BlockWriter::new(out, Part::default()),
            builder: BlockBuilder::default(),
        }
    }

    /// Appends a frame; the first one must be the session.
    ///
    /// # Errors
    /// If the output fails, or the frame is too long or no session.
    pub fn write(&mut self, frame: &Frame) -> Result<(), TraceError> {
        self.builder.push(frame)?;
        if self.builder.is_full() {
            self.close_block()?;
        }
        Ok(())
    }

    /// Ends the block: what was written until now can be read whatever follows.
    ///
    /// # Errors
    /// If the output fails.
    pub fn close_block(&mut self) -> Result<(), TraceError> {
        match self.builder.seal() {
            Some(block) => self.blocks.put(&block),
            None => Ok(()),
        }
    }

    /// Bytes in the output so far.
    pub fn written(&self) -> u64 {
        self.blocks.written()
    }

    /// Says that the recording is complete, and returns the output.
    ///
    /// # Errors
    /// If the output fails.
    pub fn finish(mut self) -> Result<W, TraceError> {
        self.close_block()?;
        self.blocks.finish()
    }
}
