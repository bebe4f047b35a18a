//! The loop of a run: ring, timer, command, signals.

use std::{ffi::OsString, io, process::ExitStatus, time::Duration};

use rustix::process::Pid;
use tokio::{
    process::Child,
    time::{Instant, Interval, MissedTickBehavior, interval, sleep, sleep_until, timeout},
};

use super::{
    command, host,
    interrupt::{Asked, Interrupts},
    witness::Witness,
};
use crate::{
    cli::sink::Sink,
    error::Failure,
    event::{HostEvent, Losses},
    probe::{Ring, Tracer},
    trace::Frame,
};

/// How often the ring is looked into: how late a load is told at most.
const LOOK: Duration = Duration::from_millis(100);
/// How often losses and loads in flight are looked at.
const TICK: Duration = Duration::from_secs(1);
/// How long nothing may be seen before that is said; then ten times as long.
const QUIET: Duration = Duration::from_secs(30);
/// How long work elsewhere is left alone.
const UNDISTURBED: Duration = Duration::from_secs(1);
/// How long after the command's end the kernel gets to free init memory, which is worth a report.
const LINGER: Duration = Duration::from_millis(100);

/// A run in progress.
pub(in crate::cli) struct Watch {
    tracer: Tracer,
    ring: Ring,
    interrupts: Interrupts,
    child: Option<Child>,
    losses: Losses,
    deadline: Option<Instant>,
    look: Interval,
    tick: Interval,
    quiet: Duration,
    quiet_since: Instant,
    seen: u64,
    witness: Witness,
    /// False where a process id of the kernel's says nothing about processes here.
    pids_are_the_kernels: bool,
}

/// What woke the loop up.
enum Wake {
    Look,
    Tick,
    Child(io::Result<ExitStatus>),
    Over,
    Asked(Asked),
}

impl Watch {
    pub(in crate::cli) fn new(
        tracer: Tracer,
        ring: Ring,
        interrupts: Interrupts,
        duration: Option<Duration>,
    ) -> Self {
        let every = |period| {
            let mut interval = interval(period);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval
        };
        Self {
            tracer,
            ring,
            interrupts,
            child: None,
            losses: Losses::default(),
            deadline: duration.map(|duration| Instant::now() + duration),
            look: every(LOOK),
            tick: every(TICK),
            quiet: QUIET,
            quiet_since: Instant::now(),
            seen: 0,
            witness: Witness::begin(),
            pids_are_the_kernels: host::pids_are_the_kernels(),
        }
    }

    /// The command, if it was started.
    pub(super) fn child(&self) -> Option<Pid> {
        command::pid(self.child.as_ref()?)
    }

    /// True if the eBPF maps can be used.
    pub(super) fn can_read_maps(&self) -> bool {
        self.tracer.losses().is_ok()
    }

    /// Starts the command, if any: everything is attached by now.
    pub(in crate::cli) fn start(&mut self, words: &[OsString]) -> Result<(), Failure> {
        self.child = command::start(words)?;
        Ok(())
    }

    /// Waits for the command where the run has failed meanwhile: nobody else would.
    pub(super) async fn outlast_command(&mut self) {
        if let Some(child) = &mut self.child {
            eprintln!("kmodtrace: the run has failed; the command goes on");
            command::outlast(child, &mut self.interrupts).await;
        }
    }

