//! The end of a run in numbers.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use super::{Contest, Errno, Load, Outcome, Overhead, Unload};
use crate::{
    catalogue::phase::Phase,
    event::{InFlight, Losses, Name, ProgramStatistics},
};

/// A load in flight, and how far it has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unfinished {
    /// The load.
    pub load: InFlight,
    /// The phase that it is in, or phases that this kernel does not let tell apart: `signature+elf`.
    pub phase: Option<String>,
}

/// Names of which failures are kept apart.
pub const MAX_FAILING: usize = 1024;

/// Loads that lost against another one of the same module or file, together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Lost {
    /// How many.
    pub loads: u64,
    /// Time that they waited, ns.
    pub waited_ns: u64,
    /// Bytes that they had read.
    pub read_bytes: u64,
    /// Bytes of module memory that they had allocated.
    pub allocated_bytes: u64,
}

/// Failures of one module.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Failing {
    /// How many loads failed.
    pub loads: u64,
    /// Their time together, ns.
    pub total_ns: u64,
    /// Their error numbers.
    pub errnos: BTreeSet<i32>,
    /// Tasks that asked for them; a few of them.
    pub comms: BTreeSet<Name>,
}

impl Lost {
    fn add(&mut self, contest: &Contest) {
        self.loads += 1;
        self.waited_ns = self.waited_ns.saturating_add(contest.waited_ns);
        self.read_bytes = self.read_bytes.saturating_add(contest.read_bytes);
        self.allocated_bytes = self.allocated_bytes.saturating_add(contest.allocated_bytes);
    }
}

impl Failing {
    /// Tasks that are named.
    const MAX_COMMS: usize = 4;

    fn add(&mut self, load: &Load, errno: Errno) {
        self.loads += 1;
        self.total_ns = self.total_ns.saturating_add(load.total_ns);
        self.errnos.insert(errno.0);
        if self.comms.len() < Self::MAX_COMMS {
            self.comms.insert(load.comm.clone());
        }
    }
}

/// What a run saw. Filters apply before: it speaks of the loads that were printed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Loads printed.
    pub loads: u64,
    /// Loads seen and not printed: filtered out, or beyond what was asked for.
    pub passed_over: u64,
    /// Loads by the command or its descendants, printed or not; `None` without a command, and where
    /// descent cannot be told.
    pub by_command: Option<u64>,
    /// Of the printed ones, those that failed.
    pub failed: u64,
    /// Of these, those of which something was lost.
    pub incomplete: u64,
    /// Unloads printed.
    pub unloads: u64,
    /// Of these, those that failed.
    pub failed_unloads: u64,
    /// Their time together, ns; a child load is inside its parent's and not added again.
    pub total_ns: u64,
    /// Their time without a phase, ns.
    pub unattributed_ns: u64,
    /// Their time in inferred phases, ns.
    pub inferred_ns: u64,
    /// Time by phase, ns; a span that covers several counts for the first one.
    pub phases: BTreeMap<Phase, u64>,
    /// When the last of the loads and unloads ended, ns.
    pub until_ns: u64,
    /// What the kernel could not deliver.
    pub losses: Losses,
    /// What tracing cost the printed loads.
    pub overhead: Overhead,
    /// What the kernel told of the eBPF programs; `None` if no run came so far.
    pub programs: Option<ProgramStatistics>,
    /// Ring records that came in.
    pub received: u64,
    /// Events that fit nowhere.
    pub anomalies: u64,
    /// Printed loads that lost against others.
    pub lost: Lost,
    /// Failures of the printed loads that did not lose against others: by module or, where its name is not
    /// known, by file. Those of the first [`MAX_FAILING`] names.
    pub failing: BTreeMap<Name, Failing>,
    /// Modules that were being loaded or unloaded when tracing began: of that nothing was seen.
    pub under_way: Vec<Name>,
    /// Loads in flight at the end.
    pub in_flight: Vec<Unfinished>,
    /// Exit code of the command, with `-- CMD`.
    pub command: Option<i32>,
}

impl Summary {
    /// Counts one unload.
    pub fn see_unload(&mut self, unload: &Unload) {
        self.unloads += 1;
        self.failed_unloads += u64::from(!unload.succeeded());
        self.until_ns = self
            .until_ns
            .max(unload.start_ns.saturating_add(unload.total_ns));
    }

    /// Records that the kernel sent before it was last asked, and that never came in.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.losses.sent.saturating_sub(self.received)
    }

    /// True if the command is known to have made no load.
    #[must_use]
    pub fn command_made_none(&self) -> bool {
        self.command.is_some() && self.in_flight.is_empty() && self.by_command == Some(0)
    }

    /// Notes one load, printed or not.
    pub fn see(&mut self, load: &Load) {
        if let Some(count) = &mut self.by_command {
            *count += u64::from(load.descendant);
        }
    }

    fn add_failure(&mut self, load: &Load) {
        if let Some(contest) = load.contest.filter(|contest| contest.lost) {
            return self.lost.add(&contest);
        }
        let Outcome::Returned(Err(errno)) = load.outcome else {
            return;
        };
        let name = load.module.clone().or_else(|| load.file.clone());
        let name = name.unwrap_or_default();
        if self.failing.len() < MAX_FAILING || self.failing.contains_key(&name) {
            self.failing.entry(name).or_default().add(load, errno);
        }
    }

    /// Failures of modules that failed more than once, the most expensive first.
    #[must_use]
    pub fn repeated(&self) -> Vec<(&Name, &Failing)> {
        let mut repeated: Vec<_> = self.failing.iter().filter(|(_, it)| it.loads > 1).collect();
        repeated.sort_by_key(|(_, failing)| Reverse(failing.total_ns));
        repeated
    }

    /// Counts one load that is printed.
    pub fn add(&mut self, load: &Load) {
        self.loads += 1;
        self.failed += u64::from(!load.succeeded());
        self.incomplete += u64::from(!load.complete);
        self.add_failure(load);
        self.overhead = match self.loads {
            1 => load.overhead,
            _ => self.overhead.plus(load.overhead),
        };
        self.until_ns = self
            .until_ns
            .max(load.start_ns.saturating_add(load.total_ns));
        if load.parent.is_none() {
            self.total_ns += load.total_ns;
            self.unattributed_ns += load.unattributed_ns;
            self.inferred_ns += load.inferred_ns();
            for span in &load.phases {
                *self.phases.entry(span.covers[0]).or_default() += span.duration_ns;
            }
        }
    }
}
