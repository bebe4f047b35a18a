//! Others that trace the same functions at the same time (`tests/guest/company.sh`, which counts what was told): what
//! is told as whole is what is told without them, and nearly all is whole.

use std::collections::BTreeMap;

use kmodtrace_tests::per_kernel;
use kmodtrace_tests::vm::{Load, Output, Results, none_of};

per_kernel!(
    "company",
    [
        v5_10 = "5.10",
        v6_1 = "6.1",
        v6_12 = "6.12",
        newest = "newest"
    ],
    [
        sums_are_exact,
        whole_loads_have_every_phase,
        nearly_all_is_whole,
    ]
);

/// Runs, each with other company; the first one has none.
const PARTS: [&str; 10] = [
    "alone",
    "first",
    "second",
    "events",
    "graph",
    "graph-later",
    "together",
    "inside",
    "patching",
    "patched",
];

/// Of a hundred loads, this many may say that they are incomplete: see `vm_storm.rs`; here others run programs of
/// their own in the same places, on a machine that may be busy.
const INCOMPLETE: usize = 10;

fn outputs(results: &Results) -> Vec<(&'static str, Output)> {
    let read = |part| (part, results.output(&format!("{part}.jsonl")));
    PARTS.map(read).into()
}

fn sums_are_exact(results: &Results) {
    let outputs = outputs(results);
    let loads = outputs.iter().flat_map(|(_, output)| &output.loads);
    let mut wrong: Vec<_> = loads.clone().flat_map(Load::wrong_sums).collect();
    let failed = loads.filter(|load| !load.succeeded());
    wrong.extend(failed.map(|load| format!("{} failed", load.label())));
    none_of(&wrong);
}

/// A hook that somebody else's took the place of would show.
fn whole_loads_have_every_phase(results: &Results) {
    let mut lines: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (part, output) in outputs(results) {
        let nop = |load: &&Load| load.complete && load.module.as_deref() == Some("kt_nop");
        for load in output.loads.iter().filter(nop) {
            let names: Vec<_> = load.phases.iter().map(|phase| &*phase.name).collect();
            let parts = lines.entry(names.join(" ")).or_default();
            parts.push(part);
        }
    }
    let told: Vec<_> = lines
        .iter()
        .map(|(line, parts)| format!("{}: {line}", parts.join(" ")))
        .collect();
    assert_eq!(told.len(), 1, "{}", told.join("\n"));
}

fn nearly_all_is_whole(results: &Results) {
    let outputs = outputs(results);
    let alone = &outputs[0].1;
    assert!(
        alone.loads.iter().any(|load| load.complete),
        "none to compare with"
    );
    let loads: Vec<_> = outputs
        .iter()
        .flat_map(|(part, output)| output.loads.iter().map(move |load| (*part, load)))
        .collect();
    let incomplete = loads.iter().filter(|(_, load)| !load.complete);
    let told: Vec<_> = incomplete
        .map(|(part, load)| format!("{part}: {}: {}", load.label(), load.phase_line()))
        .collect();
    let (count, all) = (told.len(), loads.len());
    results.keep_figures("company", &format!("{count} of {all} loads incomplete"));
    assert!(
        100 * count <= INCOMPLETE * all,
        "{count} of {all} incomplete:\n{}",
        told.join("\n")
    );
}
