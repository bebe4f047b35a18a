//! Benchmarks (`tests/guest/bench.sh`): the figures are those of the loads, which are all there.

use std::collections::BTreeMap;

use kmodtrace_tests::per_kernel;
use kmodtrace_tests::vm::{Results, none_of};
use serde_json::Value;

per_kernel!(
    "bench",
    [
        v5_10 = "5.10",
        v6_1 = "6.1",
        v6_12 = "6.12",
        v6_18 = "6.18",
        newest = "newest"
    ],
    [
        every_load_is_there,
        figures_are_those_of_the_loads,
        a_module_against_itself_has_not_changed,
        each_round_has_both_sides,
        the_tracer_costs_something,
        lines_fit,
        what_came_before_ctrl_c_counts,
    ]
);

/// What the script asks for.
const ROUNDS: usize = 6;
const WARMUP: usize = 1;

fn lines(text: &str) -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).expect("JSON");
    text.lines().map(parse).collect()
}

fn benchmark(results: &Results) -> Value {
    let mut lines = lines(&results.text("bench.json"));
    assert_eq!(lines.len(), 2);
    lines.remove(0)
}

fn a_module_against_itself_has_not_changed(results: &Results) {
    let compared = &lines(&results.text("bench.json"))[1];
    assert_eq!(compared["schema"], "kmodtrace.compare/1");
    let modules = compared["modules"].as_array().expect("modules");
    assert_eq!(modules.len(), 1, "{compared}");
    // Null where the file names neither a build id nor a srcversion.
    assert_ne!(modules[0]["same_build"], false);
    let rows = modules[0]["rows"].as_array().expect("rows");
    let told = rows
        .iter()
        .filter(|row| row["verdict"] == "slower" || row["verdict"] == "faster");
    none_of(&told.map(Value::to_string).collect::<Vec<_>>());
}

/// The loads of the benchmark, in order of time.
fn loads(results: &Results) -> Vec<Value> {
    let mut loads = lines(&results.text("loads.json"));
    loads.retain(|line| line["schema"] == "kmodtrace.load/1" && !line["iteration"].is_null());
    loads.sort_by_key(|load| load["start_ns"].as_u64());
    loads
}

fn of_side<'l>(loads: &'l [Value], side: &str, warmup: bool) -> Vec<&'l Value> {
    let its =
        |load: &&Value| load["iteration"]["side"] == side && load["iteration"]["warmup"] == warmup;
    loads.iter().filter(its).collect()
}

fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

fn every_load_is_there(results: &Results) {
    let (said, loads) = (benchmark(results), loads(results));
    for (index, side) in ["A", "B"].into_iter().enumerate() {
        assert_eq!(of_side(&loads, side, false).len(), ROUNDS);
        assert_eq!(of_side(&loads, side, true).len(), WARMUP);
        let said = &said["sides"][index];
        assert_eq!(said["loads"], ROUNDS, "{said}");
        assert_eq!(said["left_out"], serde_json::json!([]));
    }
    for load in &loads {
        assert_eq!(load["module"], "nft_reject_ipv4");
        assert_eq!(load["comm"], "kmodtrace-load");
        assert_eq!(load["complete"], true);
        assert_eq!(load["result"]["errno"], 0);
    }
}

/// Twice the median: the two in the middle together.
fn twice_median(values: &[u64]) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let n = sorted.len();
    sorted[(n - 1) / 2] + sorted[n / 2]
}

/// What is wrong with a spread that is said to be that of these values.
fn wrong(what: &str, said: &Value, values: &[u64]) -> Vec<String> {
    let twice = twice_median(values);
    let distances: Vec<u64> = values.iter().map(|v| (2 * v).abs_diff(twice)).collect();
    let mad = twice_median(&distances).div_ceil(4);
    let sum: u64 = values.iter().sum();
    let expected = [
        ("median_ns", twice.div_ceil(2)),
        ("mad_ns", mad),
        ("sum_ns", sum),
    ];
    let mut wrong = Vec::new();
    for (key, value) in expected {
        if number(&said[key]).abs_diff(value) > 1 {
            wrong.push(format!("{what}: {key} is {}, not {value}", said[key]));
        }
    }
    let (lowest, highest) = (values.iter().min(), values.iter().max());
    let p95 = number(&said["p95_ns"]);
    if Some(&p95) > highest || Some(&p95) < lowest || p95 < number(&said["median_ns"]) {
        wrong.push(format!("{what}: p95 is {p95} of {values:?}"));
    }
    wrong
}

