//! Modules that are large in one way (`tests/guest/size.sh`), next to a small one, in a guest that
//! counts instructions: the phase that handles what is large grows, the others hardly do.

use std::collections::BTreeMap;

use kmodtrace_tests::per_kernel;
use kmodtrace_tests::vm::{Load, Output, Results, expect, none_of};
use serde::Deserialize;

per_kernel!(
    "size",
    [
        v5_10 = "5.10",
        v6_1 = "6.1",
        v6_12 = "6.12",
        newest = "newest"
    ],
    [sums_are_exact, the_named_phases_grow]
);

/// In this phase a load may wait for others, RCU among them, which takes time but no work.
const WAITING: &str = "live";
/// The smallest share of the growth, in percent, that the named phases must take.
const SHARE: i64 = 90;
/// Which loads of a module find everything warm: all but the first of `size-loads.sh`.
const WARM: [u32; 3] = [2, 3, 4];

/// A row of `growth.toml`.
#[derive(Debug, Deserialize)]
struct Growth {
    /// The small module's label.
    twin: String,
    /// Phases that grow.
    phases: Vec<String>,
    /// Phases that grow instead, by kernel.
    #[serde(default)]
    on: BTreeMap<String, Vec<String>>,
}

fn sums_are_exact(results: &Results) {
    none_of(&results.output("size.json").wrong());
}

/// Of a module's loads that found caches and page tables warm, the one that the fewest other tasks ran
/// in the middle of: instructions are counted whoever runs them, and there is but one CPU.
fn load_of<'o>(results: &Results, output: &'o Output, label: &str) -> &'o Load {
    let truth = results.truth();
    let loads = WARM.map(|n| {
        let label = format!("{label}-{n}");
        let line = truth
            .iter()
            .find(|truth| truth.label == label)
            .unwrap_or_else(|| panic!("no load {label}"));
        let loads = output.of_pid(line.pid);
        *loads
            .last()
            .unwrap_or_else(|| panic!("no record of {label}"))
    });
    let least = loads.into_iter().min_by_key(|load| work(load));
    least.expect("three loads")
}

fn signed(ns: u64) -> i64 {
    i64::try_from(ns).expect("a time")
}

/// How long a load takes without the phase that waits.
fn work(load: &Load) -> i64 {
    signed(load.total_ns) - signed(load.time_in(&[WAITING]))
}

fn the_named_phases_grow(results: &Results) {
    let table: BTreeMap<String, Growth> =
        toml::from_str(&expect::text("growth.toml")).expect("growth.toml is no table");
    let output = results.output("size.json");
    let (mut wrong, mut figures) = (Vec::new(), Vec::new());
    for (label, expected) in &table {
        let phases = expected.on.get(results.kernel());
        let phases: Vec<&str> = phases
            .unwrap_or(&expected.phases)
            .iter()
            .map(String::as_str)
            .collect();
        let large = load_of(results, &output, label);
        let small = load_of(results, &output, &expected.twin);
        let total = work(large) - work(small);
        let own = signed(large.time_in(&phases)) - signed(small.time_in(&phases));
        let share = 100 * own / total.max(1);
        figures.push(format!("{label} {share} %"));
        if share < SHARE {
            wrong.push(format!(
                "{label}: {phases:?} take {share} % of {} k instructions; {}",
                total / 1000,
                shares(large, small, total)
            ));
        }
    }
    results.keep_figures("growth", &figures.join(", "));
    none_of(&wrong);
}

/// Each phase's share of the growth, where it is not small.
fn shares(large: &Load, small: &Load, total: i64) -> String {
    let mut list = Vec::new();
    for phase in large.phases.iter().filter(|phase| phase.name != WAITING) {
        let covers: Vec<&str> = phase.covers.iter().map(String::as_str).collect();
        let growth = signed(phase.duration_ns) - signed(small.time_in(&covers));
        let share = 100 * growth / total.max(1);
        if share != 0 {
            list.push(format!("{} {share} %", phase.name));
        }
    }
    list.join(", ")
}
