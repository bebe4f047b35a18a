//! Unloads (`tests/guest/unload.sh`): exact sums, the delay of an exit function where it belongs, and why the
//! kernel refused.

use kmodtrace_tests::per_kernel;
use kmodtrace_tests::vm::{Results, none_of};
use serde_json::Value;

per_kernel!(
    "unload",
    [
        v5_10 = "5.10",
        v6_1 = "6.1",
        v6_12 = "6.12",
        v6_18 = "6.18",
        newest = "newest"
    ],
    [
        sums_are_exact,
        phases_are_told_apart,
        refusals_are_explained,
        an_exit_function_shows,
    ]
);

/// The phases of an unload that succeeds, on every kernel.
const PHASES: [&str; 5] = ["check+exit", "going", "sysfs", "rcu", "free"];
/// What the exit function of the second unload of `kt_exit` spins, ns.
const SPIN: i64 = 150_000_000;

/// The unloads of a module, in order.
fn unloads(results: &Results, module: &str) -> Vec<Value> {
    let output = results.output("unload.json");
    let of_module = output.unloads.into_iter();
    of_module
        .filter(|unload| unload["module"] == module)
        .collect()
}

fn phases(unload: &Value) -> Vec<(String, i64)> {
    let phases = unload["phases"].as_array().expect("phases");
    let phase = |phase: &Value| {
        let name = phase["name"].as_str().expect("a name").to_owned();
        (name, phase["duration_ns"].as_i64().expect("a duration"))
    };
    phases.iter().map(phase).collect()
}

/// True where the project's own modules are built.
fn own_modules(results: &Results) -> bool {
    results.kernel() != "6.18"
}

fn sums_are_exact(results: &Results) {
    let output = results.output("unload.json");
    let expected = if own_modules(results) { 6 } else { 3 };
    assert_eq!(output.unloads.len(), expected, "unloads");
    let mut wrong = Vec::new();
    for unload in &output.unloads {
        let phases: i64 = phases(unload).iter().map(|(_, duration)| duration).sum();
        let rest = unload["unattributed_ns"].as_i64().expect("a number");
        let total = unload["total_ns"].as_i64().expect("a number");
        if phases + rest != total || rest != 0 || unload["complete"] != true {
            wrong.push(format!(
                "{}: {phases} + {rest} of {total}",
                unload["module"]
            ));
        }
    }
    none_of(&wrong);
}

fn phases_are_told_apart(results: &Results) {
    let unloads = unloads(results, "nf_tables");
    assert_eq!(unloads.len(), 1);
    let names: Vec<_> = phases(&unloads[0])
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, PHASES);
    let freed = unloads[0]["freed_bytes"].as_u64().expect("a number");
    let output = results.output("unload.json");
    let load = output
        .loads
        .iter()
        .find(|load| load.module.as_deref() == Some("nf_tables"));
    assert!(
        load.is_some_and(kmodtrace_tests::vm::Load::succeeded),
        "nf_tables was loaded"
    );
    assert!(freed > 200_000, "{freed} bytes freed");
}

fn refusals_are_explained(results: &Results) {
    let refused = |module: &str, name: &str, meaning: &str| {
        let unloads = unloads(results, module);
        assert_eq!(unloads.len(), 1, "{module}");
        let result = &unloads[0]["result"];
        assert_eq!(result["name"], name, "{module}");
        let said = result["explanation"]["meaning"].as_str().unwrap_or("");
        assert!(said.contains(meaning), "{module}: {said}");
        assert_eq!(phases(&unloads[0])[0].0, "check", "{module}");
        unloads[0].clone()
    };
    let (module, user) = if own_modules(results) {
        ("kt_export", "kt_user")
    } else {
        ("nft_reject", "nft_reject_ipv4")
    };
    let used = refused(module, "EAGAIN", "other modules use it");
    assert_eq!(used["held_by"]["used_by"][0], user);
    assert_eq!(used["result"]["explanation"]["culprits"][0], user);
    refused("no_such_module", "ENOENT", "no module of this name");
    if own_modules(results) {
        refused("kt_noexit", "EBUSY", "no exit function");
    }
}

fn an_exit_function_shows(results: &Results) {
    if !own_modules(results) {
        // 6.18 runs packaged modules only: there is none whose exit function takes a known time.
        assert!(unloads(results, "kt_exit").is_empty());
        return;
    }
    let unloads = unloads(results, "kt_exit");
    assert_eq!(unloads.len(), 2);
    let first = |unload: &Value| phases(unload)[0].clone();
    let (short, long) = (first(&unloads[0]), first(&unloads[1]));
    assert_eq!((short.0.as_str(), long.0.as_str()), (PHASES[0], PHASES[0]));
    assert!(long.1 >= SPIN, "{} ns", long.1);
    assert!(short.1 < SPIN, "{} ns", short.1);
}
