//! What is found, and what is left alone.

use kmodtrace::{
    catalogue::phase::Phase,
    compare::{Comparison, Design, Ended, MinChange, Options, Phases, Verdict, What},
    event::Side,
};

use crate::sides::{compared, group, in_rounds, key, loads, one, setup, side, with};

/// What is said of phases, by name.
fn told(comparison: &Comparison) -> Vec<(String, Verdict)> {
    let phases = comparison.modules[0].changed_phases();
    phases
        .iter()
        .map(|row| (row.what.name(), row.verdict))
        .collect()
}

fn benchmark() -> Options {
    Options {
        benchmark: true,
        ..Options::default()
    }
}

#[test]
fn five_percent_in_one_phase_are_found_and_named() {
    for phase in [
        Phase::Read,
        Phase::Elf,
        Phase::Relocate,
        Phase::Ftrace,
        Phase::Init,
    ] {
        for (permille, verdict) in [(50, Verdict::Slower), (-50, Verdict::Faster)] {
            let base = one("boot", loads(30, 1, None));
            let new = one("boot", loads(30, 2, Some((phase, permille))));
            let found = [(phase.name().to_owned(), verdict)];
            assert_eq!(told(&compared(&base, &new)), found);
            let [a, b] = [&base, &new].map(|side| {
                let samples = side.groups[&key("m")].samples().cloned().collect();
                one("boot", in_rounds(1, samples))
            });
            let comparison = with(&a, &b, &benchmark());
            assert_eq!(comparison.modules[0].design, Design::Rounds);
            assert_eq!(told(&comparison), found);
        }
    }
}

#[test]
fn the_phase_that_explains_the_total_goes_its_way() {
    let base = one("boot", loads(30, 1, None));
    let new = one("boot", loads(30, 2, Some((Phase::Relocate, 200))));
    let comparison = compared(&base, &new);
    let module = &comparison.modules[0];
    assert_eq!(module.verdict(), Verdict::Slower);
    let explanation = module.explanation().expect("a phase");
    assert_eq!(explanation.what, What::Phase(Phases::of([Phase::Relocate])));
    assert!((explanation.percent.expect("there before") - 20.0).abs() < 1.0);
    assert!(comparison.has_regression());
}

#[test]
fn floors_hide_what_is_small() {
    let base = one("boot", loads(30, 1, None));
    let new = one("boot", loads(30, 2, Some((Phase::Relocate, 50))));
    for floor in [MinChange::Percent(8.0), MinChange::Ns(150_000)] {
        let options = Options {
            min_change: vec![floor],
            ..Options::default()
        };
        assert_eq!(told(&with(&base, &new, &options)), []);
    }
    // Half as long again, but of 4 µs.
    let new = one("boot", loads(30, 2, Some((Phase::Return, 450))));
    assert_eq!(told(&compared(&base, &new)), []);
    // Of another boot: boots may differ by that.
    let new = one("other", loads(30, 2, Some((Phase::Relocate, 50))));
    let comparison = compared(&base, &new);
    assert_eq!(comparison.modules[0].design, Design::FewBoots);
    assert_eq!(told(&comparison), []);
    let new = one("other", loads(30, 2, Some((Phase::Relocate, 300))));
    assert_eq!(
        told(&compared(&base, &new)),
        [("relocate".to_owned(), Verdict::Slower)]
    );
}

#[test]
fn a_machine_that_is_slower_altogether_is_no_slower_phase() {
    let base = one("one", loads(30, 1, None));
    let mut slower = loads(30, 2, None);
    for load in &mut slower {
        load.total_ns = load.total_ns * 5 / 4;
        for (_, ns) in &mut load.phases {
            *ns = *ns * 5 / 4;
        }
    }
    let comparison = compared(&base, &one("two", slower));
    assert_eq!(comparison.modules[0].verdict(), Verdict::Unclear);
    let typical = comparison.modules[0].floor.typical_percent;
    assert!(
        typical.is_some_and(|percent| (percent - 25.0).abs() < 2.0),
        "{typical:?}"
    );
}

