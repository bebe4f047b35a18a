//! Twins of modules (`tests/guest/twins.sh`) that do 1 % and 5 % more of one thing, while instructions are counted: the
//! phase that has grown is found and named.

use std::fmt::Write as _;
use std::fs;

use kmodtrace::compare::{Module, Verdict};
use kmodtrace_tests::per_kernel;
use kmodtrace_tests::sides::{Recording, compared_in_rounds, said};
use kmodtrace_tests::vm::{Results, none_of};
use serde_json::Value;

per_kernel!(
    "twins",
    [v6_12 = "6.12"],
    [
        five_percent_more_is_found,
        a_module_is_like_itself,
        relocations_are_named
    ]
);

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

/// What a benchmark of two modules says of them: the only module of its comparison.
fn benchmark(results: &Results, name: &str) -> Value {
    let text = results.text(&format!("{name}.json"));
    let lines = text.lines().map(serde_json::from_str::<Value>);
    let mut lines = lines.map(|line| line.expect("JSON"));
    let compared = lines.find(|line| line["schema"] == "kmodtrace.compare/1");
    let compared = compared.expect("a comparison");
    let modules = compared["modules"].as_array().expect("modules");
    assert_eq!(modules.len(), 1);
    assert_eq!(modules[0]["design"], "rounds");
    assert_eq!(modules[0]["loads"], serde_json::json!([30, 30]));
    modules[0].clone()
}

fn a_module_is_like_itself(results: &Results) {
    let module = benchmark(results, "itself");
    let rows = module["rows"].as_array().expect("rows");
    assert!(rows.len() > 10, "{} rows", rows.len());
    for row in rows {
        assert_eq!(row["verdict"], "no_clear_change", "{row}");
    }
}

fn relocations_are_named(results: &Results) {
    let module = benchmark(results, "more");
    assert_eq!(module["verdict"], "slower", "{module}");
    let named = module["explained_by"].as_str();
    // Where the total drowns in what else ran, the phase is what the verdict is about.
    let rows = module["rows"].as_array().expect("rows");
    let slower = rows.iter().filter(|row| row["verdict"] == "slower");
    let change = |row: &&Value| row["change_ns"].as_i64().unwrap_or_default();
    let phases = slower.filter(|row| row["name"] != "total");
    let most = phases.max_by_key(change).expect("a phase that is slower");
    assert_eq!(most["name"], "relocate");
    assert!(named.is_none_or(|named| named == "relocate"), "{named:?}");
    let added = |fact: &Value| {
        fact["new"]
            .as_u64()
            .zip(fact["base"].as_u64())
            .map(|(new, base)| new - base)
    };
    let facts = module["facts"].as_array().expect("facts");
    let relocations = facts.iter().find(|fact| fact["name"] == "relocations");
    assert_eq!(relocations.and_then(added), Some(5000), "{facts:?}");
    let (change, percent) = (&most["change_ns"], &most["change_percent"]);
    results.keep_figures(
        "relocations",
        &format!("5,000 relocations more: relocate {change} ns, {percent} %"),
    );
}
