//! What holds whatever the loads are.

use kmodtrace::{
    catalogue::phase::Phase,
    compare::{Design, Sample, Verdict},
};
use proptest::prelude::*;

use crate::sides::{Noise, PHASES, compared, group, key, loads, one, side};

fn shuffled(mut loads: Vec<Sample>, seed: u64) -> Vec<Sample> {
    let mut noise = Noise(seed);
    for at in (1..loads.len()).rev() {
        let other = usize::try_from(noise.next()).expect("small") % (at + 1);
        loads.swap(at, other);
    }
    loads
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_other_way_round_is_the_negative(
        (m, n) in (1_usize..40, 1_usize..40),
        (seed, other) in (any::<u64>(), any::<u64>()),
        phase in 0..PHASES.len(),
        permille in -300_i64..300,
        same_boot: bool,
    ) {
        let longer = Some((PHASES[phase].0, permille));
        let base = one("one", loads(m, seed, None));
        let new = one(if same_boot { "one" } else { "two" }, loads(n, other, longer));
        let (there, back) = (compared(&base, &new), compared(&new, &base));
        for (a, b) in there.modules[0].rows.iter().zip(&back.modules[0].rows) {
            prop_assert_eq!(a.what, b.what);
            prop_assert_eq!(a.change_ns, -b.change_ns);
            prop_assert!((a.interval_ns.0 + b.interval_ns.1).abs() <= 1);
            prop_assert!((a.interval_ns.1 + b.interval_ns.0).abs() <= 1);
            let mirrored = match a.verdict {
                Verdict::Slower => Verdict::Faster,
                Verdict::Faster => Verdict::Slower,
                same => same,
            };
            prop_assert_eq!(mirrored, b.verdict);
        }
    }

    #[test]
    fn a_side_against_itself_has_not_changed(count in 1_usize..60, seed: u64, boots in 1_usize..5) {
        let names = ["a", "b", "c", "d"];
        let boots = names.into_iter().take(boots).zip(0..);
        let boots = boots.map(|(name, n)| (name, loads(count, seed.wrapping_add(n), None)));
        let these = side([(key("m"), group(boots))]);
        for row in &compared(&these, &these).modules[0].rows {
            prop_assert_eq!(row.change_ns, 0);
            prop_assert!(!row.verdict.is_change());
        }
    }

    #[test]
    fn the_order_in_which_loads_come_in_is_nothing(count in 5_usize..40, seed: u64, order: u64) {
        let base = one("boot", loads(count, seed, None));
        let new = loads(count, seed ^ 1, Some((Phase::Init, 80)));
        let settled = |loads: Vec<Sample>| {
            let mut side = one("boot", loads);
            side.settle();
            side
        };
        let in_order = compared(&base, &settled(new.clone()));
        let mixed = compared(&base, &settled(shuffled(new, order)));
        prop_assert_eq!(in_order, mixed);
    }

    #[test]
    fn chance_alone_is_no_change(seed: u64, rounds: bool) {
        let count = 30;
        let (base, new) = (loads(count, seed, None), loads(count, seed ^ 0x5555, None));
        let names = if rounds { ["one", "one"] } else { ["one", "two"] };
        let comparison = compared(&one(names[0], base), &one(names[1], new));
        let design = if rounds { Design::OneBoot } else { Design::FewBoots };
        prop_assert_eq!(comparison.modules[0].design, design);
        prop_assert!(comparison.modules[0].rows.iter().all(|row| !row.verdict.is_change()));
    }
}
