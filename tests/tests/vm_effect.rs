//! What is found on two CPUs that share a host with whatever else runs there (`tests/guest/effect.sh`): init does
//! 1 to 50 % more. How much of that is found depends on how busy the host is, and is told; that nothing else is said, is
//! checked.

use std::fmt::Write as _;
use std::fs;

use kmodtrace::compare::Verdict;
use kmodtrace_tests::per_kernel;
use kmodtrace_tests::sides::{Recording, compared_in_rounds};
use kmodtrace_tests::vm::Results;

per_kernel!("effect", [v6_12 = "6.12"], [nothing_else_is_said]);

/// By how many percent init does more.
const GROWN: [u32; 8] = [1, 2, 3, 5, 8, 10, 20, 50];
/// Loads that are compared, and how many in front of them only warm up.
const LOADS: usize = 30;
const WARMUP: usize = 3;

fn nothing_else_is_said(results: &Results) {
    let recording = Recording::open(&results.path("effect.kmt"));
    let loads = |grow: u32| recording.of(&format!("grow-{grow:02}/kt_grow_init.ko"));
    let base = loads(0);
    let blocks = base.len() / (WARMUP + LOADS);
    assert!(blocks > 0);
    let mut table = String::from(
        "| init grows by | init named | total named | something else said |\n|---:|---:|---:|---:|\n",
    );
    let (mut found, mut wrong) = (Vec::new(), 0);
    for grow in GROWN {
        let new = loads(grow);
        assert_eq!(new.len(), base.len(), "loads of +{grow} %");
        let (mut init, mut total, mut others) = (0, 0, 0);
        for (base, new) in base.chunks(WARMUP + LOADS).zip(new.chunks(WARMUP + LOADS)) {
            let module = compared_in_rounds(&recording.setup, &base[WARMUP..], &new[WARMUP..]);
            for row in module.rows.iter().filter(|row| row.verdict.is_change()) {
                match (row.what.name().as_str(), row.verdict) {
                    ("init", Verdict::Slower) => init += 1,
                    ("total", Verdict::Slower) => total += 1,
                    _ => others += 1,
                }
            }
        }
        writeln!(
            table,
            "| {grow} % | {init} of {blocks} | {total} of {blocks} | {others} |"
        )
        .expect("a string");
        wrong += others;
        found.push((grow, init * 10 >= blocks * 9));
    }
    fs::write(results.path("table.md"), table).expect("a table");
    // The smallest that is found, as are all larger ones.
    let enough = found.iter().rev().take_while(|(_, enough)| *enough);
    let from = enough
        .last()
        .map_or(String::from("none"), |(grow, _)| format!("+{grow} %"));
    results.keep_figures(
        "found",
        &format!("init found 9 times in 10, of {blocks}: from {from} on"),
    );
    let comparisons = blocks * GROWN.len();
    assert!(
        wrong * 20 <= comparisons,
        "something else was said {wrong} times in {comparisons} comparisons"
    );
}
