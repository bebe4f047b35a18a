//! Twins of modules (`tests/guest/twins.sh`) that do 1 % and 5 % more of one thing, while instructions are counted: the
//! phase that has grown is found and named.

use std::fmt::Write as _;
use std::fs;

use kmodtrace::compare::{Module, Verdict};
use kmodtrace_tests::per_kernel;
use kmodtrace_tests::sides::{Recording, compared_in_rounds, said};
use kmodtrace_tests::vm::{Results, none_of};

per_kernel!("twins", [v6_12 = "6.12"], [five_percent_more_is_found]);

/// What there is more of, and the phase that handles it.
const GROWING: &[(&str, &str)] = &[
    ("relocs", "relocate"),
    ("symbols", "symbols"),
    ("init", "init"),
    ("params", "params"),
    ("sysfs", "sysfs"),
    ("funcs", "ftrace"),
    ("data", "copy"),
    ("file", "read"),
];
/// Loads that are compared, and how many are only for warming up.
const LOADS: usize = 30;
const WARMUP: usize = 3;

/// True if the phase has become slower, and none has changed more.
fn names(module: &Module, phase: &str) -> bool {
    let changed = module.changed_phases();
    changed
        .first()
        .is_some_and(|row| row.what.name() == phase && row.verdict == Verdict::Slower)
}

fn five_percent_more_is_found(results: &Results) {
    let recording = Recording::open(&results.path("twins.kmt"));
    let (mut wrong, mut found) = (Vec::new(), [0, 0]);
    let mut table = String::from("| more of | phase | +1 % | +5 % |\n|---|---|---|---|\n");
    for &(kind, phase) in GROWING {
        let loads = |grow: u32| {
            let loads = recording.of(&format!("grow-{grow:02}/kt_grow_{kind}.ko"));
            assert_eq!(loads.len(), WARMUP + LOADS, "loads of {kind} +{grow} %");
            loads
        };
        let base = loads(0);
        let modules = [1, 5].map(|grow| {
            let new = loads(grow);
            compared_in_rounds(&recording.setup, &base[WARMUP..], &new[WARMUP..])
        });
        let tells = modules.each_ref().map(|module| {
            let said = said(module);
            if said.is_empty() {
                let row = module.rows.iter().find(|row| row.what.name() == phase);
                let row = row.unwrap_or_else(|| panic!("no {phase}"));
                let percent = row.percent.unwrap_or_default();
                return format!("no clear change ({phase} {percent:+.2} %)");
            }
            said.join(", ")
        });
        writeln!(table, "| {kind} | {phase} | {} | {} |", tells[0], tells[1]).expect("a string");
        for (count, module) in found.iter_mut().zip(&modules) {
            *count += usize::from(names(module, phase));
        }
        if !names(&modules[1], phase) {
            wrong.push(format!("+5 % {kind}: not {phase}, but {}", tells[1]));
        }
    }
    fs::write(results.path("table.md"), table).expect("a table");
    let of = GROWING.len();
    results.keep_figures(
        "found",
        &format!("+1 % named {} of {of}, +5 % {} of {of}", found[0], found[1]),
    );
    none_of(&wrong);
}
