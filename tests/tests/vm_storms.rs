//! More of everything than there is on any machine (`tests/guest/storms.sh`, which counts what was told): no
//! ledger is wrong, whatever was lost.

use kmodtrace_tests::per_kernel;
use kmodtrace_tests::vm::{Load, Results, none_of};

per_kernel!(
    "storms",
    [v5_10 = "5.10", v6_12 = "6.12", newest = "newest"],
    [
        sums_are_exact,
        what_is_told_happened_once,
        overrun_loads_say_so
    ]
);

const PARTS: [&str; 15] = [
    "many", "at-once", "hang", "after", "symbols", "names", "pids", "hotplug", "middle0",
    "middle1", "middle2", "middle3", "middle4", "middle5", "overrun",
];

fn sums_are_exact(results: &Results) {
    for part in PARTS {
        let output = results.output(&format!("{part}.jsonl"));
        let wrong: Vec<_> = output.loads.iter().flat_map(Load::wrong_sums).collect();
        none_of(&wrong);
    }
}

/// A task makes one system call at a time.
fn what_is_told_happened_once(results: &Results) {
    for part in PARTS {
        let output = results.output(&format!("{part}.jsonl"));
        let mut loads: Vec<_> = output.loads.iter().collect();
        loads.sort_by_key(|load| (load.tid, load.start_ns));
        let overlap =
            |pair: &&[&Load]| pair[0].tid == pair[1].tid && pair[1].start_ns < pair[0].end_ns();
        let wrong: Vec<_> = loads
            .windows(2)
            .filter(overlap)
            .map(|pair| pair[1].label())
            .collect();
        none_of(&wrong);
    }
}

/// Where small records were lost, the loads they belong to are not told as whole.
fn overrun_loads_say_so(results: &Results) {
    let output = results.output("overrun.jsonl");
    let summary = &output.summaries[0];
    let incomplete = output.loads.iter().filter(|load| !load.complete).count();
    assert_eq!(summary["incomplete"], incomplete);
    let silent = output
        .loads
        .iter()
        .filter(|load| load.complete && load.lost_events > 0);
    none_of(&silent.map(Load::label).collect::<Vec<_>>());
}
