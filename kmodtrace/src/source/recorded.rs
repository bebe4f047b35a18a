//! Frames from a recording.

use std::io::Read;

use super::Source;
use crate::trace::{Frame, FrameReader, Part, TraceError};

/// The frames of a recording.
#[derive(Debug)]
pub struct Recorded<R>(FrameReader<R>);

impl<R: Read> Recorded<R> {
    /// Opens the recording that `input` holds.
    ///
    /// # Errors
    ///
    /// If it does not begin as a recording does.
    pub fn open(input: R) -> Result<Self, TraceError> {
        FrameReader::new(input).map(Self)
    }

    /// Version of its format.
    #[must_use]
    pub fn format(&self) -> u16 {
        self.0.format()
    }

    /// Where the file stands in its run.
    #[must_use]
    pub fn part(&self) -> Part {
        self.0.part()
    }

    /// The number that the file has given itself; `None` before format 2.
    #[must_use]
    pub fn file(&self) -> Option<u64> {
        self.0.file()
    }

    /// True once it is known that the writer did not come to the file's end.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        self.0.is_unfinished()
    }
}

impl<R: Read> Source for Recorded<R> {
    fn next(&mut self) -> Result<Option<Frame>, TraceError> {
        self.0.next_frame()
    }
}
