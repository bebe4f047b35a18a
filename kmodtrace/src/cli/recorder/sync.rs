//! Brings to the disk what was written.

use std::{
    fs::File,
    io, mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustix::io::Errno;

/// How often: a power cut takes what is younger.
const EVERY: Duration = Duration::from_secs(1);

/// A thread that syncs files.
pub(super) struct Syncer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Files and directories that were written to, and how many bytes of the recording's file were written then.
    dirty: Vec<(Arc<File>, u64)>,
    done: bool,
    failed: Option<Unsynced>,
}

/// What was written, and did not reach the disk.
#[derive(Debug)]
pub(super) struct Unsynced {
    /// It lies in front of this byte.
    pub(super) offset: u64,
    /// Why.
    pub(super) source: io::Error,
}

impl Syncer {
    /// Starts the thread.
    pub(super) fn start() -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread = thread::Builder::new().name("sync".into());
        let thread = thread.spawn(move || sync(&theirs))?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Something was written to this file, when the recording's had so many bytes.
    pub(super) fn written(&self, file: &Arc<File>, bytes: u64) {
        let mut state = self.shared.locked();
        let mut dirty = state.dirty.iter_mut();
        match dirty.find(|(dirty, _)| Arc::ptr_eq(dirty, file)) {
            Some((_, written)) => *written = bytes,
            None => state.dirty.push((Arc::clone(file), bytes)),
        }
    }

    /// Why something did not reach the disk; told once.
    pub(super) fn failed(&self) -> Option<Unsynced> {
        self.shared.locked().failed.take()
    }

    /// Waits until everything is on the disk.
    pub(super) fn finish(mut self) -> Result<(), Unsynced> {
        self.stop();
        self.failed().map_or(Ok(()), Err)
    }

    fn stop(&mut self) {
        self.shared.locked().done = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sync(shared: &Shared) {
    let mut next = Instant::now() + EVERY;
    loop {
        let left = next.saturating_duration_since(Instant::now());
        let waited = shared
            .changed
            .wait_timeout_while(shared.locked(), left, |state| !state.done);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        let (dirty, done) = (mem::take(&mut state.dirty), state.done);
        // Nobody waits for the lock while the disk is busy.
        drop(state);
        next = Instant::now() + EVERY;
        for (file, offset) in dirty {
            if let Err(source) = file.sync_data()
                && !has_no_disk(&source)
            {
                let failed = Unsynced { offset, source };
                shared.locked().failed.get_or_insert(failed);
            }
        }
        if done {
            return;
        }
    }
}

/// Pipes and devices have nothing to sync, and say so.
fn has_no_disk(error: &io::Error) -> bool {
    let known = [Errno::INVAL, Errno::ROFS, Errno::NOTSUP];
    let code = error.raw_os_error();
    known.iter().any(|known| code == Some(known.raw_os_error()))
}

#[cfg(test)]
mod tests {
    use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt as _};

    use rustix::fs::OFlags;

    use super::*;

    /// A file that was opened for its name alone cannot be synced.
    #[test]
    fn what_did_not_reach_the_disk_is_told_once() {
        let flags = OFlags::PATH.bits().cast_signed();
        let file = OpenOptions::new().read(true).custom_flags(flags).open("/");
        let file = Arc::new(file.expect("a file"));
        let syncer = Syncer::start().expect("a thread");
        syncer.written(&file, 7);
        syncer.written(&file, 42);
        let failed = syncer.finish().expect_err("not synced");
        assert_eq!(failed.offset, 42);
        let code = failed.source.raw_os_error();
        assert_eq!(code, Some(Errno::BADF.raw_os_error()));
    }
}
