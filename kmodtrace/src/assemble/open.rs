//! Loads of which the end has not come yet. Memory is bounded.

use std::collections::BTreeMap;

use kmodtrace_common::wire::{Mark, Segment, TEXT_PARAMS};

use super::{Anomaly, material::Material};
use crate::event::{LoadKey, SegmentRecord, TextRecord};

/// Loads that can be open at once; more than the kernel side follows.
const MAX_LOADS: usize = 4096;
/// Marks kept of one load.
const MAX_MARKS_PER_LOAD: usize = 1 << 16;
/// Marks kept of all open loads together.
const MAX_MARKS: usize = 1 << 20;

/// What came of one load so far.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenLoad {
    /// The facts of its last segment.
    pub(super) facts: Option<Segment>,
    /// Its marks, in order.
    pub(super) marks: Vec<Mark>,
    /// Its parameter string.
    pub(super) params: Option<TextRecord>,
    /// What else came of it.
    pub(super) material: Material,
    /// Segments that did not come, or of which the marks were dropped.
    pub(super) missing: u64,
    /// Places among the marks in front of which segments are missing, in order.
    pub(super) holes: Vec<usize>,
    /// Number of the segment that comes next.
    next: u64,
    /// Place in the order in which loads became known.
    age: u64,
}

/// Every open load.
#[derive(Debug, Default)]
pub(super) struct OpenLoads {
    loads: BTreeMap<LoadKey, OpenLoad>,
    marks: usize,
    seen: u64,
}

impl OpenLoads {
    /// Keeps a segment.
    pub(super) fn segment(&mut self, mut record: SegmentRecord) -> Result<(), Anomaly> {
        let key = record.key;
        let load = self.load(key);
        let number = record.facts.number;
        if u64::from(number) < load.next {
            return Err(Anomaly::OutOfTurn { key, number });
        }
        load.missing += u64::from(number) - load.next;
        if u64::from(number) > load.next && load.holes.last() != Some(&load.marks.len()) {
            load.holes.push(load.marks.len());
        }
        load.next = u64::from(number) + 1;
        load.facts = Some(record.facts);
        if load.marks.len() + record.marks.len() > MAX_MARKS_PER_LOAD {
            load.missing += 1;
            return Err(Anomaly::TooLong(key));
        }
        let more = record.marks.len();
        if load.marks.is_empty() {
            load.marks = record.marks;
        } else {
            load.marks.append(&mut record.marks);
        }
        self.marks += more;
        Ok(())
    }

    /// Keeps a string.
    pub(super) fn text(&mut self, record: TextRecord) -> Result<(), Anomaly> {
        let (key, what) = (record.key, record.what);
        let load = self.load(key);
        if what != TEXT_PARAMS || load.params.is_some() {
            return Err(Anomaly::Text { key, what });
        }
        load.params = Some(record);
        Ok(())
    }

    /// Keeps what else came of a load; `keep` says whether there was room.
    pub(super) fn material(
        &mut self,
        key: LoadKey,
        keep: impl FnOnce(&mut Material) -> bool,
    ) -> Result<(), Anomaly> {
        let load = self.load(key);
        if keep(&mut load.material) {
            return Ok(());
        }
        load.missing += 1;
        Err(Anomaly::TooLong(key))
    }

    /// A load that is open.
    pub(super) fn get(&self, key: LoadKey) -> Option<&OpenLoad> {
        self.loads.get(&key)
    }

    /// Takes a load out.
    pub(super) fn take(&mut self, key: LoadKey) -> Option<OpenLoad> {
        let load = self.loads.remove(&key)?;
        self.marks -= load.marks.len();
        Some(load)
    }

    /// Takes the oldest load out if there are too many loads or marks.
    pub(super) fn take_excess(&mut self) -> Option<LoadKey> {
        if self.loads.len() <= MAX_LOADS && self.marks <= MAX_MARKS {
            return None;
        }
        let (&oldest, _) = self.loads.iter().min_by_key(|(_, load)| load.age)?;
        self.take(oldest).map(|_| oldest)
    }

    /// Loads that the same task began earlier: they have ended, whatever was seen of that.
    pub(super) fn before(&self, key: LoadKey) -> Vec<LoadKey> {
        let first = LoadKey { start_ns: 0, ..key };
        self.loads.range(first..key).map(|(&key, _)| key).collect()
    }

    /// Every open load, in the order in which they became known.
    pub(super) fn keys(&self) -> Vec<LoadKey> {
        let mut keys: Vec<_> = self
            .loads
            .iter()
            .map(|(&key, load)| (load.age, key))
            .collect();
        keys.sort_unstable();
        keys.into_iter().map(|(_, key)| key).collect()
    }

    fn load(&mut self, key: LoadKey) -> &mut OpenLoad {
        self.loads.entry(key).or_insert_with(|| {
            self.seen += 1;
            OpenLoad {
                age: self.seen,
                ..OpenLoad::default()
            }
        })
    }
}
