//! What tracing costs (`tests/guest/overhead.sh`): which loads are measured, what is told of the others, and that both
//! agree with the kernel's own statistics of eBPF programs.

use kmodtrace_common::config::{MEASURED_FIRST, MEASURED_OF};
use kmodtrace_tests::per_kernel;
use kmodtrace_tests::vm::{Output, Results};
use serde_json::Value;

per_kernel!(
    "overhead",
    [
        v5_10 = "5.10",
        v6_1 = "6.1",
        v6_12 = "6.12",
        newest = "newest"
    ],
    [
        some_loads_are_measured,
        the_others_are_told_by_them,
        the_kernel_agrees,
        what_is_not_kept_is_not_told,
    ]
);

/// Programs that run inside loads only.
const INSIDE: [&str; 5] = [
    "k_load_module",
    "k_module_frob_arch_sections",
    "k_apply_relocate",
    "k_mod_sysfs_setup",
    "k_do_init_module",
];

fn summary(output: &Output) -> &Value {
    let summary = output.summaries.last();
    summary.expect("a summary")
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value}"))
}

fn some_loads_are_measured(results: &Results) {
    let output = results.output("without.json");
    assert_eq!(output.loads.len(), 40);
    for (nth, load) in (0u64..).zip(&output.loads) {
        let overhead = &load.overhead;
        let measured = nth < MEASURED_FIRST || nth.is_multiple_of(MEASURED_OF);
        assert_eq!(overhead.measured, measured && load.complete, "load {nth}");
        assert!(overhead.hits >= 20, "load {nth}: {overhead:?}");
        let ns = overhead.ns.expect("a time");
        assert!(0 < ns && ns < load.total_ns, "load {nth}: {overhead:?}");
    }
}

fn the_others_are_told_by_them(results: &Results) {
    let output = results.output("without.json");
    let of = |measured: bool| {
        let loads = output.loads.iter().map(|load| &load.overhead);
        let loads = loads.filter(move |overhead| overhead.measured == measured);
        loads.map(|overhead| number(&overhead.ns.into()) / overhead.hits)
    };
    let (least, most) = (of(true).min(), of(true).max());
    assert!(of(false).count() > 20);
    for told in of(false) {
        assert!(least <= Some(told) && Some(told) <= most, "{told} ns a hit");
    }
    let each = output.loads.iter().map(|load| &load.overhead);
    let sum =
        |of: &dyn Fn(&kmodtrace_tests::vm::Overhead) -> u64| each.clone().map(of).sum::<u64>();
    let all = &summary(&output)["overhead"];
    assert_eq!(number(&all["hits"]), sum(&|overhead| overhead.hits));
    assert_eq!(
        number(&all["ns"]),
        sum(&|overhead| overhead.ns.unwrap_or(0))
    );
    assert_eq!(all["measured"], false);
}

fn the_kernel_agrees(results: &Results) {
    let output = results.output("with.json");
    let loads = u64::try_from(output.loads.len()).expect("few");
    assert_eq!(loads, 4);
    let programs = summary(&output)["programs"].as_array().expect("programs");
    let hits = |name: &str| {
        let mut named = programs.iter().filter(|program| program["name"] == name);
        named.next().map_or(0, |program| number(&program["hits"]))
    };
    assert_eq!(hits("k_load_module"), loads);
    assert_eq!(hits("k_do_init_module"), loads);
    let told: u64 = output
        .loads
        .iter()
        .filter_map(|load| load.overhead.ns)
        .sum();
    let ns = |program: &Value| number(&program["ns"]);
    let all: u64 = programs.iter().map(ns).sum();
    let inside = programs
        .iter()
        .filter(|program| INSIDE.iter().any(|inside| program["name"] == **inside));
    let inside: u64 = inside.map(ns).sum();
    results.keep_figures(
        "overhead",
        &format!("told {told} ns, by the kernel {inside} to {all} ns"),
    );
    // The kernel's time of a program begins before the program's own.
    assert!(told <= all, "told {told} ns, the kernel {all}");
    assert!(
        told >= inside / 2,
        "told {told} ns, the kernel {inside} of some"
    );
}

fn what_is_not_kept_is_not_told(results: &Results) {
    let without = results.output("without.json");
    assert_eq!(summary(&without)["programs"], Value::Null);
    for name in ["without.json", "with.json"] {
        let output = results.output(name);
        let missed = &summary(&output)["losses"]["missed_hits"];
        assert_eq!(
            missed.is_null(),
            results.kernel() == "5.10",
            "{name}: {missed}"
        );
    }
}