fn figures_are_those_of_the_loads(results: &Results) {
    let (said, loads) = (benchmark(results), loads(results));
    let mut all = Vec::new();
    for (index, side) in ["A", "B"].into_iter().enumerate() {
        let (said, loads) = (&said["sides"][index], of_side(&loads, side, false));
        let values = |key: &str| -> Vec<u64> { loads.iter().map(|l| number(&l[key])).collect() };
        all.extend(wrong("total", &said["total"], &values("total_ns")));
        let gaps = values("unattributed_ns");
        all.extend(wrong("unattributed", &said["unattributed"], &gaps));
        let mut phases: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for (load, index) in loads.iter().zip(0..) {
            for phase in load["phases"].as_array().expect("phases") {
                let name = phase["name"].as_str().expect("a name");
                let times = phases.entry(name).or_insert_with(|| vec![0; ROUNDS]);
                let slot: &mut u64 = &mut times[index];
                *slot += number(&phase["duration_ns"]);
            }
        }
        let told = said["phases"].as_array().expect("phases");
        assert_eq!(told.len(), phases.len(), "phases of {side}");
        for phase in told {
            let name = phase["name"].as_str().expect("a name");
            all.extend(wrong(name, phase, &phases[name]));
        }
    }
    none_of(&all);
}

fn each_round_has_both_sides(results: &Results) {
    let loads = loads(results);
    let counted: Vec<_> = loads
        .iter()
        .filter(|l| l["iteration"]["warmup"] == false)
        .collect();
    let mut first = BTreeMap::new();
    for (pair, round) in counted.chunks(2).zip(1..) {
        let (a, b) = (&pair[0]["iteration"], &pair[1]["iteration"]);
        assert_eq!((number(&a["round"]), number(&b["round"])), (round, round));
        assert_ne!(a["side"], b["side"]);
        *first.entry(a["side"].as_str()).or_insert(0) += 1;
    }
    assert_eq!(first[&Some("A")], ROUNDS / 2);
}

fn the_tracer_costs_something(results: &Results) {
    let said = benchmark(results);
    for side in said["sides"].as_array().expect("sides") {
        let cost = &side["cost"];
        assert_eq!(cost["traced_loads"], ROUNDS);
        // Two before and two after.
        assert_eq!(cost["untraced_loads"], 4);
        // Whoever loads sees all of the load, and a bit more.
        assert!(cost["traced_ns"].as_u64() >= side["total"]["median_ns"].as_u64());
        assert!(cost["low_ns"].as_i64() <= cost["high_ns"].as_i64());
    }
    let a = &said["sides"][0]["cost"];
    results.keep_figures(
        "cost",
        &format!(
            "nft_reject_ipv4 {} ns untraced, {} ns traced, {} to {}",
            a["untraced_ns"], a["traced_ns"], a["low_ns"], a["high_ns"]
        ),
    );
}

fn lines_fit(results: &Results) {
    let text = results.text("bench.txt");
    assert!(
        text.contains("6 loads") && text.contains("the tracer adds"),
        "{text}"
    );
    let long = text.lines().filter(|line| line.chars().count() > 80);
    none_of(&long.map(str::to_owned).collect::<Vec<_>>());
}

fn what_came_before_ctrl_c_counts(results: &Results) {
    let stopped = &lines(&results.text("stopped.json"))[0]["sides"][0];
    let loads = number(&stopped["loads"]);
    assert!((1..5000).contains(&loads), "{loads} loads");
}
