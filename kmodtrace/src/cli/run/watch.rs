//! The loop of a run: ring, timer, command, signals.

use std::{io, process::ExitStatus, time::Duration};

use tokio::{
    process::Child,
    signal::unix::{Signal, SignalKind, signal},
    time::{Instant, Interval, MissedTickBehavior, interval, sleep_until},
};

use super::{Sink, command, host};
use crate::{
    cli::args::RunArgs,
    error::Failure,
    event::{HostEvent, Losses},
    probe::{ProbeError, Ring, Tracer},
    trace::Frame,
};

/// How often losses and loads in flight are looked at.
const TICK: Duration = Duration::from_secs(1);
/// How long nothing may be seen before that is said; then ten times as long.
const QUIET: Duration = Duration::from_secs(30);
/// How long after the command's end the kernel gets to free init memory, which is worth a report.
const LINGER: Duration = Duration::from_millis(100);

/// A run in progress.
pub(super) struct Watch {
    tracer: Tracer,
    ring: Ring,
    child: Option<Child>,
    losses: Losses,
    deadline: Option<Instant>,
    interrupt: Signal,
    terminate: Signal,
    tick: Interval,
    quiet: Duration,
    quiet_since: Instant,
    seen: u64,
}

/// What woke the loop up.
enum Wake {
    Records(Vec<Vec<u8>>),
    Tick,
    Child(io::Result<ExitStatus>),
    Over,
    Signal,
}

impl Watch {
    /// Starts the command, if any: everything is attached by now.
    pub(super) fn new(tracer: Tracer, ring: Ring, args: &RunArgs) -> Result<Self, Failure> {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (interrupt, terminate) = (SignalKind::interrupt(), SignalKind::terminate());
        Ok(Self {
            interrupt: signal(interrupt).map_err(Failure::Runtime)?,
            terminate: signal(terminate).map_err(Failure::Runtime)?,
            child: command::start(&args.command)?,
            tracer,
            ring,
            losses: Losses::default(),
            deadline: args.duration.map(|duration| Instant::now() + duration),
            tick,
            quiet: QUIET,
            quiet_since: Instant::now(),
            seen: 0,
        })
    }

    /// Feeds what happens until the run ends.
    pub(super) async fn run(&mut self, sink: &mut Sink) -> Result<(), Failure> {
        loop {
            match self.wake().await? {
                Wake::Records(records) => {
                    self.note_seen(records.len());
                    for record in records {
                        sink.feed(Frame::Record(record))?;
                    }
                    sink.flush()?;
                    if sink.is_full() {
                        return Ok(());
                    }
                }
                Wake::Tick => self.look_around(sink)?,
                Wake::Child(status) => {
                    let code = command::code(status.map_err(Failure::Runtime)?);
                    self.child = None;
                    self.linger(sink).await?;
                    sink.feed(Frame::Host(HostEvent::CommandEnded { code }))?;
                    return Ok(());
                }
                Wake::Over | Wake::Signal => return Ok(()),
            }
        }
    }

    async fn wake(&mut self) -> Result<Wake, ProbeError> {
        let mut records = Vec::new();
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
        // Records first: what the command did comes before the command's end.
        tokio::select! {
            biased;
            _ = self.interrupt.recv() => Ok(Wake::Signal),
            _ = self.terminate.recv() => Ok(Wake::Signal),
            result = self.ring.wait(|record| records.push(record.to_vec())) => {
                result.map(|()| Wake::Records(records))
            }
            status = child => Ok(Wake::Child(status)),
            () = over => Ok(Wake::Over),
            _ = self.tick.tick() => Ok(Wake::Tick),
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
        for load in self.tracer.in_flight(host::now_ns())? {
            if !host::thread_exists(load.key.pid(), load.key.tid()) {
                self.tracer.forget(&load)?;
                sink.feed(Frame::Host(HostEvent::TaskGone {
                    key: load.key,
                    load,
                }))?;
            }
        }
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

    async fn linger(&mut self, sink: &mut Sink) -> Result<(), Failure> {
        let end = Instant::now() + LINGER;
        loop {
            let mut records = Vec::new();
            tokio::select! {
                result = self.ring.wait(|record| records.push(record.to_vec())) => result?,
                () = sleep_until(end) => return Ok(()),
                _ = self.interrupt.recv() => return Ok(()),
            }
            for record in records {
                sink.feed(Frame::Record(record))?;
            }
        }
    }

    /// Feeds what is still in the ring, and the state at the end.
    pub(super) fn close(&mut self, sink: &mut Sink) -> Result<(), Failure> {
        if let Some(child) = &self.child {
            eprintln!(
                "kmodtrace: the command (pid {}) goes on",
                child.id().unwrap_or(0)
            );
        }
        #[cfg(feature = "ebpf-log")]
        self.tracer.flush_log();
        // The count first: every record that it knows of is in the ring by now.
        let losses = self.tracer.losses()?;
        let mut records = Vec::new();
        self.ring.drain(|record| records.push(record.to_vec()));
        for record in records {
            sink.feed(Frame::Record(record))?;
        }
        sink.feed(Frame::Host(HostEvent::Losses(losses)))?;
        let loads = self.tracer.in_flight(host::now_ns())?;
        sink.feed(Frame::Host(HostEvent::InFlight { loads }))?;
        sink.feed(Frame::Host(HostEvent::End {
            clock: host::clocks(),
        }))
    }
}
