//! The loads of a benchmark, one after another.

use std::{
    ffi::{CString, OsStr},
    fs, io,
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{process::Command, time::sleep};

use super::{
    loader::{Loader, Prepared, Took},
    progress::Progress,
};
use crate::{
    cli::{
        run::{host, interrupt::Interrupts, watch::Watch},
        sink::Sink,
    },
    error::{BenchError, Failure},
    event::{Benchmark, HostEvent, Iteration, Side, Timing, When},
    probe::{Ring, Tracer},
    trace::Frame,
};

/// What the kernel does behind an unload (freeing memory), and the thread that writes the recording, get this long
/// before the next load.
const SETTLE: Duration = Duration::from_millis(10);

/// How loads are made.
pub(super) struct Rounds<'a> {
    pub(super) loader: &'a Loader,
    pub(super) sides: &'a [Arc<Prepared>],
    pub(super) params: &'a Arc<CString>,
    pub(super) prepare: Option<&'a OsStr>,
    pub(super) drop_caches: bool,
    pub(super) progress: Progress,
}

/// What is to be done under the tracer.
pub(super) struct Work<'a> {
    pub(super) benchmark: Benchmark,
    /// What came before.
    pub(super) before: Vec<Timing>,
    pub(super) order: &'a [Iteration],
    /// What comes behind.
    pub(super) untraced: &'a [Iteration],
}

impl Rounds<'_> {
    /// Loads without the tracer. A signal ends them.
    pub(super) async fn untraced(
        &self,
        order: &[Iteration],
        after: bool,
        interrupts: &mut Interrupts,
    ) -> Result<Vec<Timing>, BenchError> {
        self.progress.doing("without the tracer");
        let when = if after { When::After } else { When::Before };
        let mut timings = Vec::new();
        for &iteration in order {
            if interrupts.is_asked().await {
                break;
            }
            let prepared = self.prepare(iteration.side, interrupts).await;
            if let Err(error) = prepared {
                // A signal may have ended what it runs.
                if interrupts.is_asked().await {
                    break;
                }
                return Err(error);
            }
            let took = self.load(iteration.side).await?;
            timings.push(timing(iteration, when, took));
            self.unload(iteration.side).await?;
            self.progress.step();
            sleep(SETTLE).await;
        }
        Ok(timings)
    }

    /// Loads under the tracer, then without it. True if a signal ended them.
    pub(super) async fn traced(
        &self,
        work: Work<'_>,
        tracer: Tracer,
        ring: Ring,
        interrupts: Interrupts,
        sink: &mut Sink,
    ) -> Result<bool, Failure> {
        let timings = |timings: Vec<Timing>| {
            let events = timings.into_iter().map(HostEvent::Timing);
            events.map(Frame::Host).collect::<Vec<_>>()
        };
        sink.feed(Frame::Host(HostEvent::Benchmark(work.benchmark)))?;
        sink.feed_all(timings(work.before))?;
        let mut watch = Watch::new(tracer, ring, interrupts, None);
        let ended = self.all(work.order, &mut watch, sink).await;
        watch.close(sink)?;
        // Detaching waits for the kernel.
        let mut interrupts = watch.detach();
        ended?;
        let after = self.untraced(work.untraced, true, &mut interrupts).await?;
        sink.feed_all(timings(after))?;
        Ok(interrupts.is_asked().await)
    }

    async fn all(
        &self,
        order: &[Iteration],
        watch: &mut Watch,
        sink: &mut Sink,
    ) -> Result<(), Failure> {
        for &iteration in order {
            if watch.interrupts().is_asked().await {
                break;
            }
            self.progress.doing(if iteration.warmup {
                "warming up"
            } else {
                "measuring"
            });
            let signals = watch.interrupts().also().map_err(Failure::Runtime)?;
            let prepare = self.prepare(iteration.side, &signals);
            if let Err(error) = watch.during(sink, prepare).await? {
                // A signal may have ended what it runs.
                if watch.interrupts().is_asked().await {
                    break;
                }
                return Err(error.into());
            }
            watch.drain(sink)?;
            sink.feed(Frame::Host(HostEvent::Iteration {
                iteration,
                pid_tgid: self.loader.pid_tgid,
                time_ns: host::now_ns(),
            }))?;
            let took = watch.during(sink, self.load(iteration.side)).await??;
            let timing = timing(iteration, When::Traced, took);
            sink.feed(Frame::Host(HostEvent::Timing(timing)))?;
            watch.during(sink, self.unload(iteration.side)).await??;
            watch.drain(sink)?;
            self.progress.step();
            watch.during(sink, sleep(SETTLE)).await?;
        }
        Ok(())
    }

    /// What comes before a load, and is not part of it.
    async fn prepare(&self, side: Side, interrupts: &Interrupts) -> Result<(), BenchError> {
        if let Some(command) = self.prepare {
            let signals = interrupts.also().map_err(BenchError::Shell)?;
            let ended = prepared(command, side, signals).await;
            let status = ended.map_err(BenchError::Shell)?;
            if !status.success() {
                let command = command.to_owned();
                return Err(BenchError::Prepare { command, status });
            }
        }
        if self.drop_caches {
            // Page cache, directory entries and inodes (`Documentation/admin-guide/sysctl/vm.rst`).
            fs::write("/proc/sys/vm/drop_caches", "3").map_err(BenchError::DropCaches)?;
        }
        Ok(())
    }

    async fn load(&self, side: Side) -> Result<Took, BenchError> {
        let module = self.module(side);
        let failed = |errno| BenchError::Load {
            file: module.path.clone(),
            errno,
        };
        self.loader.load(module, self.params).await.map_err(failed)
    }

    async fn unload(&self, side: Side) -> Result<(), BenchError> {
        let name = self.module(side).name.clone();
        let ended = self.loader.unload(&name).await;
        ended.map_err(|errno| BenchError::Unload { name, errno })
    }

    fn module(&self, side: Side) -> &Arc<Prepared> {
        match (side, self.sides) {
            (Side::B, [_, b]) => b,
            (_, sides) => &sides[0],
        }
    }
}

/// Runs a command of the user's, in a process group of its own, which a signal asks to end.
async fn prepared(command: &OsStr, side: Side, mut signals: Interrupts) -> io::Result<ExitStatus> {
    let mut shell = Command::new("/bin/sh");
    shell
        .arg("-c")
        .arg(command)
        .env("KMODTRACE_SIDE", side.name());
    // Standard output is for what comes out of the benchmark.
    shell.stdin(Stdio::null()).stdout(io::stderr());
    let mut child = shell.process_group(0).spawn()?;
    tokio::select! {
        status = child.wait() => return status,
        _ = signals.wait() => {}
    }
    // While it was not waited for, its number is its own.
    let leader = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(leader) = leader.and_then(Pid::from_raw) {
        let _ = kill_process_group(leader, Signal::TERM);
    }
    child.wait().await
}

fn timing(iteration: Iteration, when: When, took: Took) -> Timing {
    Timing {
        iteration,
        when,
        elapsed_ns: took.elapsed_ns,
        cpu_ns: took.cpu_ns,
        runnable_ns: took.runnable_ns,
    }
}
