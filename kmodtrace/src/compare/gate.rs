//! What stops a build.

use std::str::FromStr;

use super::{Key, Phases, Samples, What, verdict::duration};
use crate::{
    catalogue::phase::Phase,
    stats::{median, sorted},
};

/// What NEW may take: the median of its loads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    /// The phase; `None` for the total.
    pub phase: Option<Phase>,
    /// At most, ns.
    pub most_ns: u64,
}

/// A budget that is not kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Overrun {
    /// By what.
    pub key: Key,
    /// What takes too long: where the phase cannot be told apart, all that it is part of.
    pub what: What,
    /// The median, ns.
    pub median_ns: u64,
    /// At most, ns.
    pub most_ns: u64,
}

impl FromStr for Budget {
    type Err = String;

    /// `relocate=200us` or `total=5ms`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, time) = text
            .split_once('=')
            .ok_or_else(|| format!("{text:?} is no budget: a phase and a time (`total=5ms`)"))?;
        let most_ns = duration(time)?;
        let phase = match name {
            "total" => None,
            name => Some(phase(name)?),
        };
        Ok(Self { phase, most_ns })
    }
}

fn phase(name: &str) -> Result<Phase, String> {
    let known = Phase::ALL.into_iter().find(|phase| phase.name() == name);
    known.ok_or_else(|| {
        let all: Vec<_> = Phase::ALL.iter().map(|phase| phase.name()).collect();
        format!(
            "there is no phase {name:?}: there are total, {}",
            all.join(", ")
        )
    })
}

/// Budgets that the loads of a side do not keep. Loads that failed have none.
#[must_use]
pub fn overruns(budgets: &[Budget], samples: &Samples) -> Vec<Overrun> {
    let mut overruns = Vec::new();
    for (key, group) in &samples.groups {
        if key.ended != super::Ended::Loaded || group.is_empty() {
            continue;
        }
        for budget in budgets {
            let what = match budget.phase {
                None => What::Total,
                Some(phase) => What::Phase(widest(group, phase)),
            };
            let values = what.values(group);
            let values = sorted(values.values().flatten().map(|value| value.ns));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a median of times that were ns"
            )]
            let median_ns = median(&values).round() as u64;
            if median_ns > budget.most_ns {
                overruns.push(Overrun {
                    key: key.clone(),
                    what,
                    median_ns,
                    most_ns: budget.most_ns,
                });
            }
        }
    }
    overruns
}

/// The phase with all that some load cannot tell it apart from.
fn widest(group: &super::Group, phase: Phase) -> Phases {
    let all = group.samples().flat_map(|sample| sample.phases.iter());
    let with = all.filter(|(phases, _)| phases.contains(phase));
    with.fold(Phases::of([phase]), |wide, (phases, _)| wide.and(*phases))
}
