//! The loads of a side, by what they have in common.

use std::collections::BTreeMap;

use super::{Build, Key, LeftOut, Round, Sample, Setup};
use crate::{
    event::{Iteration, Session},
    explain::explain,
    model::Load,
};

/// All loads of a side.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Samples {
    /// By what they have in common.
    pub groups: BTreeMap<Key, Group>,
    /// Loads without an end, which have no key.
    pub endless: u64,
    /// What they were recorded on, each once.
    pub setups: Vec<Setup>,
    /// When the run began whose loads come in (`CLOCK_MONOTONIC`, ns).
    pub run_ns: u64,
}

/// Loads of one module with one outcome.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Group {
    /// Those that are compared, by `boot_id`; in the order in which they began, once [`Samples::settle`] was called.
    pub boots: BTreeMap<String, Vec<Sample>>,
    /// What was loaded, and how often.
    pub builds: BTreeMap<Build, u64>,
    /// Loads that are not compared.
    pub left_out: BTreeMap<LeftOut, u64>,
    /// Of loads that failed: why, and how often.
    pub causes: BTreeMap<&'static str, u64>,
}

/// The first load of a boot is left out where the boot has at least this many of the kind.
const FIRST_OF: usize = 5;

impl Samples {
    /// A run begins.
    pub fn session(&mut self, session: &Session) {
        self.run_ns = session.clock.monotonic_ns;
        let setup = Setup::of(session);
        if let Err(place) = self.setups.binary_search(&setup) {
            self.setups.insert(place, setup);
        }
    }

    /// True if there is no load with an end.
    #[must_use]
    pub fn has_none(&self) -> bool {
        self.groups.is_empty()
    }

    /// True if there is no load at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.endless == 0
    }

    /// Takes a load of the last session in; `iteration` if it counts as a benchmark's.
    pub fn add(&mut self, load: &Load, iteration: Option<Iteration>) {
        let Some(key) = Key::of(load) else {
            self.endless += 1;
            return;
        };
        let group = self.groups.entry(key).or_default();
        if let Some(card) = explain(load) {
            *group.causes.entry(card.cause.key()).or_default() += 1;
        }
        let round = iteration.map(|it| Round {
            run_ns: self.run_ns,
            round: it.round,
        });
        match Sample::of(load, round) {
            Ok(_) if iteration.is_some_and(|it| it.warmup) => {
                *group.left_out.entry(LeftOut::WarmUp).or_default() += 1;
            }
            Ok(sample) => {
                *group.builds.entry(Build::of(load)).or_default() += 1;
                let boot = group.boots.entry(load.boot_id.clone()).or_default();
                boot.push(sample);
            }
            Err(why) => *group.left_out.entry(why).or_default() += 1,
        }
    }

    /// When all are in: puts them in order and leaves out first loads.
    pub fn settle(&mut self) {
        for group in self.groups.values_mut() {
            group.settle();
        }
    }
}

impl Group {
    /// Loads that are compared.
    #[must_use]
    pub fn len(&self) -> usize {
        self.boots.values().map(Vec::len).sum()
    }

    /// True if none is compared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.boots.is_empty()
    }

    /// All loads, compared or not.
    #[must_use]
    pub fn seen(&self) -> u64 {
        let left_out: u64 = self.left_out.values().sum();
        left_out + self.samples().map(|_| 1).sum::<u64>()
    }

    /// Every load that is compared.
    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.boots.values().flatten()
    }

    fn settle(&mut self) {
        for samples in self.boots.values_mut() {
            samples.sort_by_key(|sample| sample.start_ns);
            // A benchmark has warmed up.
            let cold = samples.len() >= FIRST_OF && samples.iter().all(|it| it.round.is_none());
            if cold {
                samples.remove(0);
                *self.left_out.entry(LeftOut::First).or_default() += 1;
            }
        }
    }
}