    /// Waits for what is done elsewhere. For a while nothing else is done here, so that it goes on undisturbed.
    pub(in crate::cli) async fn during<T>(
        &mut self,
        sink: &mut Sink,
        work: impl Future<Output = T>,
    ) -> Result<T, Failure> {
        tokio::pin!(work);
        if let Ok(done) = timeout(UNDISTURBED, &mut work).await {
            return Ok(done);
        }
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                _ = self.tick.tick() => self.look_around(sink)?,
                _ = self.look.tick() => self.drain(sink)?,
            }
        }
    }

    /// The signals.
    pub(in crate::cli) fn interrupts(&mut self) -> &mut Interrupts {
        &mut self.interrupts
    }

    /// Detaches everything, which waits for the kernel. Signals are listened to all the same.
    pub(in crate::cli) fn detach(self) -> Interrupts {
        self.interrupts
    }

    /// Feeds what happens until the run ends: with the command if there is one; else when enough was
    /// seen, the time is over, or a signal asks for it.
    pub(in crate::cli) async fn run(&mut self, sink: &mut Sink) -> Result<(), Failure> {
        loop {
            match self.wake().await {
                Wake::Look => {
                    self.drain(sink)?;
                    if sink.is_full() && self.child.is_none() {
                        return Ok(());
                    }
                }
                Wake::Tick => self.look_around(sink)?,
                Wake::Child(status) => {
                    let code = command::code(status.map_err(Failure::Runtime)?);
                    self.child = None;
                    self.linger(sink).await?;
                    return sink.feed(Frame::Host(HostEvent::CommandEnded { code }));
                }
                Wake::Over if self.child.is_some() => {
                    self.deadline = None;
                    sink.stop();
                }
                Wake::Over => return Ok(()),
                Wake::Asked(asked) => match &self.child {
                    Some(child) => command::pass_on(child, asked),
                    None => return Ok(()),
                },
            }
        }
    }

    async fn wake(&mut self) -> Wake {
        let over = async {
            match self.deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let child = async {
            match &mut self.child {
                Some(child) => child.wait().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            asked = self.interrupts.wait() => Wake::Asked(asked),
            status = child => Wake::Child(status),
            () = over => Wake::Over,
            _ = self.tick.tick() => Wake::Tick,
            _ = self.look.tick() => Wake::Look,
        }
    }

    fn note_seen(&mut self, records: usize) {
        self.seen += records as u64;
        self.quiet_since = Instant::now();
        self.quiet = QUIET;
    }

    /// Reports losses, tasks that died in the middle of a load, and silence.
    fn look_around(&mut self, sink: &mut Sink) -> Result<(), Failure> {
        #[cfg(feature = "ebpf-log")]
        self.tracer.flush_log();
        self.report_losses(sink)?;
        self.report_gone(sink)?;
        sink.flush()?;
        if self.quiet_since.elapsed() >= self.quiet {
            self.quiet *= 10;
            let probes = self.tracer.attached().len();
            match self.seen {
                0 => eprintln!("kmodtrace: no module load seen yet; {probes} probes attached"),
                _ => eprintln!("kmodtrace: no further module load; {probes} probes attached"),
            }
        }
        Ok(())
    }

    fn report_losses(&mut self, sink: &mut Sink) -> Result<(), Failure> {
        let losses = self.tracer.losses()?;
        let what_was_lost = |l: &Losses| (l.segments, l.records, l.untracked);
        if what_was_lost(&losses) != what_was_lost(&self.losses) {
            self.losses = losses;
            sink.feed(Frame::Host(HostEvent::Losses(losses)))?;
        }
        Ok(())
    }

    /// A load whose task has gone will never end, unless its end is in the ring already.
    fn report_gone(&mut self, sink: &mut Sink) -> Result<(), Failure> {
        if !self.pids_are_the_kernels {
            return self.drain(sink);
        }
        let asked_ns = host::now_ns();
        let mut gone = self.tracer.tasks_in_flight();
        gone.retain(|&task| !host::task_exists(task));
        self.drain(sink)?;
        if gone.is_empty() {
            return Ok(());
        }
        let still = self.tracer.in_flight(host::now_ns())?;
        for load in still {
            // A load that began later is of another task, which has got the number since.
            if gone.contains(&load.key.pid_tgid) && load.key.start_ns < asked_ns {
                self.tracer.forget(&load)?;
                sink.feed(Frame::Host(HostEvent::TaskGone {
                    key: load.key,
                    load,
                }))?;
            }
        }
        Ok(())
    }

    /// Feeds what is in the ring.
    pub(in crate::cli) fn drain(&mut self, sink: &mut Sink) -> Result<(), Failure> {
        let records = self.ring.drain();
        if records.is_empty() {
            return Ok(());
        }
        self.note_seen(records.len());
        self.witness.look_again();
        let mut frames = Vec::with_capacity(records.len());
        for record in records {
            frames.extend(self.witness.see(&record).map(Frame::Host));
            frames.push(Frame::Record(record));
        }
        sink.feed_all(frames)?;
        sink.flush()
    }

    async fn linger(&mut self, sink: &mut Sink) -> Result<(), Failure> {
        tokio::select! {
            () = sleep(LINGER) => {}
            _ = self.interrupts.wait() => {}
        }
        self.drain(sink)
    }

    /// Feeds what is still in the ring, and the state at the end.
    pub(in crate::cli) fn close(&mut self, sink: &mut Sink) -> Result<(), Failure> {
        #[cfg(feature = "ebpf-log")]
        self.tracer.flush_log();
        let mut loads = self.tracer.in_flight(host::now_ns())?;
        // Every record that this count knows of is in the ring by now.
        let losses = self.tracer.losses()?;
        self.drain(sink)?;
        sink.feed(Frame::Host(HostEvent::Losses(losses)))?;
        sink.feed(Frame::Host(HostEvent::Programs(self.tracer.programs())))?;
        // A load that has ended since it was looked at has its record in the ring.
        let still = self.tracer.in_flight(host::now_ns())?;
        loads.retain(|load| still.iter().any(|still| still.key == load.key));
        self.drain(sink)?;
        sink.feed(Frame::Host(HostEvent::InFlight { loads }))?;
        sink.feed(Frame::Host(HostEvent::End {
            clock: host::clocks(),
        }))
    }
}
