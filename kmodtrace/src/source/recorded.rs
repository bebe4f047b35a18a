//! Frames from a recording.

use std::io::Read;

use super::Source;
use crate::trace::{Frame, FrameReader, TraceError};

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
}

impl<R: Read> Source for Recorded<R> {
    fn next(&mut self) -> Result<Option<Frame>, TraceError> {
        self.0.next_frame()
    }
}
