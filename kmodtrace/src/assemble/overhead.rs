//! What tracing costs a load: measured in some, and from these told of the others.

use std::collections::VecDeque;

use kmodtrace_common::wire::{SEGMENT_MEASURED, Segment};

use crate::model::Overhead;

/// Loads of which it is remembered.
const REMEMBERED: usize = 15;

/// What hits took in the loads that were measured last: how many, and their time, ns.
#[derive(Clone, Debug, Default)]
pub(super) struct Overheads(VecDeque<(u64, u64)>);

impl Overheads {
    /// That of a load with so many marks, which is `complete` or not.
    pub(super) fn of(&mut self, segment: &Segment, marks: usize, complete: bool) -> Overhead {
        // The first resolution of a symbol is a mark, the others are only counted.
        let others = segment.symbols.count.saturating_sub(1);
        let hits = u64::try_from(marks).unwrap_or(u64::MAX);
        let hits = hits.saturating_add(others);
        let measured = complete && hits > 0 && segment.flags & SEGMENT_MEASURED != 0;
        let ns = if measured {
            let ns = u64::from(segment.own_ns);
            if self.0.len() == REMEMBERED {
                self.0.pop_front();
            }
            self.0.push_back((hits, ns));
            Some(ns)
        } else {
            self.told_by(hits)
        };
        Overhead { hits, ns, measured }
    }

    /// What so many hits take where one takes what it took in the median of the loads: in the first ones nothing is in
    /// the processor's caches.
    fn told_by(&self, hits: u64) -> Option<u64> {
        let mut loads: Vec<_> = self.0.iter().copied().collect();
        let product = |hits: u64, ns: u64| u128::from(hits) * u128::from(ns);
        loads.sort_by(|&(hits, ns), &(other_hits, other_ns)| {
            product(other_hits, ns).cmp(&product(hits, other_ns))
        });
        let &(of, ns) = loads.get(loads.len() / 2)?;
        u64::try_from(product(hits, ns) / u128::from(of)).ok()
    }
}

#[cfg(test)]
mod tests {
    use zerocopy::FromZeros as _;

    use super::*;

    fn segment(flags: u32, own_ns: u32, symbols: u64) -> Segment {
        let mut segment = Segment::new_zeroed();
        (segment.flags, segment.own_ns) = (flags, own_ns);
        segment.symbols.count = symbols;
        segment
    }

    #[test]
    fn nothing_is_told_before_one_was_measured() {
        let mut overheads = Overheads::default();
        let none = overheads.of(&segment(0, 0, 0), 40, true);
        assert_eq!((none.hits, none.ns, none.measured), (40, None, false));
        let incomplete = overheads.of(&segment(SEGMENT_MEASURED, 900, 0), 3, false);
        assert_eq!((incomplete.ns, incomplete.measured), (None, false));
    }

    #[test]
    fn others_are_told_by_the_median_of_those_measured() {
        let mut overheads = Overheads::default();
        let first = overheads.of(&segment(SEGMENT_MEASURED, 80_000, 11), 30, true);
        assert_eq!(
            (first.hits, first.ns, first.measured),
            (40, Some(80_000), true)
        );
        overheads.of(&segment(SEGMENT_MEASURED, 2_000, 1), 10, true);
        overheads.of(&segment(SEGMENT_MEASURED, 6_000, 0), 20, true);
        let other = overheads.of(&segment(0, 0, 0), 50, true);
        assert_eq!(
            (other.hits, other.ns, other.measured),
            (50, Some(15_000), false)
        );
    }

    #[test]
    fn old_loads_are_forgotten() {
        let mut overheads = Overheads::default();
        for ns in [70_000; REMEMBERED].into_iter().chain([1_000; REMEMBERED]) {
            overheads.of(&segment(SEGMENT_MEASURED, ns, 0), 10, true);
        }
        assert_eq!(overheads.of(&segment(0, 0, 0), 10, true).ns, Some(1_000));
        assert_eq!(overheads.0.len(), REMEMBERED);
    }

    #[test]
    fn no_number_is_too_large() {
        let mut overheads = Overheads::default();
        overheads.of(&segment(SEGMENT_MEASURED, u32::MAX, 0), 1, true);
        let huge = overheads.of(&segment(0, 0, u64::MAX), 1, true);
        assert_eq!((huge.hits, huge.ns), (u64::MAX, None));
    }
}
