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
    /// Files and directories that were written to.
    dirty: Vec<Arc<File>>,
    done: bool,
    failed: Option<io::Error>,
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

    /// Something was written to this file.
    pub(super) fn written(&self, file: &Arc<File>) {
        let mut state = self.shared.locked();
        if !state.dirty.iter().any(|dirty| Arc::ptr_eq(dirty, file)) {
            state.dirty.push(Arc::clone(file));
        }
    }

    /// Why something did not reach the disk; told once.
    pub(super) fn failed(&self) -> Option<io::Error> {
        self.shared.locked().failed.take()
    }

    /// Waits until everything is on the disk.
    pub(super) fn finish(mut self) -> io::Result<()> {
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
        for file in dirty {
            if let Err(error) = file.sync_data()
                && !has_no_disk(&error)
            {
                shared.locked().failed.get_or_insert(error);
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
