//! What comes in of a benchmark.

use std::collections::BTreeMap;

use crate::{
    compare::{LeftOut, Sample},
    event::{Benchmark, Iteration, Side, Timing, When},
    model::{Load, LoadId},
};

/// A load that counts.
#[derive(Clone, PartialEq, Debug)]
pub struct Seen {
    /// Its identity.
    pub id: LoadId,
    /// Which load of the benchmark.
    pub iteration: Iteration,
    /// Its times.
    pub sample: Sample,
    /// What whoever made it saw, if that was recorded.
    pub timing: Option<Timing>,
}

/// All of a benchmark.
#[derive(Clone, PartialEq, Debug)]
pub struct Collected {
    /// What it was asked for.
    pub benchmark: Benchmark,
    loads: Vec<Seen>,
    left_out: BTreeMap<(Side, LeftOut), u64>,
    failed: BTreeMap<Side, u64>,
    timings: BTreeMap<(When, Iteration), Timing>,
}

impl Collected {
    /// Nothing yet.
    #[must_use]
    pub fn new(benchmark: Benchmark) -> Self {
        Self {
            benchmark,
            loads: Vec::new(),
            left_out: BTreeMap::new(),
            failed: BTreeMap::new(),
            timings: BTreeMap::new(),
        }
    }

    /// Takes a load in, if it is one of the benchmark's that counts.
    pub fn load(&mut self, load: &Load) {
        let Some(iteration) = load.iteration.filter(|it| !it.warmup) else {
            return;
        };
        if !load.succeeded() && load.complete {
            *self.failed.entry(iteration.side).or_default() += 1;
            return;
        }
        match Sample::of(load, None) {
            Ok(sample) => self.loads.push(Seen {
                id: load.id,
                iteration,
                sample,
                timing: None,
            }),
            Err(why) => *self.left_out.entry((iteration.side, why)).or_default() += 1,
        }
    }

    /// Takes in what whoever made a load saw of it.
    pub fn timing(&mut self, timing: &Timing) {
        let key = (timing.when, timing.iteration);
        self.timings.insert(key, *timing);
    }

    /// The loads of a side that count, in the order in which they were made.
    #[must_use]
    pub fn loads(&self, side: Side) -> Vec<Seen> {
        let timing = |seen: &Seen| self.timings.get(&(When::Traced, seen.iteration));
        let of_side = self.loads.iter().filter(|seen| seen.iteration.side == side);
        let mut loads: Vec<_> = of_side
            .map(|seen| Seen {
                timing: timing(seen).copied(),
                ..seen.clone()
            })
            .collect();
        loads.sort_by_key(|seen| seen.iteration.round);
        loads
    }

    /// Loads of a side that do not count, and why: those that warm up are none of them.
    #[must_use]
    pub fn left_out(&self, side: Side) -> Vec<(LeftOut, u64)> {
        let of_side = self.left_out.iter().filter(|((of, _), _)| *of == side);
        of_side.map(|(&(_, why), &loads)| (why, loads)).collect()
    }

    /// Loads of a side that failed.
    #[must_use]
    pub fn failed(&self, side: Side) -> u64 {
        self.failed.get(&side).copied().unwrap_or(0)
    }

    /// What was seen of a side's loads, but for those that warm up.
    pub fn timings(&self, side: Side, when: When) -> impl Iterator<Item = &Timing> {
        self.timings.values().filter(move |timing| {
            let Iteration {
                side: of, warmup, ..
            } = timing.iteration;
            of == side && timing.when == when && !warmup
        })
    }
}
