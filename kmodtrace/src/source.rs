//! Where frames come from: the live ring buffer, a recording, a test.

pub mod recorded;

use crate::trace::{Frame, TraceError};

/// A stream of frames, the session first.
pub trait Source {
    /// The next frame; `None` when there will be no more.
    ///
    /// # Errors
    ///
    /// If frames can no longer be had, or this one is malformed.
    fn next(&mut self) -> Result<Option<Frame>, TraceError>;
}
