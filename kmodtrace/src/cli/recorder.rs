//! Writes a recording while the run goes on.
//!
//! A slow disk must not keep the ring buffer's reader waiting: frames go into a queue; one thread makes
//! blocks of them and writes these, another one brings to the disk what was written. Only when 16 MiB are
//! queued does the reader wait, and with it signals and the time that the run is to take.

mod files;
mod head;
mod queue;
mod sync;

use std::{
    io,
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

pub(super) use files::{Files, Rotation};
use queue::{Queue, Taken};

use crate::trace::{Frame, TraceError, block::split, frame::encode};

/// How long frames may wait for their block to be closed.
const WAIT: Duration = Duration::from_millis(100);

/// When blocks are closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Pace {
    /// Behind ring records, and when frames have waited for 100 ms: so little is lost of a run that is killed.
    Live,
    /// When they are full: the same frames make the same blocks.
    Copy,
}

/// A recording under way. Whatever it was given is written, also when it is dropped.
pub(super) struct Recorder {
    queue: Arc<Queue>,
    pace: Pace,
    thread: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Records into `files`.
    ///
    /// # Errors
    /// When there can be no more threads.
    pub(super) fn start(files: Files, pace: Pace) -> io::Result<Self> {
        let queue = Arc::new(Queue::default());
        let theirs = Arc::clone(&queue);
        let thread = thread::Builder::new().name("recorder".into());
        let thread = thread.spawn(move || {
            let ended = record(&theirs, files, pace);
            theirs.end(ended.err());
        });
        Ok(Self {
            queue,
            pace,
            thread: Some(thread?),
        })
    }

    /// Appends frames, of which the first one of all is the session. In a live recording ring records
    /// make a block, or several, together with the frames that still wait.
    ///
    /// # Errors
    /// When something written before could not be, or a frame is too long.
    pub(super) fn write(&self, frames: &[Frame]) -> Result<(), TraceError> {
        let mut encoded = Vec::new();
        let mut record = false;
        for frame in frames {
            encode(frame, &mut encoded)?;
            record |= matches!(frame, Frame::Record(_));
        }
        self.queue.put(&encoded, record && self.pace == Pace::Live)
    }

    /// Waits until everything is on the disk.
    ///
    /// # Errors
    /// When something could not be written.
    pub(super) fn finish(mut self) -> Result<(), TraceError> {
        self.stop();
        self.queue.failed().map_or(Ok(()), Err)
    }

    fn stop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            debug_assert!(ended.is_ok(), "the recorder does not panic");
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.stop();
    }
}

fn record(queue: &Queue, files: Files, pace: Pace) -> Result<(), TraceError> {
    let mut writer = files.begin()?;
    let mut frames = Vec::new();
    let mut since: Option<Instant> = None;
    loop {
        let deadline = since.map(|since| since + WAIT);
        let Taken { close, done } = queue.take(&mut frames, deadline);
        for frame in split(&frames) {
            writer.push(frame)?;
        }
        if !frames.is_empty() && pace == Pace::Live {
            since.get_or_insert_with(Instant::now);
        }
        if close || done || since.is_some_and(|since| since.elapsed() >= WAIT) {
            writer.close_block()?;
            since = None;
        }
        writer.check()?;
        if done {
            return writer.finish();
        }
    }
}

#[cfg(test)]
mod tests;
