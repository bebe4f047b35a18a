//! A load whose task dies in the middle of it (`tests/guest/oops.sh`).

use kmodtrace_tests::per_kernel;
use kmodtrace_tests::vm::{Load, Results, none_of};

per_kernel!(
    "oops",
    [
        v5_10 = "5.10",
        v6_1 = "6.1",
        v6_12 = "6.12",
        newest = "newest"
    ],
    [sums_are_exact, a_load_that_dies_ends_there]
);

fn sums_are_exact(results: &Results) {
    let output = results.output("oops.json");
    let wrong: Vec<_> = output.loads.iter().flat_map(Load::wrong_sums).collect();
    none_of(&wrong);
}

fn a_load_that_dies_ends_there(results: &Results) {
    let output = results.output("oops.json");
    let [load] = &output.loads[..] else {
        panic!("{} loads", output.loads.len());
    };
    assert_eq!(load.module.as_deref(), Some("kt_oops"));
    assert_eq!(load.result.name, "TASK_GONE");
    assert!(!load.complete);
    assert_eq!(load.phases.last().expect("phases").name, "init");
    let line = |beginning: &str| load.log.iter().any(|line| line.text.starts_with(beginning));
    assert!(line("kt_oops: about to fall"), "{:?}", load.log);
    assert!(
        line("BUG: kernel NULL pointer dereference"),
        "{:?}",
        load.log
    );
}
