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

/// Programs that run inside loads only, on every kernel of the matrix.
const INSIDE: [&str; 8] = [
    "k_load_module",
    "k_module_frob_arch_sections",
    "k_resolve_symbol",
    "k_apply_relocate",
    "k_parse_args",
    "k_mod_sysfs_setup",
    "k_do_init_module",
    "t_initcall_finish",
];
/// Those that run behind the end of a load, in unloads, and in any task, by what their names hold.
const ELSEWHERE: [&str; 8] = [
    "x_sys_",
    "r_sys_",
    "e_sys_",
    "delete_module",
    "free_module",
    "synchronize_rcu",
    "t_sched_",
    "do_free_init",
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
        assert!(overhead.hits >= Some(20), "load {nth}: {overhead:?}");
        let ns = overhead.ns.expect("a time");
        assert!(0 < ns && ns < load.total_ns, "load {nth}: {overhead:?}");
    }
}

fn the_others_are_told_by_them(results: &Results) {
    let output = results.output("without.json");
    let of = |measured: bool| {
        let loads = output.loads.iter().map(|load| &load.overhead);
        let loads = loads.filter(move |overhead| overhead.measured == measured);
        loads.filter_map(|overhead| overhead.ns?.checked_div(overhead.hits?))
    };
    let (least, most) = (of(true).min(), of(true).max());
    assert!(of(false).count() > 20);
    for told in of(false) {
        assert!(least <= Some(told) && Some(told) <= most, "{told} ns a hit");
    }
    let each = output.loads.iter().map(|load| &load.overhead);
    let hits: u64 = each.clone().filter_map(|overhead| overhead.hits).sum();
    let ns: u64 = each.filter_map(|overhead| overhead.ns).sum();
    let all = &summary(&output)["overhead"];
    assert_eq!((number(&all["hits"]), number(&all["ns"])), (hits, ns));
    assert_eq!(all["measured"], false);
}

fn the_kernel_agrees(results: &Results) {
    let output = results.output("with.json");
    let loads = u64::try_from(output.loads.len()).expect("few");
    assert_eq!(loads, 4);
    let programs = summary(&output)["programs"].as_array().expect("programs");
    let name = |program: &Value| program["name"].as_str().expect("a name").to_owned();
    let sums = |wanted: &dyn Fn(&str) -> bool| {
        let wanted = programs.iter().filter(|program| wanted(&name(program)));
        wanted.fold((0, 0), |(runs, ns), program| {
            (runs + number(&program["runs"]), ns + number(&program["ns"]))
        })
    };
    for program in ["k_load_module", "k_do_init_module"] {
        assert_eq!(sums(&|name| name == program).0, loads, "{program}");
    }
    for inside in INSIDE {
        assert!(sums(&|name| name == inside).0 >= loads, "{inside}");
    }
    let (least_runs, inside_ns) = sums(&|name| INSIDE.contains(&name));
    // One of them may have been interrupted in front of what it measures itself.
    let each = INSIDE.map(|inside| sums(&|name| name == inside).1);
    let least_ns = inside_ns - each.into_iter().max().unwrap_or(0);
    let (most_runs, most_ns) = sums(&|name| !ELSEWHERE.iter().any(|part| name.contains(part)));
    let each = output.loads.iter().map(|load| load.overhead);
    let hits: u64 = each.clone().filter_map(|overhead| overhead.hits).sum();
    let ns: u64 = each.filter_map(|overhead| overhead.ns).sum();
    results.keep_figures(
        "overhead",
        &format!(
            "told {ns} ns in {hits} hits, by the kernel {least_ns} to {most_ns} ns in {least_runs} to {most_runs} runs"
        ),
    );
    assert!(least_runs < hits && hits <= most_runs, "{hits} hits");
    // The kernel's time of a program begins before the program's own and ends behind it.
    assert!(least_ns / 2 < ns && ns <= most_ns, "{ns} ns");
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
