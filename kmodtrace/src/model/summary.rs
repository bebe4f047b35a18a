//! The end of a run in numbers.

use std::collections::BTreeMap;

use super::{Load, Unload};
use crate::{
    catalogue::phase::Phase,
    event::{InFlight, Losses},
};

/// A load in flight, and how far it has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unfinished {
    /// The load.
    pub load: InFlight,
    /// The phase that it is in, or phases that this kernel does not let tell apart: `signature+elf`.
    pub phase: Option<String>,
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
    /// What the kernel could not deliver.
    pub losses: Losses,
    /// Ring records that came in.
    pub received: u64,
    /// Events that fit nowhere.
    pub anomalies: u64,
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

    /// Counts one load that is printed.
    pub fn add(&mut self, load: &Load) {
        self.loads += 1;
        self.failed += u64::from(!load.succeeded());
        self.incomplete += u64::from(!load.complete);
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