#[test]
fn drift_is_no_change() {
    // Every load takes a little longer than the one before, by a tenth in the end.
    let mut drifting = loads(60, 1, None);
    for (load, n) in drifting.iter_mut().zip(0..) {
        load.total_ns += load.total_ns * n / 600;
        for (_, ns) in &mut load.phases {
            *ns += *ns * n / 600;
        }
    }
    let second = drifting.split_off(30);
    assert_eq!(
        compared(&one("boot", drifting.clone()), &one("boot", second.clone())).modules[0].verdict(),
        Verdict::Unclear
    );
    // In rounds it is the same for both, and what is on top is found.
    let mut all: Vec<_> = drifting.into_iter().chain(second).collect();
    let mut new: Vec<_> = Vec::new();
    let mut base: Vec<_> = Vec::new();
    for (n, load) in all.drain(..).enumerate() {
        if n % 4 == 1 || n % 4 == 2 {
            &mut new
        } else {
            &mut base
        }
        .push(load);
    }
    let same = with(
        &one("boot", in_rounds(1, base.clone())),
        &one("boot", in_rounds(1, new.clone())),
        &benchmark(),
    );
    assert_eq!(told(&same), []);
    for load in &mut new {
        let (_, ns) = &mut load.phases[2];
        *ns += *ns / 20;
    }
    let slower = with(
        &one("boot", in_rounds(1, base)),
        &one("boot", in_rounds(1, new)),
        &benchmark(),
    );
    assert_eq!(told(&slower), [("relocate".to_owned(), Verdict::Slower)]);
}

#[test]
fn boots_that_differ_say_how_much_a_change_must_be() {
    let boots = |names: [&'static str; 4], spread: i64, change: i64| {
        let boots = names.iter().zip(0..).map(|(name, n)| {
            let differs = [0, spread, -spread, spread / 2][usize::try_from(n).expect("small")];
            let seed = name.bytes().fold(3, |sum, byte| sum * 31 + u64::from(byte));
            (
                *name,
                loads(10, seed, Some((Phase::Relocate, differs + change))),
            )
        });
        side([(key("m"), group(boots))])
    };
    let (a, b) = (["a", "b", "c", "d"], ["e", "f", "g", "h"]);
    let quiet = compared(&boots(a, 2, 0), &boots(b, 2, 50));
    assert_eq!(quiet.modules[0].design, Design::ManyBoots);
    assert_eq!(told(&quiet), [("relocate".to_owned(), Verdict::Slower)]);
    assert_eq!(told(&compared(&boots(a, 80, 0), &boots(b, 80, 50))), []);
    assert_eq!(told(&compared(&boots(a, 2, 0), &boots(b, 2, 0))), []);
}

#[test]
fn few_loads_are_too_few_whatever_they_say() {
    let comparison = compared(
        &one("boot", loads(4, 1, None)),
        &one("boot", loads(4, 2, Some((Phase::Read, 900)))),
    );
    assert!(
        comparison.modules[0]
            .rows
            .iter()
            .all(|row| row.verdict == Verdict::TooFew)
    );
    assert!(!comparison.has_regression());
}

#[test]
fn phases_that_one_side_does_not_tell_apart_are_one() {
    let base = loads(20, 1, None);
    let mut new = loads(20, 2, None);
    for load in &mut new {
        let joined = Phases::of([Phase::Elf, Phase::Relocate]);
        let mut phases = load.phases.to_vec();
        let ns = phases[1].1 + phases[2].1;
        phases.splice(1..3, [(joined, ns)]);
        load.phases = phases.into();
    }
    let comparison = compared(&one("boot", base), &one("boot", new));
    let names: Vec<_> = comparison.modules[0]
        .rows
        .iter()
        .map(|row| row.what.name())
        .collect();
    assert_eq!(
        names,
        [
            "total",
            "read",
            "elf+relocate",
            "ftrace",
            "init",
            "return",
            "unattributed"
        ]
    );
    assert_eq!(comparison.modules[0].verdict(), Verdict::Unclear);
}

