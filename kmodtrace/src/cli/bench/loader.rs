//! The thread that loads and unloads: one, so that every load is the same task's.

use std::{
    ffi::CString,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use rustix::{
    io::Errno,
    system::{delete_module, finit_module, init_module},
    time::ClockId,
};
use tokio::sync::oneshot;

use crate::{cli::run::host::clock, event::Given, image::compression::Compression};

/// `MODULE_INIT_COMPRESSED_FILE` (`include/uapi/linux/module.h`).
const COMPRESSED_FILE: i32 = 4;
/// `O_NONBLOCK`: do not wait until nobody uses the module any more, which the kernel no longer offers.
const NONBLOCK: i32 = 0o4000;
/// How long a module may be in use behind its load: udev, for one, looks at new devices.
const PATIENCE: Duration = Duration::from_secs(2);
const BREATH: Duration = Duration::from_millis(20);

/// A module file, ready to be loaded.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) path: PathBuf,
    /// The module's name, as the kernel has it.
    pub(super) name: String,
    pub(super) given: Given,
    /// With [`Given::Image`], the image.
    pub(super) image: Vec<u8>,
}

/// How long a load took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Took {
    pub(super) elapsed_ns: u64,
    pub(super) cpu_ns: u64,
    pub(super) runnable_ns: Option<u64>,
}

/// The end of a load or an unload.
pub(super) type Done<T> = Result<T, Errno>;

enum Job {
    Load(Arc<Prepared>, Arc<CString>, oneshot::Sender<Done<Took>>),
    Unload(String, oneshot::Sender<Done<()>>),
    Undo(oneshot::Sender<Vec<(String, Errno)>>),
}

/// What the thread has loaded and not unloaded, in order.
#[derive(Default)]
struct Hands(Vec<String>);

impl Hands {
    /// Whoever asked may have gone.
    fn work(&mut self, job: Job) {
        match job {
            Job::Load(module, params, done) => {
                let took = load(&module, &params);
                if took.is_ok() {
                    self.0.push(module.name.clone());
                }
                let _ = done.send(took);
            }
            Job::Unload(name, done) => {
                let unloaded = unload(&name);
                if unloaded.is_ok() {
                    self.0.retain(|loaded| *loaded != name);
                }
                let _ = done.send(unloaded);
            }
            Job::Undo(done) => {
                let mut failed = Vec::new();
                while let Some(name) = self.0.pop() {
                    failed.extend(unload(&name).err().map(|errno| (name, errno)));
                }
                let _ = done.send(failed);
            }
        }
    }
}

/// The thread's other end.
#[derive(Debug)]
pub(super) struct Loader {
    jobs: mpsc::Sender<Job>,
    /// Its process and thread, as the kernel's records have it.
    pub(super) pid_tgid: u64,
}

impl Loader {
    /// Starts the thread.
    ///
    /// # Errors
    /// If there can be no more threads.
    pub(super) fn start() -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        let work = move || {
            let _ = tell.send(rustix::thread::gettid());
            let mut hands = Hands::default();
            while let Ok(job) = queue.recv() {
                hands.work(job);
            }
        };
        // A task's name has 15 bytes.
        thread::Builder::new()
            .name("kmodtrace-load".into())
            .spawn(work)?;
        let tid = told.recv().map_err(std::io::Error::other)?;
        let id = |pid: rustix::process::Pid| u64::from(pid.as_raw_nonzero().get().unsigned_abs());
        Ok(Self {
            jobs,
            pid_tgid: id(rustix::process::getpid()) << 32 | id(tid),
        })
    }

    /// Loads a module; what comes back is to be waited for.
    pub(super) async fn load(&self, module: &Arc<Prepared>, params: &Arc<CString>) -> Done<Took> {
        let (done, came) = oneshot::channel();
        let job = Job::Load(Arc::clone(module), Arc::clone(params), done);
        self.ask(job, came).await
    }

    /// Unloads a module.
    pub(super) async fn unload(&self, module: &str) -> Done<()> {
        let (done, came) = oneshot::channel();
        self.ask(Job::Unload(module.to_owned(), done), came).await
    }

    /// Unloads all that was loaded here and still is, the last one first; tells what failed.
    pub(super) async fn undo(&self) -> Vec<(String, Errno)> {
        let (done, came) = oneshot::channel();
        if self.jobs.send(Job::Undo(done)).is_err() {
            return Vec::new();
        }
        came.await.unwrap_or_default()
    }

    /// A thread that is gone can do nothing.
    async fn ask<T>(&self, job: Job, came: oneshot::Receiver<Done<T>>) -> Done<T> {
        self.jobs.send(job).map_err(|_| Errno::SRCH)?;
        came.await.unwrap_or(Err(Errno::SRCH))
    }
}

/// One load. Files are opened anew each time, as modprobe does, but outside of what is measured.
fn load(module: &Prepared, params: &CString) -> Done<Took> {
    let file = match module.given {
        Given::Image => None,
        Given::File | Given::Compressed => {
            let file = File::open(&module.path);
            Some(file.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?)
        }
    };
    let flags = match module.given {
        Given::Compressed => COMPRESSED_FILE,
        Given::File | Given::Image => 0,
    };
    let waited = runnable();
    let (began, on_cpu) = (clock(ClockId::Monotonic), clock(ClockId::ThreadCPUTime));
    let result = match &file {
        Some(file) => finit_module(file, params, flags),
        None => init_module(&module.image, params),
    };
    let (ended, off_cpu) = (clock(ClockId::Monotonic), clock(ClockId::ThreadCPUTime));
    result?;
    Ok(Took {
        elapsed_ns: ended.saturating_sub(began),
        cpu_ns: off_cpu.saturating_sub(on_cpu),
        runnable_ns: runnable()
            .zip(waited)
            .map(|(now, then)| now.saturating_sub(then)),
    })
}

fn unload(module: &str) -> Done<()> {
    let name = CString::new(module).map_err(|_| Errno::INVAL)?;
    let mut left = PATIENCE;
    loop {
        match delete_module(&name, NONBLOCK) {
            Err(Errno::WOULDBLOCK | Errno::BUSY) if left > Duration::ZERO => {
                thread::sleep(BREATH);
                left = left.saturating_sub(BREATH);
            }
            result => return result,
        }
    }
}

/// How the kernel is given a file: as modprobe decides it, by `/sys/module/compression`, which kernels have that
/// decompress modules themselves, and which names the format that they know.
pub(super) fn given(root: &Path, file: &[u8]) -> Given {
    let Some(compression) = Compression::of(file) else {
        return Given::File;
    };
    let known = fs::read_to_string(root.join("sys/module/compression"));
    if known.is_ok_and(|known| known.trim() == compression.name()) {
        Given::Compressed
    } else {
        Given::Image
    }
}

/// How long this thread has waited for a CPU so far, ns (`Documentation/scheduler/sched-stats.rst`).
fn runnable() -> Option<u64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').nth(1)?.trim().parse().ok()
}
