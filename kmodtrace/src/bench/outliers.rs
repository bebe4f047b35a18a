//! Loads that took far longer than the others, and why, as far as something tells.

use super::{
    Seen, Spread,
    figures::{in_phase, ns},
};
use crate::{
    catalogue::phase::Phase,
    compare::Phases,
    model::LoadId,
    stats::{median, sorted},
};

/// How many MADs a load is above the median before it is far out. (Of a normal distribution 3 loads of 10,000 are.)
pub const OUTLIER_MADS: f64 = 5.0;
/// And how far at least, as a share of the median: where hardly anything differs, little is not much.
const LEAST_SHARE: f64 = 0.01;
/// A cause explains a load if it explains this share of what is too much.
const EXPLAINS: f64 = 0.5;

/// Why a load took longer. Only what data supports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// It is the first one, and nothing had warmed up.
    FirstLoad,
    /// The file was read from disk: not all of it was in the page cache.
    PageCache,
    /// The task was ready to run, and something else ran.
    WaitedForCpu,
    /// The task waited for something else than a CPU: a disk, a lock, another task.
    Blocked,
    /// It ran longer, or nothing is known. Interrupts, a hypervisor and a slower clock look like that.
    Unknown,
}

impl Cause {
    /// Its name in JSON.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::FirstLoad => "first_load",
            Self::PageCache => "page_cache",
            Self::WaitedForCpu => "waited_for_cpu",
            Self::Blocked => "blocked",
            Self::Unknown => "unknown",
        }
    }
}

/// A load that took far longer.
#[derive(Clone, PartialEq, Debug)]
pub struct Outlier {
    /// Which one.
    pub id: LoadId,
    /// Its round.
    pub round: u32,
    /// How long it took, ns.
    pub total_ns: u64,
    /// How much longer than the median that is, ns.
    pub excess: f64,
    /// The phase that exceeds its median the most, and by how much, ns; `None` if it is none.
    pub phase: Option<(Phases, f64)>,
    /// Why, as far as that is known.
    pub cause: Cause,
    /// What of the excess the cause explains, ns; 0 where that is not measured.
    pub explained: f64,
}

/// The outliers of a side, the longest first.
pub(super) fn find(
    loads: &[Seen],
    total: &Spread,
    phases: &[(Phases, Spread)],
    warmup: u32,
) -> Vec<Outlier> {
    let far = (OUTLIER_MADS * total.mad).max(LEAST_SHARE * total.median);
    let usual = Usual::of(loads);
    let outliers = loads.iter().filter_map(|seen| {
        let excess = ns(seen.sample.total_ns) - total.median;
        if excess <= far {
            return None;
        }
        let over = phases.iter().map(|&(phase, spread)| {
            let over = ns(in_phase(seen, phase)) - spread.median;
            (phase, over)
        });
        let phase = over.max_by(|a, b| a.1.total_cmp(&b.1));
        let phase = phase.filter(|&(_, over)| over > 0.0);
        let first = warmup == 0 && seen.iteration.round == 1;
        let (cause, explained) = usual.cause(seen, excess, phase, first);
        Some(Outlier {
            id: seen.id,
            round: seen.iteration.round,
            total_ns: seen.sample.total_ns,
            excess,
            phase,
            cause,
            explained,
        })
    });
    let mut outliers: Vec<_> = outliers.collect();
    outliers.sort_by(|a, b| b.excess.total_cmp(&a.excess));
    outliers
}

/// What most loads wait, ns.
struct Usual {
    runnable: f64,
    blocked: f64,
    /// True if most loads found their file in the page cache.
    cached: bool,
}

impl Usual {
    fn of(loads: &[Seen]) -> Self {
        let timings = || loads.iter().filter_map(|seen| seen.timing);
        let runnable = timings().filter_map(|timing| timing.runnable_ns).map(ns);
        let blocked = timings().filter_map(|timing| timing.blocked_ns()).map(ns);
        let cached = loads.iter().filter(|seen| seen.sample.cached == Some(true));
        Self {
            runnable: median(&sorted(runnable)),
            blocked: median(&sorted(blocked)),
            cached: cached.count() * 2 > loads.len(),
        }
    }

    fn cause(
        &self,
        seen: &Seen,
        excess: f64,
        phase: Option<(Phases, f64)>,
        first: bool,
    ) -> (Cause, f64) {
        if first {
            return (Cause::FirstLoad, 0.0);
        }
        let enough = |explained: f64| explained >= EXPLAINS * excess;
        // With a cold cache all along nothing is explained by it.
        if let Some((_, over)) = phase.filter(|(phase, _)| phase.contains(Phase::Read))
            && self.cached
            && seen.sample.cached == Some(false)
            && enough(over)
        {
            return (Cause::PageCache, over);
        }
        let over = |value: Option<u64>, usual: f64| value.map_or(0.0, |value| ns(value) - usual);
        let runnable = seen.timing.and_then(|timing| timing.runnable_ns);
        let runnable = over(runnable, self.runnable);
        if enough(runnable) {
            return (Cause::WaitedForCpu, runnable);
        }
        let blocked = seen.timing.and_then(|timing| timing.blocked_ns());
        let blocked = over(blocked, self.blocked);
        if enough(blocked) {
            return (Cause::Blocked, blocked);
        }
        (Cause::Unknown, 0.0)
    }
}