#[test]
fn a_benchmark_has_both_sides_and_may_have_two_modules() {
    let against = in_rounds(1, loads(30, 1, None));
    let measured = in_rounds(1, loads(30, 2, Some((Phase::Relocate, 100))));
    let new = one("boot", measured);
    for base in ["m", "twin"] {
        let base = side([(key(base), group([("boot", against.clone())]))]);
        let comparison = with(&base, &new, &benchmark());
        assert_eq!(comparison.modules.len(), 1);
        assert_eq!(comparison.modules[0].loads, [30, 30]);
        assert_eq!(
            told(&comparison),
            [("relocate".to_owned(), Verdict::Slower)]
        );
    }
}

#[test]
fn each_benchmark_of_a_boot_has_rounds_of_its_own() {
    let sides = |permille| {
        let loads = |seed| loads(15, seed, Some((Phase::Relocate, permille)));
        let mut both = in_rounds(1, loads(1));
        both.extend(in_rounds(2, loads(2)));
        one("boot", both)
    };
    let comparison = with(&sides(0), &sides(20), &benchmark());
    assert_eq!(comparison.modules[0].loads, [30, 30]);
    assert_eq!(
        told(&comparison),
        [("relocate".to_owned(), Verdict::Slower)]
    );
    let p = |comparison: &Comparison| {
        let rows = &comparison.modules[0].rows;
        let relocate = |row: &&kmodtrace::compare::Row| row.what.name() == "relocate";
        rows.iter().find(relocate).expect("a row").p
    };
    let half = |permille| {
        one(
            "boot",
            in_rounds(1, loads(15, 1, Some((Phase::Relocate, permille)))),
        )
    };
    assert!(p(&comparison) * 100.0 < p(&with(&half(0), &half(20), &benchmark())));
}

#[test]
fn failures_are_compared_with_failures() {
    let failed = kmodtrace::compare::Key {
        ended: Ended::Failed(2),
        ..key("m")
    };
    let base = one("boot", loads(20, 1, None));
    let mut new = side([(failed.clone(), group([("boot", loads(20, 2, None))]))]);
    if let Some(group) = new.groups.get_mut(&failed) {
        group.causes.insert("unknown_symbol", 20);
    }
    let comparison = compared(&base, &new);
    assert!(comparison.modules.is_empty());
    let only: Vec<_> = comparison
        .only
        .iter()
        .map(|only| (only.side, &only.key, only.loads))
        .collect();
    assert_eq!(only, [(Side::A, &key("m"), 20), (Side::B, &failed, 20)]);
    assert_eq!(comparison.only[1].causes, ["unknown_symbol"]);
}

#[test]
fn other_machines_and_other_probes_are_apples_and_oranges() {
    let base = one("boot", loads(20, 1, None));
    let refused = |change: &dyn Fn(&mut kmodtrace::compare::Setup)| {
        let mut new = one("boot", loads(20, 2, None));
        let mut changed = setup();
        change(&mut changed);
        new.setups = vec![changed];
        compared(&base, &new).is_refused()
    };
    assert!(!refused(&|_| {}));
    assert!(refused(&|it| it.machine = "aarch64".to_owned()));
    assert!(refused(&|it| {
        it.probes.insert("load_module entry kprobe".to_owned());
    }));
    assert!(!refused(&|it| it.kernel = "6.13".to_owned()));
    // Another kernel has other functions.
    assert!(!refused(&|it| {
        it.kernel = "6.13".to_owned();
        it.probes.insert("load_module entry kprobe".to_owned());
    }));
    // What is not known says nothing.
    assert!(!refused(&|it| it.governor = Some("powersave".to_owned())));
}
