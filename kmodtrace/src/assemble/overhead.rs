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
    /// That of a load of which so many hits were counted, and which is `complete` or not.
    pub(super) fn of(&mut self, segment: &Segment, hits: Option<u32>, complete: bool) -> Overhead {
        let Some(hits) = hits.filter(|&hits| hits > 0).map(u64::from) else {
            return Overhead::default();
        };
        let measured = complete && segment.flags & SEGMENT_MEASURED != 0;
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
        Overhead {
            hits: Some(hits),
            ns,
            measured,
        }
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

    fn of(overheads: &mut Overheads, flags: u32, own_ns: u32, hits: u32) -> Overhead {
        let mut segment = Segment::new_zeroed();
        (segment.flags, segment.own_ns) = (flags, own_ns);
        overheads.of(&segment, Some(hits), true)
    }

    #[test]
    fn nothing_is_told_before_one_was_measured() {
        let mut overheads = Overheads::default();
        let none = of(&mut overheads, 0, 0, 40);
        assert_eq!((none.hits, none.ns, none.measured), (Some(40), None, false));
        let mut segment = Segment::new_zeroed();
        (segment.flags, segment.own_ns) = (SEGMENT_MEASURED, 900);
        let incomplete = overheads.of(&segment, Some(3), false);
        assert_eq!((incomplete.ns, incomplete.measured), (None, false));
    }

    #[test]
    fn what_was_not_counted_is_not_told() {
        let mut overheads = Overheads::default();
        of(&mut overheads, SEGMENT_MEASURED, 900, 3);
        for hits in [None, Some(0)] {
            let unknown = overheads.of(&Segment::new_zeroed(), hits, true);
            assert_eq!(unknown, Overhead::default());
        }
    }

    #[test]
    fn others_are_told_by_the_median_of_those_measured() {
        let mut overheads = Overheads::default();
        let first = of(&mut overheads, SEGMENT_MEASURED, 80_000, 40);
        assert_eq!((first.ns, first.measured), (Some(80_000), true));
        of(&mut overheads, SEGMENT_MEASURED, 2_000, 10);
        of(&mut overheads, SEGMENT_MEASURED, 6_000, 20);
        let other = of(&mut overheads, 0, 0, 50);
        assert_eq!((other.ns, other.measured), (Some(15_000), false));
    }

    #[test]
    fn old_loads_are_forgotten() {
        let mut overheads = Overheads::default();
        for ns in [70_000; REMEMBERED].into_iter().chain([1_000; REMEMBERED]) {
            of(&mut overheads, SEGMENT_MEASURED, ns, 10);
        }
        assert_eq!(of(&mut overheads, 0, 0, 10).ns, Some(1_000));
        assert_eq!(overheads.0.len(), REMEMBERED);
    }

    #[test]
    fn no_number_is_too_large() {
        let mut overheads = Overheads::default();
        of(&mut overheads, SEGMENT_MEASURED, u32::MAX, 1);
        let huge = of(&mut overheads, 0, 0, u32::MAX);
        assert_eq!(huge.ns, Some(u64::from(u32::MAX) * u64::from(u32::MAX)));
    }
}
