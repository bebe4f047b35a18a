//! The part of the input that is being looked at.

use std::io::{self, Read};

/// Bytes that are read at once.
const STEP: usize = 64 << 10;

/// Input with a view of the bytes ahead.
#[derive(Debug)]
pub(super) struct Window<R> {
    input: R,
    bytes: Vec<u8>,
    /// Where in `bytes` the view begins.
    begin: usize,
    offset: u64,
    /// No more is to be had, for this reason if it is no good one.
    end: Option<Option<io::Error>>,
}

impl<R: Read> Window<R> {
    /// A view of `input`, of which `offset` bytes were read before.
    pub(super) fn new(input: R, offset: u64) -> Self {
        Self {
            input,
            bytes: Vec::new(),
            begin: 0,
            offset,
            end: None,
        }
    }

    /// The bytes ahead: at least `count`, or all that there are.
    pub(super) fn ahead(&mut self, count: usize) -> &[u8] {
        while self.bytes.len() - self.begin < count && self.end.is_none() {
            if self.begin >= STEP {
                self.bytes.drain(..self.begin);
                self.begin = 0;
            }
            let before = self.bytes.len();
            self.bytes.resize(before + STEP, 0);
            let read = self.input.read(&mut self.bytes[before..]);
            self.bytes.truncate(before + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => self.end = Some(None),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.end = Some(Some(error)),
            }
        }
        &self.bytes[self.begin..]
    }

    /// Passes over `count` bytes of those ahead.
    pub(super) fn pass(&mut self, count: usize) {
        let count = count.min(self.bytes.len() - self.begin);
        self.begin += count;
        self.offset += count as u64;
    }

    /// Where the view begins in the input.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Why the input ended, if it should not have; told once.
    pub(super) fn error(&mut self) -> Option<io::Error> {
        self.end.as_mut().and_then(Option::take)
    }
}
