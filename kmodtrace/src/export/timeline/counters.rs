//! What goes up and down: loads in flight, memory of modules.
//!
//! Loads come in the order of their ends, counters go by time: they are told at the end, and take 24 bytes a step.

use std::collections::BTreeMap;

use crate::{
    event::Name,
    export::subject::Subject,
    model::{LoadId, Memory},
};

/// A counter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::export) enum Counter {
    /// Loads that have begun and not ended.
    InFlight,
    /// Memory of the modules whose loads were seen, bytes.
    Memory,
}

impl Counter {
    pub(in crate::export) const ALL: [Self; 2] = [Self::InFlight, Self::Memory];

    pub(in crate::export) fn name(self) -> &'static str {
        match self {
            Self::InFlight => "loads in flight",
            Self::Memory => "module memory",
        }
    }
}

/// A counter's value from a moment on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::export) struct Sample {
    pub(in crate::export) counter: Counter,
    pub(in crate::export) time_ns: u64,
    pub(in crate::export) value: i64,
}

/// The steps of every counter.
#[derive(Debug, Default)]
pub(super) struct Counters {
    steps: Vec<(u64, Counter, i64)>,
    /// Init memory that is still there, bytes.
    init: BTreeMap<LoadId, i64>,
    /// What modules keep, bytes.
    kept: BTreeMap<Name, i64>,
}

/// Loads whose init memory may still be freed, and modules that may go; the first ones are forgotten.
const MAX_KNOWN: usize = 4096;

impl Counters {
    /// Counts a load or unload.
    pub(super) fn see(&mut self, subject: Subject<'_>) {
        let (start, end) = (subject.start_ns(), subject.end_ns());
        if let Subject::Load(load) = subject {
            self.steps.push((start, Counter::InFlight, 1));
            self.steps.push((end, Counter::InFlight, -1));
            let (kept, init) = self.allocated(&load.facts.memory, start);
            if !load.succeeded() {
                self.step(end, -(kept + init));
                return;
            }
            self.init.insert(load.id, init);
            if let Some(module) = subject.module() {
                self.kept.insert(module.clone(), kept);
            }
            if self.init.len() > MAX_KNOWN {
                self.init.pop_first();
            }
            if self.kept.len() > MAX_KNOWN {
                self.kept.pop_first();
            }
        } else if subject.succeeded() {
            let kept = subject.module().and_then(|name| self.kept.remove(name));
            self.step(end, -kept.unwrap_or(0));
        }
    }

    /// Each region from the time of its allocation on; how much is kept and how much is init's.
    fn allocated(&mut self, memory: &Memory, start_ns: u64) -> (i64, i64) {
        let (mut kept, mut init) = (0, 0);
        for region in &memory.regions {
            let bytes = i64::try_from(region.bytes).unwrap_or(0);
            let time_ns = region
                .allocated
                .map_or(start_ns, |(begun, took)| begun.saturating_add(took));
            self.step(time_ns, bytes);
            if region.kind.is_init() {
                init += bytes;
            } else {
                kept += bytes;
            }
        }
        (kept, init)
    }

    /// The init memory of a load was freed.
    pub(super) fn init_freed(&mut self, id: LoadId, time_ns: u64) {
        let bytes = self.init.remove(&id).unwrap_or(0);
        self.step(time_ns, -bytes);
    }

    fn step(&mut self, time_ns: u64, bytes: i64) {
        if bytes != 0 {
            self.steps.push((time_ns, Counter::Memory, bytes));
        }
    }

    /// The values, in order of time.
    pub(super) fn samples(&mut self) -> Vec<Sample> {
        let mut steps = std::mem::take(&mut self.steps);
        steps.sort_unstable_by_key(|&(time_ns, counter, _)| (time_ns, counter));
        let mut values = BTreeMap::new();
        let mut samples: Vec<Sample> = Vec::new();
        for (time_ns, counter, step) in steps {
            let value: &mut i64 = values.entry(counter).or_default();
            *value = value.saturating_add(step);
            let sample = Sample {
                counter,
                time_ns,
                value: *value,
            };
            match samples.last_mut() {
                Some(last) if (last.time_ns, last.counter) == (time_ns, counter) => *last = sample,
                _ => samples.push(sample),
            }
        }
        samples
    }
}
