//! Rows that mean the same on both sides.

use std::collections::BTreeMap;

use super::{Group, Phases, Round, Sample};

/// What a row is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum What {
    /// The whole load.
    Total,
    /// A phase, or several that one of the sides does not tell apart.
    Phase(Phases),
    /// Time without a phase.
    Unattributed,
}

/// A value of one load: what decides how it is compared, and the time in ns.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Value {
    /// Which round of a benchmark it belongs to.
    pub round: Option<Round>,
    /// ns
    pub ns: f64,
}

/// The times of one row on one side, by boot, in the order in which the loads began.
pub type Values = BTreeMap<String, Vec<Value>>;

impl What {
    /// Its name in every output.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Total => String::from("total"),
            Self::Phase(phases) => phases.name(),
            Self::Unattributed => String::from("unattributed"),
        }
    }

    fn ns(self, sample: &Sample) -> u64 {
        match self {
            Self::Total => sample.total_ns,
            Self::Unattributed => sample.unattributed_ns,
            Self::Phase(phases) => {
                let inside = sample
                    .phases
                    .iter()
                    .filter(|(these, _)| these.overlaps(phases));
                inside.map(|&(_, ns)| ns).sum()
            }
        }
    }

    /// Its times on a side.
    #[must_use]
    pub fn values(self, group: &Group) -> Values {
        let values = |samples: &Vec<Sample>| {
            let values = samples.iter().map(|sample| Value {
                round: sample.round,
                // Times of loads are far below 2⁵³ ns, which are 104 days.
                #[expect(clippy::cast_precision_loss, reason = "see above")]
                ns: self.ns(sample) as f64,
            });
            values.collect()
        };
        let boots = group.boots.iter();
        boots
            .map(|(boot, samples)| (boot.clone(), values(samples)))
            .collect()
    }
}

/// The rows of a comparison: the total, then phases, coarse enough for every load of both sides, in the order in which
/// they come, then the rest.
#[must_use]
pub fn rows(base: &Group, new: &Group) -> Vec<What> {
    let mut sets: Vec<Phases> = Vec::new();
    for sample in base.samples().chain(new.samples()) {
        for &(phases, _) in &sample.phases {
            if sets.contains(&phases) {
                continue;
            }
            let (with, mut apart): (Vec<Phases>, _) =
                sets.into_iter().partition(|set| set.overlaps(phases));
            apart.push(with.into_iter().fold(phases, Phases::and));
            sets = apart;
        }
    }
    sets.sort_by_key(|set| set.iter().next());
    let left = base.samples().chain(new.samples());
    let left = left.map(|sample| sample.unattributed_ns).any(|ns| ns > 0);
    let mut rows = vec![What::Total];
    rows.extend(sets.into_iter().map(What::Phase));
    rows.extend(left.then_some(What::Unattributed));
    rows
}
