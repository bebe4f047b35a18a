//! In which order the loads of a benchmark are made.

use rand_pcg::{
    Pcg64Mcg,
    rand_core::{RngCore as _, SeedableRng as _},
};

use crate::event::{Iteration, Side};

/// The loads of `rounds` rounds. With two sides each round has both: of two rounds that follow each other one
/// begins with A and one with B, which of them first is drawn. So neither side profits from what the other
/// one leaves behind, nor from a machine that grows warm.
pub(super) fn order(two: bool, warmup: u32, rounds: u32, seed: u64) -> Vec<Iteration> {
    let mut stream = Pcg64Mcg::seed_from_u64(seed);
    let kinds = (1..=warmup).map(|round| (round, true));
    let kinds = kinds.chain((1..=rounds).map(|round| (round, false)));
    let mut b_first = false;
    let mut loads = Vec::new();
    for (round, warmup) in kinds {
        b_first = if round % 2 == 1 {
            stream.next_u64() >> 63 == 1
        } else {
            !b_first
        };
        let sides = match (two, b_first) {
            (false, _) => &[Side::A][..],
            (true, false) => &[Side::A, Side::B],
            (true, true) => &[Side::B, Side::A],
        };
        loads.extend(sides.iter().map(|&side| Iteration {
            side,
            round,
            warmup,
        }));
    }
    loads
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(loads: &[Iteration]) -> Vec<Side> {
        loads.chunks(2).map(|round| round[0].side).collect()
    }

    #[test]
    fn one_side_is_loaded_again_and_again() {
        let loads = order(false, 2, 3, 7);
        let told: Vec<_> = loads.iter().map(|it| (it.round, it.warmup)).collect();
        assert_eq!(
            told,
            [(1, true), (2, true), (1, false), (2, false), (3, false)]
        );
        assert!(loads.iter().all(|it| it.side == Side::A));
    }

    #[test]
    fn each_round_has_both_sides_and_each_side_begins_as_often() {
        for seed in 0..50 {
            let loads = order(true, 3, 30, seed);
            assert_eq!(loads.len(), 66);
            for round in loads.chunks(2) {
                assert_ne!(round[0].side, round[1].side);
                assert_eq!(round[0].round, round[1].round);
                assert_eq!(round[0].warmup, round[1].warmup);
            }
            let counted: Vec<_> = loads.iter().filter(|it| !it.warmup).copied().collect();
            let begins = first(&counted);
            assert_eq!(begins.iter().filter(|&&side| side == Side::A).count(), 15);
        }
    }

    #[test]
    fn the_seed_decides() {
        assert_eq!(order(true, 0, 40, 5), order(true, 0, 40, 5));
        assert_ne!(order(true, 0, 40, 5), order(true, 0, 40, 6));
    }
}
