//! Figures of one side.

use super::{Collected, Outlier, Seen, outliers};
use crate::{
    compare::{LeftOut, Phases},
    event::{Contender, Timing, When},
    stats::{Interval, bootstrap, mad, median, quantile, sorted},
};

/// Confidence of intervals.
pub const LEVEL: f64 = 0.95;
/// An interval is drawn from this many loads without the tracer at least.
const LEAST_UNTRACED: usize = 3;

/// Where durations lie, ns.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The median distance from it.
    pub mad: f64,
    /// So long or shorter are 95 of 100.
    pub p95: f64,
    /// All together.
    pub sum: f64,
}

impl Spread {
    fn of(values: impl Iterator<Item = u64>) -> Self {
        let values = sorted(values.map(ns));
        Self {
            median: median(&values),
            mad: mad(&values),
            p95: quantile(&values, 0.95),
            sum: values.iter().sum(),
        }
    }
}

/// What the tracer costs: how long loads take with it and without, both as whoever makes them sees it. ns.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Cost {
    /// Median with it, and of how many.
    pub traced: (f64, usize),
    /// Median without it, and of how many.
    pub untraced: (f64, usize),
    /// Medians of those before and of those after; `None` if there are none.
    pub before: Option<f64>,
    /// The same, after.
    pub after: Option<f64>,
    /// Where the difference of the medians lies with a probability of [`LEVEL`]; `None` if there are too few.
    pub interval: Option<Interval>,
}

/// What the loads of one module say.
#[derive(Clone, PartialEq, Debug)]
pub struct Figures {
    /// The module.
    pub contender: Contender,
    /// Loads that count.
    pub loads: usize,
    /// Loads that do not, and why; without those that warm up.
    pub left_out: Vec<(LeftOut, u64)>,
    /// Loads that failed.
    pub failed: u64,
    /// From entry to return.
    pub total: Spread,
    /// Phases, in the order of their first time. A load without the phase has it at 0.
    pub phases: Vec<(Phases, Spread)>,
    /// Time without a phase.
    pub unattributed: Spread,
    /// Loads that took far longer than the others, the longest first.
    pub outliers: Vec<Outlier>,
    /// What the tracer costs; `None` if no load was made without it.
    pub cost: Option<Cost>,
}

impl Figures {
    /// Of one module of a benchmark.
    #[must_use]
    pub fn of(collected: &Collected, contender: &Contender) -> Self {
        let side = contender.side;
        let loads = collected.loads(side);
        let total = Spread::of(loads.iter().map(|seen| seen.sample.total_ns));
        let phases = phases(&loads);
        Self {
            contender: contender.clone(),
            loads: loads.len(),
            left_out: collected.left_out(side),
            failed: collected.failed(side),
            outliers: outliers::find(&loads, &total, &phases, collected.benchmark.warmup),
            total,
            phases,
            unattributed: Spread::of(loads.iter().map(|seen| seen.sample.unattributed_ns)),
            cost: cost(collected, contender),
        }
    }
}

/// How long a phase took in a load, ns.
pub(super) fn in_phase(seen: &Seen, phase: Phases) -> u64 {
    let mut phases = seen.sample.phases.iter();
    phases.find(|(of, _)| *of == phase).map_or(0, |&(_, ns)| ns)
}

fn phases(loads: &[Seen]) -> Vec<(Phases, Spread)> {
    let mut order: Vec<Phases> = Vec::new();
    for seen in loads {
        let mut at = 0;
        for (phase, _) in &seen.sample.phases {
            match order.iter().position(|known| known == phase) {
                Some(known) => at = known + 1,
                None => {
                    order.insert(at, *phase);
                    at += 1;
                }
            }
        }
    }
    let spread = |phase| Spread::of(loads.iter().map(|seen| in_phase(seen, phase)));
    order
        .into_iter()
        .map(|phase| (phase, spread(phase)))
        .collect()
}

fn cost(collected: &Collected, contender: &Contender) -> Option<Cost> {
    let elapsed = |when| {
        let timings = collected.timings(contender.side, when);
        sorted(timings.map(|timing: &Timing| ns(timing.elapsed_ns)))
    };
    let traced = elapsed(When::Traced);
    let (before, after) = (elapsed(When::Before), elapsed(When::After));
    let untraced = sorted(before.iter().chain(&after).copied());
    if traced.is_empty() || untraced.is_empty() {
        return None;
    }
    let some = |values: &[f64]| (!values.is_empty()).then(|| median(values));
    let enough = traced.len().min(untraced.len()) >= LEAST_UNTRACED;
    Some(Cost {
        traced: (median(&traced), traced.len()),
        untraced: (median(&untraced), untraced.len()),
        before: some(&before),
        after: some(&after),
        interval: enough.then(|| bootstrap::medians(&untraced, &traced, LEVEL)),
    })
}

/// A duration to calculate with: exact up to 104 days.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 ns")]
pub(super) fn ns(value: u64) -> f64 {
    value as f64
}
