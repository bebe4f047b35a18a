//! How the loads came about, and what can be concluded from that.

use std::collections::BTreeMap;

use super::{Group, Round, rows::Values};
use crate::stats::{
    Interval, bootstrap, mann_whitney, median,
    rank::{least_mann_whitney, least_signed_rank},
    serial, signed_rank, sorted, welch,
};

/// How the loads of both sides came about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Design {
    /// In rounds of a benchmark, one of each side next to the other: what drifts, drifts for both.
    Rounds,
    /// In one boot, one after the other.
    OneBoot,
    /// In different boots, too few to know how boots differ.
    FewBoots,
    /// In several boots on each side.
    ManyBoots,
}

/// Boots on each side from which it is known how boots differ.
pub const MANY_BOOTS: usize = 3;

/// The level of the intervals.
pub const LEVEL: f64 = 0.95;

/// What a row tells.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Evidence {
    /// By how much `new` is longer, ns.
    pub change: f64,
    /// How far that could be off, ns.
    pub interval: Interval,
    /// The probability of as much by chance.
    pub p: f64,
}

impl Design {
    /// Its name in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rounds => "rounds",
            Self::OneBoot => "one_boot",
            Self::FewBoots => "few_boots",
            Self::ManyBoots => "many_boots",
        }
    }

    /// How these loads came about; `benchmark` if they are the sides of one.
    #[must_use]
    pub fn of(base: &Group, new: &Group, benchmark: bool) -> Self {
        let boots = |group: &Group| group.boots.keys().cloned().collect::<Vec<_>>();
        if benchmark {
            return Self::Rounds;
        }
        let (in_base, in_new) = (boots(base), boots(new));
        if in_base.len() >= MANY_BOOTS && in_new.len() >= MANY_BOOTS {
            return Self::ManyBoots;
        }
        if in_base != in_new {
            return Self::FewBoots;
        }
        match in_base.len() {
            0 | 1 => Self::OneBoot,
            _ => Self::FewBoots,
        }
    }

    /// True if what drifts in time, or from boot to boot, can pass for a change: rounds drift together, and how boots
    /// differ is known from several.
    #[must_use]
    pub fn drifts(self) -> bool {
        matches!(self, Self::OneBoot | Self::FewBoots)
    }

    /// The smallest p-value that so many loads can give.
    #[must_use]
    pub fn least_p(self, base: &Group, new: &Group) -> f64 {
        match self {
            Self::Rounds => least_signed_rank(base.len().min(new.len())),
            Self::OneBoot | Self::FewBoots => least_mann_whitney(base.len(), new.len()),
            // There is none: means may be as far apart as they like.
            Self::ManyBoots => 0.0,
        }
    }

    /// What the times of a row tell.
    #[must_use]
    pub fn evidence(self, base: &Values, new: &Values) -> Evidence {
        match self {
            Self::Rounds => rounds(base, new),
            Self::OneBoot | Self::FewBoots => loads(base, new),
            Self::ManyBoots => boots(base, new),
        }
    }
}

fn pooled(values: &Values) -> Vec<f64> {
    values.values().flatten().map(|value| value.ns).collect()
}

/// Differences round by round.
fn rounds(base: &Values, new: &Values) -> Evidence {
    let all = |values: &Values| -> BTreeMap<(String, Round), f64> {
        let boots = values.iter();
        let all = boots.flat_map(|(boot, values)| {
            let placed = values.iter().filter_map(|it| Some((it.round?, it.ns)));
            placed.map(move |(round, ns)| ((boot.clone(), round), ns))
        });
        all.collect()
    };
    let new = all(new);
    let base = all(base);
    let pairs = base
        .iter()
        .filter_map(|(place, base)| Some(new.get(place)? - base));
    let differences: Vec<f64> = pairs.collect();
    Evidence {
        change: median(&sorted(differences.iter().copied())),
        interval: bootstrap::one_median(&differences, LEVEL),
        p: signed_rank(&differences),
    }
}

/// Loads against loads. Neighbours in time that are alike count for less.
fn loads(base: &Values, new: &Values) -> Evidence {
    let runs: Vec<Vec<f64>> = base
        .values()
        .chain(new.values())
        .map(|boot| boot.iter().map(|value| value.ns).collect())
        .collect();
    let factor = serial::inflation(&runs);
    let (base, new) = (pooled(base), pooled(new));
    let change = median(&sorted(new.iter().copied())) - median(&sorted(base.iter().copied()));
    let Interval { low, high } = bootstrap::medians(&base, &new, LEVEL);
    Evidence {
        change,
        interval: Interval {
            low: change - (change - low) * factor,
            high: change + (high - change) * factor,
        },
        p: serial::weakened(mann_whitney(&base, &new), factor),
    }
}

/// Boots against boots: each is one value, the median of its loads, as a ratio.
fn boots(base: &Values, new: &Values) -> Evidence {
    let loads = |values: &Values| -> Vec<Vec<f64>> {
        let boots = values.values();
        boots
            .map(|boot| boot.iter().map(|value| value.ns).collect())
            .collect()
    };
    let medians = |boots: &[Vec<f64>]| -> Vec<f64> {
        let medians = boots
            .iter()
            .map(|boot| median(&sorted(boot.iter().copied())));
        medians.collect()
    };
    let (base, new) = (loads(base), loads(new));
    let (in_base, in_new) = (medians(&base), medians(&new));
    let ratios = |medians: &[f64]| {
        medians
            .iter()
            .map(|ns| ns.max(1.0).ln())
            .collect::<Vec<_>>()
    };
    let centre = |medians: &[f64]| median(&sorted(medians.iter().copied()));
    Evidence {
        change: centre(&in_new) - centre(&in_base),
        interval: bootstrap::boots(&base, &new, LEVEL),
        p: welch(&ratios(&in_base), &ratios(&in_new)),
    }
}
