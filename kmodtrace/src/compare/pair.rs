//! Puts together what belongs together.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Budget, Centre, Comparison, Design, Floor, Group, Key, MinChange, Module, Only, Overrun, Row,
    Samples, Verdict, What, design::Evidence, facts, gate, rows, rows::Values, setup,
    verdict::ALPHA,
};
use crate::{
    event::Side,
    stats::{false_discovery, mad, median, number, sorted},
};

/// How to compare.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Options {
    /// Floors instead of the usual ones.
    pub min_change: Vec<MinChange>,
    /// What NEW may take.
    pub budgets: Vec<Budget>,
    /// True if both sides are those of one benchmark: then what each loads may have another name.
    pub benchmark: bool,
}

/// Compares two sides. `names` is what they are called.
#[must_use]
pub fn compare(names: [String; 2], base: &Samples, new: &Samples, options: &Options) -> Comparison {
    let pairs = pairs(base, new, options);
    let drafts: Vec<Draft<'_>> = pairs
        .iter()
        .map(|pair| Draft::new(pair, options.benchmark))
        .collect();
    let typical = typical_percent(&drafts);
    // One question for each row of each module.
    let p = drafts.iter().flat_map(|draft| &draft.rows);
    let p: Vec<f64> = p.map(|row| row.evidence.p).collect();
    let mut corrected = false_discovery(&p).into_iter();
    let mut modules: Vec<Module> = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let mine = corrected.by_ref().take(draft.rows.len()).collect();
        modules.push(draft.judge(mine, p.len(), typical, options));
    }
    modules.sort_by(|a, b| order(a).cmp(&order(b)));
    let paired: BTreeSet<&Key> = pairs.iter().flat_map(|pair| pair.keys).collect();
    let mut only = only(Side::A, base, &paired);
    only.extend(self::only(Side::B, new, &paired));
    let overruns: Vec<Overrun> = gate::overruns(&options.budgets, new);
    Comparison {
        names,
        differences: setup::differences(&base.setups, &new.setups),
        setups: [base.setups.clone(), new.setups.clone()],
        modules,
        only,
        endless: [base.endless, new.endless],
        overruns,
    }
}

/// Two groups that are compared.
struct Pair<'s> {
    keys: [&'s Key; 2],
    groups: [&'s Group; 2],
}

fn pairs<'s>(base: &'s Samples, new: &'s Samples, options: &Options) -> Vec<Pair<'s>> {
    let both = base.groups.iter().filter_map(|(key, group)| {
        Some(Pair {
            keys: [key, key],
            groups: [group, new.groups.get(key)?],
        })
    });
    let pairs: Vec<Pair<'s>> = both
        .filter(|pair| pair.groups.iter().all(|group| !group.is_empty()))
        .collect();
    if !pairs.is_empty() || !options.benchmark {
        return pairs;
    }
    // A benchmark loads one module against another.
    let loaded = |samples: &'s Samples| {
        let mut groups = samples.groups.iter().filter(|(_, group)| !group.is_empty());
        groups.next().filter(|_| groups.next().is_none())
    };
    match (loaded(base), loaded(new)) {
        (Some((a, in_base)), Some((b, in_new))) if a.ended == b.ended => vec![Pair {
            keys: [a, b],
            groups: [in_base, in_new],
        }],
        _ => pairs,
    }
}

/// A pair with what its rows tell, before anything is concluded.
struct Draft<'p> {
    pair: &'p Pair<'p>,
    design: Design,
    rows: Vec<DraftRow>,
}

struct DraftRow {
    what: What,
    evidence: Evidence,
    centres: [Centre; 2],
    /// Both medians, ns.
    medians: [f64; 2],
    /// The median distance from the median on the less steady side, ns.
    spread: f64,
}

impl<'p> Draft<'p> {
    fn new(pair: &'p Pair<'p>, benchmark: bool) -> Self {
        let [base, new] = pair.groups;
        let design = Design::of(base, new, benchmark);
        let row = |what: What| {
            let values = [what.values(base), what.values(new)];
            DraftRow {
                what,
                evidence: design.evidence(&values[0], &values[1]),
                centres: [centre(&values[0]), centre(&values[1])],
                medians: [pooled_median(&values[0]), pooled_median(&values[1])],
                spread: pooled_mad(&values[0]).max(pooled_mad(&values[1])),
            }
        };
        let rows = rows::rows(base, new).into_iter().map(row).collect();
        Self { pair, design, rows }
    }

