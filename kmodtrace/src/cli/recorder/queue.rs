//! What waits to be written.

use std::{
    mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use crate::trace::TraceError;

/// Bytes of frames that may wait. With more, whoever brings frames waits: then the ring buffer overflows
/// if the disk does not come back, and the kernel counts what is lost.
const MAX_WAITING: usize = 16 << 20;

/// Encoded frames, from the run to the thread that writes them.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    frames: Vec<u8>,
    /// The block is to end behind them.
    close: bool,
    /// No more will come.
    done: bool,
    /// Nothing will be taken any more.
    ended: bool,
    /// Why.
    failed: Option<TraceError>,
}

/// What comes with the frames that were taken.
pub(super) struct Taken {
    /// The block ends behind them.
    pub(super) close: bool,
    /// No more will come.
    pub(super) done: bool,
}

impl Queue {
    /// Adds frames.
    ///
    /// # Errors
    /// The failure of what was added before, once.
    pub(super) fn put(&self, frames: &[u8], close: bool) -> Result<(), TraceError> {
        let state = self.locked();
        let full = |state: &mut State| state.frames.len() > MAX_WAITING && !state.ended;
        let waited = self.changed.wait_while(state, full);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        if let Some(failed) = state.failed.take() {
            return Err(failed);
        }
        if !state.ended {
            state.frames.extend_from_slice(frames);
            state.close |= close;
            self.changed.notify_all();
        }
        Ok(())
    }

    /// No more will come.
    pub(super) fn close(&self) {
        self.locked().done = true;
        self.changed.notify_all();
    }

    /// Waits for frames, at most until `deadline`, and takes all that there are.
    pub(super) fn take(&self, frames: &mut Vec<u8>, deadline: Option<Instant>) -> Taken {
        frames.clear();
        let mut state = self.locked();
        while state.frames.is_empty() && !state.done {
            let Some(deadline) = deadline else {
                let woken = self.changed.wait(state);
                state = woken.unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let woken = self.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        mem::swap(frames, &mut state.frames);
        let taken = Taken {
            close: mem::take(&mut state.close),
            done: state.done,
        };
        self.changed.notify_all();
        taken
    }

    /// Nothing will be taken any more.
    pub(super) fn end(&self, failed: Option<TraceError>) {
        let mut state = self.locked();
        state.ended = true;
        state.failed = failed;
        state.frames = Vec::new();
        self.changed.notify_all();
    }

    /// Why nothing is taken any more, if that was not told before.
    pub(super) fn failed(&self) -> Option<TraceError> {
        self.locked().failed.take()
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, thread, time::Duration};

    use super::*;

    #[test]
    fn a_full_queue_waits_for_room() {
        let queue = Arc::new(Queue::default());
        queue.put(&vec![1; MAX_WAITING + 1], false).expect("room");
        let theirs = Arc::clone(&queue);
        let more = thread::spawn(move || theirs.put(&[2], true));
        thread::sleep(Duration::from_millis(50));
        assert!(!more.is_finished());
        let mut frames = Vec::new();
        assert!(!queue.take(&mut frames, None).close);
        assert_eq!(frames.len(), MAX_WAITING + 1);
        more.join().expect("no panic").expect("room");
        assert!(queue.take(&mut frames, None).close);
        assert_eq!(frames, [2]);
    }

    #[test]
    fn an_end_wakes_who_waits_and_is_told_once() {
        let queue = Arc::new(Queue::default());
        queue.put(&vec![1; MAX_WAITING + 1], false).expect("room");
        let theirs = Arc::clone(&queue);
        let more = thread::spawn(move || theirs.put(&[2], false));
        queue.end(Some(TraceError::NoSession));
        assert!(more.join().expect("no panic").is_err());
        assert!(queue.put(&[3], false).is_ok());
        assert!(queue.failed().is_none());
    }

    #[test]
    fn nothing_comes_before_the_deadline() {
        let queue = Queue::default();
        let begin = Instant::now();
        let wait = Duration::from_millis(30);
        let mut frames = Vec::new();
        let taken = queue.take(&mut frames, Some(begin + wait));
        assert!(begin.elapsed() >= wait && frames.is_empty() && !taken.done);
    }
}
