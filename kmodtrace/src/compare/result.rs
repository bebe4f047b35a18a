//! What a comparison says: everything that renderers print.

use std::collections::BTreeMap;

use super::{
    Design, Difference, Ended, FactChange, Floor, Key, LeftOut, Overrun, Setup, Verdict, What,
};
use crate::event::Side;

/// Two sides, compared.
#[derive(Clone, PartialEq, Debug)]
pub struct Comparison {
    /// What BASE and NEW are called, for instance a file's name.
    pub names: [String; 2],
    /// What each was recorded on; several where a side holds recordings of several machines.
    pub setups: [Vec<Setup>; 2],
    /// What differs between them.
    pub differences: Vec<Difference>,
    /// Modules that are on both sides, the largest change first.
    pub modules: Vec<Module>,
    /// What is on one side only.
    pub only: Vec<Only>,
    /// Loads whose end was not seen, on each side.
    pub endless: [u64; 2],
    /// Budgets that NEW does not keep.
    pub overruns: Vec<Overrun>,
}

/// Loads of a module with one outcome, on both sides.
#[derive(Clone, PartialEq, Debug)]
pub struct Module {
    /// What BASE loaded, and what NEW did: the same, except in a benchmark of two files.
    pub keys: [Key; 2],
    /// How many loads are compared.
    pub loads: [usize; 2],
    /// In how many boots.
    pub boots: [usize; 2],
    /// How many are not, and why.
    pub left_out: [BTreeMap<LeftOut, u64>; 2],
    /// Why they failed, if they did.
    pub causes: [BTreeMap<&'static str, u64>; 2],
    /// How the loads came about.
    pub design: Design,
    /// Changes below this are not told.
    pub floor: Floor,
    /// The total, then the phases in the kernel's order, then the rest.
    pub rows: Vec<Row>,
    /// What has changed besides times.
    pub facts: Vec<FactChange>,
    /// Whether both sides loaded the same build; `None` if that is not known.
    pub same_build: Option<bool>,
}

/// A time on both sides.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// What of the load.
    pub what: What,
    /// In BASE and in NEW.
    pub centres: [Centre; 2],
    /// NEW less BASE, ns.
    pub change_ns: i64,
    /// Of BASE, %; `None` if that is 0.
    pub percent: Option<f64>,
    /// Confidence interval of the change, ns.
    pub interval_ns: (i64, i64),
    /// Probability by chance, corrected for the number of rows of all modules.
    pub p: f64,
    /// What follows.
    pub verdict: Verdict,
}

/// Where times lie, ns.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Centre {
    /// The median.
    pub median_ns: u64,
    /// The median distance from it.
    pub mad_ns: u64,
}

/// Something that is on one side only.
#[derive(Clone, PartialEq, Debug)]
pub struct Only {
    /// Where: A is BASE.
    pub side: Side,
    /// What.
    pub key: Key,
    /// How many loads.
    pub loads: u64,
    /// Why they failed, if they did, the most frequent first.
    pub causes: Vec<&'static str>,
}

impl Comparison {
    /// True if the sides differ in something that makes times incomparable.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.differences.iter().any(|it| it.refused)
    }

    /// True if a total or a phase of any module has become slower, or a module that could be loaded fails.
    #[must_use]
    pub fn has_regression(&self) -> bool {
        let mut modules = self.modules.iter();
        modules.any(|module| module.rows.iter().any(|row| row.verdict == Verdict::Slower))
            || self.only.iter().any(|only| self.fails_now(only))
    }

    /// True if there are enough loads of a module at least to know a change from noise.
    #[must_use]
    pub fn can_tell(&self) -> bool {
        let mut modules = self.modules.iter();
        modules.any(|module| module.verdict() != Verdict::TooFew)
    }

    /// True if loads of BASE succeeded of which NEW has failures alone.
    fn fails_now(&self, only: &Only) -> bool {
        let was = |was: &&Only| was.side == Side::A && was.key.module == only.key.module;
        let mut before = self.only.iter().filter(was);
        only.side == Side::B
            && matches!(only.key.ended, Ended::Failed(_))
            && before.any(|was| was.key.ended == Ended::Loaded)
    }
}

impl Module {
    /// The row of the total.
    #[must_use]
    pub fn total(&self) -> Option<&Row> {
        self.rows.first()
    }

    /// Rows besides the total about which something is said, the largest change first.
    #[must_use]
    pub fn changed_phases(&self) -> Vec<&Row> {
        let phases = self.rows.iter().filter(|row| row.what != What::Total);
        let mut changed: Vec<&Row> = phases.filter(|row| row.verdict.is_change()).collect();
        changed.sort_by_key(|row| std::cmp::Reverse(row.change_ns.unsigned_abs()));
        changed
    }

    /// The row to name first: the total if that has changed, else the phase that has changed most.
    #[must_use]
    pub fn headline(&self) -> Option<&Row> {
        let total = self.total().filter(|row| row.verdict.is_change());
        total.or_else(|| self.changed_phases().first().copied())
    }

    /// The phase that explains most of the total's change: the largest change in its direction.
    #[must_use]
    pub fn explanation(&self) -> Option<&Row> {
        let total = self.total().filter(|row| row.verdict.is_change())?;
        let mut phases = self.changed_phases().into_iter();
        phases.find(|row| row.verdict == total.verdict)
    }

    /// What is said of the module as a whole.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let headline = self.headline().or_else(|| self.total());
        headline.map_or(Verdict::TooFew, |row| row.verdict)
    }
}
