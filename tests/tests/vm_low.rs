//! `--detail low` (`tests/guest/low.sh`): ledgers that are exact, results that are right, and no function in ftrace's
//! hands where the kernel's code tells how its functions end.

use kmodtrace_tests::per_kernel;
use kmodtrace_tests::vm::{Load, Output, Results, none_of};

per_kernel!(
    "low",
    [
        v5_10 = "5.10",
        v6_1 = "6.1",
        v6_12 = "6.12",
        newest = "newest"
    ],
    [
        sums_are_exact,
        results_are_right,
        phases_are_there,
        nothing_dear_is_recorded,
        ftrace_hooks_nothing,
    ]
);

/// What fails, with which error, and in which phase.
const FAILURES: [(&str, i32, &str); 3] = [
    ("cut", 8, "signature+elf"),
    ("init", 19, "init"),
    ("params", 22, "params"),
];
/// Refused by the system call itself, which nobody sees return here.
const UNSEEN: &str = "short";

fn output(results: &Results) -> Output {
    results.output("low.json")
}

/// The load of a label.
fn load_of<'o>(results: &Results, output: &'o Output, label: &str) -> &'o Load {
    let truth = results.truth();
    let line = truth.iter().find(|truth| truth.label == label);
    let line = line.unwrap_or_else(|| panic!("no load {label}"));
    let loads = output.of_pid(line.pid);
    loads
        .last()
        .unwrap_or_else(|| panic!("no record of {label}"))
}

fn sums_are_exact(results: &Results) {
    let output = output(results);
    let seen = output.loads.iter().filter(|load| load.complete);
    none_of(&seen.flat_map(Load::wrong).collect::<Vec<_>>());
}

fn results_are_right(results: &Results) {
    let output = output(results);
    for label in [
        "file-1", "image-1", "file-2", "image-2", "symbols", "file-3",
    ] {
        let load = load_of(results, &output, label);
        assert!(
            load.succeeded() && load.complete,
            "{label}: {:?}",
            load.result
        );
        let image = label.starts_with("image");
        let syscall = if image { "init_module" } else { "finit_module" };
        assert_eq!(load.syscall, syscall, "{label}");
    }
    for (label, errno, phase) in FAILURES {
        let load = load_of(results, &output, label);
        assert!(load.complete, "{label}");
        assert_eq!(load.result.errno, Some(errno), "{label}");
        assert_eq!(load.result.phase.as_deref(), Some(phase), "{label}");
    }
    let unseen = load_of(results, &output, UNSEEN);
    assert_eq!(unseen.result.name, "UNKNOWN");
    assert!(!unseen.complete);
}

fn phases_are_there(results: &Results) {
    let output = output(results);
    for label in ["file-3", "image-2", "symbols"] {
        let load = load_of(results, &output, label);
        for phase in [
            "read",
            "signature",
            "alloc",
            "relocate",
            "finalize",
            "permissions",
            "coming",
            "params",
            "sysfs",
            "init",
            "live",
        ] {
            assert!(
                load.phase(phase).is_some(),
                "{label} {phase}: {}",
                load.phase_line()
            );
        }
        assert_eq!(load.unattributed_ns, 0, "{label}");
    }
}

fn nothing_dear_is_recorded(results: &Results) {
    let output = output(results);
    assert!(output.unloads.is_empty());
    for load in &output.loads {
        assert!(
            load.sections.is_empty() && load.log.is_empty(),
            "{}",
            load.label()
        );
    }
}

fn ftrace_hooks_nothing(results: &Results) {
    let hooked = results.number("hooked");
    // `finit_module(2)` ends there in a function that must not be probed.
    let most = match results.kernel() {
        "5.10" | "6.1" => 1,
        _ => 0,
    };
    results.keep_figures("hooked", &format!("{hooked} functions in ftrace's hands"));
    assert!(hooked <= most, "{hooked} functions");
}
