//! Attaching: the only module that knows aya, and the only user-space module with unsafe code.
//!
//! [`Tracer::start`] loads the eBPF object and attaches what the plan asks for; [`Ring`] yields the
//! records; [`Tracer::losses`] and [`Tracer::in_flight`] read the kernel's own state.

mod attach;
mod btf;
mod memory;
mod object;
mod optimizer;
mod programs;
mod ring;
mod sentence;
mod state;

pub use attach::Refused;
pub use ring::Ring;

use attach::{Attachments, Link};
use kmodtrace_common::{
    catalogue::{HookId, Scope},
    config::DEFAULT_RING_BYTES,
};
use optimizer::Optimizer;
use programs::Held;
use state::State;

use crate::{
    event::{Attached, InFlight, Losses, ProgramStatistics},
    plan::Plan,
};

/// What can be set about the programs.
#[derive(Clone, Debug)]
pub struct Options {
    /// Size of the ring buffer, bytes; a power of two and a multiple of the page size.
    pub ring_bytes: u32,
    /// Marks to collect before a segment is sent; 1 sends each by itself.
    pub flush_after: u32,
    /// Flag loads of this process's descendants.
    pub tracer_pid: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ring_bytes: DEFAULT_RING_BYTES,
            flush_after: u32::MAX,
            tracer_pid: None,
        }
    }
}

/// Why tracing could not begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The object was refused as a whole.
    #[error("the kernel refused the eBPF object: {0}")]
    Object(String),
    /// A map of the object cannot be used.
    #[error("eBPF map {map} cannot be used: {reason}")]
    Map {
        /// Its name.
        map: &'static str,
        /// Why.
        reason: String,
    },
    /// A probe without which nothing can be traced was refused in every way.
    #[error("the kernel refused the probe on {symbol}: {reason}")]
    Mandatory {
        /// The symbol.
        symbol: String,
        /// Why.
        reason: String,
    },
}

/// A running tracer. Dropping it detaches everything.
pub struct Tracer {
    state: State,
    attachments: Attachments,
    programs: Held,
    optimizer: Option<Optimizer>,
    /// Loads that were not followed because they began before everything was attached: no loss.
    before: u64,
    #[cfg(feature = "ebpf-log")]
    log: Option<aya_log::EbpfLogger<&'static dyn log::Log>>,
}

/// Threads that detach side by side: most of the time goes into waiting for RCU.
const DETACH_THREADS: usize = 8;

impl Drop for Tracer {
    fn drop(&mut self) {
        let links = std::mem::take(&mut self.attachments.links);
        Optimizer::rests(&mut self.optimizer, || detach(links));
    }
}

/// Drops links side by side.
fn detach(mut links: Vec<Link>) {
    let share = links.len().div_ceil(DETACH_THREADS);
    std::thread::scope(|scope| {
        while !links.is_empty() {
            let part = links.split_off(links.len().saturating_sub(share));
            // Where there can be no more threads, this one drops it.
            let _ = std::thread::Builder::new().spawn_scoped(scope, move || drop(part));
        }
    });
}

impl Tracer {
    /// Loads the programs and attaches everything that the plan asks for; the system calls come last,
    /// so that no load is followed by half of the probes.
    ///
    /// # Errors
    /// When the object, or a probe without which nothing can be traced, is refused.
    pub fn start(plan: &Plan, options: &Options) -> Result<(Self, Ring), ProbeError> {
        // What the facts were read into, before there is as much of the object.
        memory::give_back();
        let begun = std::time::Instant::now();
        let mut ebpf = object::load(plan, options)?;
        tracing::debug!(took = ?begun.elapsed(), "object parsed, maps made");
        let mut optimizer = Optimizer::open();
        let attachments = attach::all(&mut ebpf, plan, &mut optimizer)?;
        tracing::debug!(took = ?begun.elapsed(), "attached");
        let ring = Ring::take(&mut ebpf)?;
        #[cfg(feature = "ebpf-log")]
        let log = aya_log::EbpfLogger::init(&mut ebpf)
            .inspect_err(|error| tracing::warn!(%error, "no log of the eBPF programs"))
            .ok();
        let state = State::open(&mut ebpf)?;
        if let Some(optimizer) = &optimizer {
            optimizer.settle();
            tracing::debug!(took = ?begun.elapsed(), "optimized");
        }
        let programs = Held::of(&ebpf);
        // What else there is of the programs, and of maps that only they use, is needed no more.
        drop(ebpf);
        memory::give_back();
        let ring = Ring::map(ring)?;
        let before = state.losses()?.untracked;
        let tracer = Self {
            state,
            attachments,
            programs,
            optimizer,
            before,
            #[cfg(feature = "ebpf-log")]
            log,
        };
        Ok((tracer, ring))
    }

    /// Passes on what the eBPF programs logged (`KMODTRACE_LOG=debug` shows it).
    #[cfg(feature = "ebpf-log")]
    pub fn flush_log(&mut self) {
        if let Some(log) = &mut self.log {
            log.flush();
        }
    }

    /// What is attached, and how.
    #[must_use]
    pub fn attached(&self) -> &[Attached] {
        &self.attachments.attached
    }

    /// True if the end of a system call is seen by a kretprobe alone: the kernel keeps a bounded number
    /// of them under way (10, or two per CPU), further returns are missed.
    #[must_use]
    pub fn returns_can_be_missed(&self) -> bool {
        let ends = |probe: &&Attached| {
            let hook = HookId(probe.hook).hook();
            probe.edge == "return" && hook.is_some_and(|hook| hook.scope == Scope::Syscall)
        };
        let mut ends = self.attachments.attached.iter().filter(ends);
        ends.all(|probe| probe.how == "kretprobe")
    }

    /// Probes that the kernel refused in every way that was tried.
    #[must_use]
    pub fn refused(&self) -> &[Refused] {
        &self.attachments.refused
    }

    /// What the kernel could not deliver so far, of what began since everything is attached.
    ///
    /// # Errors
    /// When the counters cannot be read.
    pub fn losses(&self) -> Result<Losses, ProbeError> {
        let losses = self.state.losses()?;
        Ok(Losses {
            untracked: losses.untracked.saturating_sub(self.before),
            ..losses
        })
    }

    /// What the kernel tells of the programs: what they cost, what they missed.
    #[must_use]
    pub fn programs(&self) -> ProgramStatistics {
        self.programs.told()
    }

    /// The loads in flight now.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn in_flight(&self, now_ns: u64) -> Result<Vec<InFlight>, ProbeError> {
        self.state.in_flight(now_ns)
    }

    /// The tasks with a load in flight, as `pid_tgid`. Less is copied for that than for their loads: while a system call
    /// reads a map the kernel passes over every kprobe's program on that CPU (`bpf_disable_instrumentation()`,
    /// `kernel/bpf/syscall.c`), and for longer where it preempts the reader there.
    #[must_use]
    pub fn tasks_in_flight(&self) -> Vec<u64> {
        self.state.tasks()
    }

    /// Frees the slot of a load whose task is gone.
    ///
    /// # Errors
    /// When the slot cannot be written.
    pub fn forget(&mut self, load: &InFlight) -> Result<(), ProbeError> {
        self.state.forget(load)
    }
}