    /// With the corrected p-values of its rows, as one of so many questions.
    fn judge(
        self,
        corrected: Vec<f64>,
        questions: usize,
        typical: Option<f64>,
        options: &Options,
    ) -> Module {
        let [base, new] = self.pair.groups;
        let floor = self.floor(typical, options);
        let too_few = self.design.least_p(base, new) * number(questions) >= ALPHA;
        let rows = self.rows.iter().zip(corrected).map(|(row, p)| {
            let smaller = row.medians[0].min(row.medians[1]);
            let verdict = if too_few {
                Verdict::TooFew
            } else {
                // A busy host moves all loads by that much within minutes.
                let spread = if self.design.drifts() {
                    row.spread
                } else {
                    0.0
                };
                Verdict::of(&row.evidence, p, smaller, floor.above(spread))
            };
            row.told(p, verdict)
        });
        let builds = facts::builds(base, new);
        Module {
            keys: self.pair.keys.map(Key::clone),
            loads: self.pair.groups.map(Group::len),
            boots: self.pair.groups.map(|group| group.boots.len()),
            left_out: self.pair.groups.map(|group| group.left_out.clone()),
            causes: self.pair.groups.map(|group| group.causes.clone()),
            design: self.design,
            floor,
            rows: rows.collect(),
            facts: facts::changes(base, new),
            same_build: builds,
        }
    }

    fn floor(&self, typical: Option<f64>, options: &Options) -> Floor {
        let mut floor = Floor::usual(self.design);
        if let Some(typical) = typical.filter(|_| self.design.drifts()) {
            let least = TYPICAL * typical;
            if least > floor.percent {
                floor.percent = least;
                floor.typical_percent = Some(typical);
            }
        }
        floor.asked(&options.min_change)
    }
}

impl DraftRow {
    fn told(&self, p: f64, verdict: Verdict) -> Row {
        let Evidence {
            change, interval, ..
        } = self.evidence;
        let base = self.medians[0];
        Row {
            what: self.what,
            centres: self.centres,
            change_ns: nearest(change),
            percent: (base > 0.0).then(|| change / base * 100.0),
            interval_ns: (nearest(interval.low), nearest(interval.high)),
            p,
            verdict,
        }
    }
}

/// Where one boot stands for each side, a change is told only if it is so many times what the sides differ by in a
/// typical phase: that is what the boots, or the hours, differ by.
const TYPICAL: f64 = 5.0;

/// Phases shorter than this say little of what boots differ by, ns.
const TELLING_NS: f64 = 20_000.0;

/// What the sides differ by in a typical phase of all modules, %: the median, which a change in some phases
/// does not move. `None` if there are too few phases to tell.
fn typical_percent(drafts: &[Draft<'_>]) -> Option<f64> {
    let rows = drafts.iter().flat_map(|draft| &draft.rows);
    let phases = rows.filter(|row| matches!(row.what, What::Phase(_)));
    let telling = phases.filter(|row| row.medians.iter().all(|&ns| ns >= TELLING_NS));
    let shares = telling.map(|row| {
        let smaller = row.medians[0].min(row.medians[1]);
        row.evidence.change.abs() / smaller * 100.0
    });
    let shares = sorted(shares);
    (shares.len() >= 5).then(|| median(&shares))
}

fn pooled_median(values: &Values) -> f64 {
    median(&sorted(values.values().flatten().map(|value| value.ns)))
}

fn pooled_mad(values: &Values) -> f64 {
    mad(&sorted(values.values().flatten().map(|value| value.ns)))
}

fn centre(values: &Values) -> Centre {
    let values = sorted(values.values().flatten().map(|value| value.ns));
    Centre {
        median_ns: nearest(median(&values)).unsigned_abs(),
        mad_ns: nearest(mad(&values)).unsigned_abs(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "times of loads; what is longer than 292 years is cut off there"
)]
fn nearest(ns: f64) -> i64 {
    ns.round() as i64
}

/// What comes first: what has changed, by how much; then by name.
fn order(module: &Module) -> (bool, std::cmp::Reverse<u64>, &Key) {
    let headline = module.headline();
    let change = headline.map_or(0, |row| row.change_ns.unsigned_abs());
    (
        headline.is_none(),
        std::cmp::Reverse(change),
        &module.keys[0],
    )
}

fn only(side: Side, samples: &Samples, paired: &BTreeSet<&Key>) -> Vec<Only> {
    let groups = samples.groups.iter();
    let apart = groups.filter(|(key, _)| !paired.contains(key));
    apart
        .map(|(key, group)| Only {
            side,
            key: key.clone(),
            loads: group.seen(),
            causes: by_count(&group.causes),
        })
        .collect()
}

fn by_count(causes: &BTreeMap<&'static str, u64>) -> Vec<&'static str> {
    let mut causes: Vec<_> = causes.iter().collect();
    causes.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    causes.into_iter().map(|(cause, _)| *cause).collect()
}
