//! Injected delays (`tests/guest/delay.sh`): each is found in its own phase and nowhere else, and a
//! load that waits for another one shows that as such.
//!
//! The guests run in an emulator, two at a time on two cores, so a phase may now and then take many
//! milliseconds more than it should; never less. Each load is therefore made five times with the delay
//! and five times without, and of each phase the shortest times are compared: a delay that lands in the
//! wrong phase is in every one of them.

use std::collections::BTreeSet;

use kmodtrace_tests::per_kernel;
use kmodtrace_tests::vm::{Load, Output, Results, ms, none_of};

per_kernel!(
    "delay",
    [
        v5_10 = "5.10",
        v6_1 = "6.1",
        v6_12 = "6.12",
        newest = "newest"
    ],
    [
        sums_are_exact,
        delays_are_in_their_own_phases,
        waits_for_another_load_show,
    ]
);

/// What is injected, and the phase where it must show.
const DELAYS: &[(&str, &str)] = &[
    ("init_sleep", "init"),
    ("init_spin", "init"),
    ("setter_spin", "params"),
    ("coming_ms", "coming"),
    ("live_ms", "live"),
    ("async_ms", "live"),
];
/// The delay, ns.
const DELAY: i64 = 150_000_000;
/// How far its phase, and all others together, may be off.
const TOLERANCE: i64 = DELAY / 10;

fn sums_are_exact(results: &Results) {
    none_of(&results.output("delay.json").wrong());
}

/// The only load of a label.
fn load_of<'o>(results: &Results, output: &'o Output, label: &str) -> &'o Load {
    let truth = results.truth();
    let line = truth
        .iter()
        .find(|truth| truth.label == label)
        .unwrap_or_else(|| panic!("no load {label}"));
    let loads = output.of_pid(line.pid);
    assert_eq!(loads.len(), 1, "records of {label}");
    loads[0]
}

/// How much longer `a` is than `b`, ns.
fn growth(a: u64, b: u64) -> i64 {
    i64::try_from(a).expect("a time") - i64::try_from(b).expect("a time")
}

fn delays_are_in_their_own_phases(results: &Results) {
    let output = results.output("delay.json");
    let (mut wrong, mut figures) = (Vec::new(), Vec::new());
    for &(what, phase) in DELAYS {
        let loads = |kind: &str| {
            [1, 2, 3, 4, 5].map(|n| load_of(results, &output, &format!("{what}-{kind}-{n}")))
        };
        let (control, delayed) = (loads("control"), loads("delayed"));
        let grown = |phase: &str| {
            let shortest = |loads: &[&Load; 5]| {
                let times = loads.map(|load| load.time_in(&[phase]));
                times.into_iter().min().expect("five loads")
            };
            growth(shortest(&delayed), shortest(&control))
        };
        let spans = delayed.iter().flat_map(|load| &load.phases);
        let others = spans.filter(|span| !span.covers.iter().any(|covered| covered == phase));
        let others: BTreeSet<&str> = others.map(|span| span.covers[0].as_str()).collect();
        let error = grown(phase) - DELAY;
        let others: i64 = others.into_iter().map(grown).sum();
        let worst = error.abs().max(others.abs());
        let show = |ns: i64| ns.signum() * i64::try_from(ns.unsigned_abs() / 1000).unwrap_or(0);
        figures.push(format!(
            "{what} {:+} µs, others {:+} µs",
            show(error),
            show(others)
        ));
        if worst >= TOLERANCE {
            wrong.push(format!(
                "{what}: {phase} is off by {} µs, all other phases by {} µs",
                show(error),
                show(others)
            ));
        }
    }
    results.keep_figures("delays", &figures.join("; "));
    none_of(&wrong);
}

fn waits_for_another_load_show(results: &Results) {
    let output = results.output("delay.json");
    let (mut wrong, mut figures) = (Vec::new(), Vec::new());
    // A load of the same file is told the first one's result since Linux 6.5; a copy is refused.
    for kind in ["file", "copy", "symbol"] {
        let first = load_of(results, &output, &format!("{kind}-first"));
        let second = load_of(results, &output, &format!("{kind}-second"));
        let waited = second.time_in(&["wait"]);
        // The first one's init is over when its `live` begins; waiters are woken after that.
        let init = first.phase("init").expect("it has an init");
        let until = init.start_ns + init.duration_ns;
        let remaining = until.saturating_sub(second.start_ns);
        figures.push(format!(
            "{kind} waited {:.0} of {:.0} ms",
            ms(waited),
            ms(remaining)
        ));
        if remaining < 100_000_000 {
            wrong.push(format!("{kind}: the second load came too late"));
        }
        let short = waited < remaining - remaining / 10;
        let long = waited > first.end_ns().saturating_sub(second.start_ns) + remaining / 10;
        if short || long {
            wrong.push(format!(
                "{kind}: waited {:.1} ms, the first load's init took another {:.1} ms: {}",
                ms(waited),
                ms(remaining),
                second.phase_line()
            ));
        }
    }
    results.keep_figures("waits", &figures.join("; "));
    none_of(&wrong);
}
