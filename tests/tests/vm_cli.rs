//! How `kmodtrace run` begins, ends and filters (`tests/guest/cli.sh`).

use kmodtrace_tests::per_kernel;
use kmodtrace_tests::vm::{Results, none_of};
use serde_json::Value;

per_kernel!(
    "cli",
    [v6_12 = "6.12"],
    [
        the_commands_exit_code_is_passed_on,
        no_load_is_said,
        filters_choose_loads,
        runs_end_by_themselves,
        loads_of_others_are_told,
        a_reader_may_go_away,
        interrupts_end_with_a_summary,
        a_verbose_report_replays_the_run,
        ledgers_are_exact,
    ]
);

fn status(results: &Results, name: &str) -> u64 {
    results.number(&format!("{name}.status"))
}

/// The modules of a case's records, in order.
fn modules(results: &Results, name: &str) -> Vec<String> {
    let output = results.output(&format!("{name}.out"));
    let module = |load: &kmodtrace_tests::vm::Load| load.module.clone().unwrap_or_default();
    output.loads.iter().map(module).collect()
}

fn the_commands_exit_code_is_passed_on(results: &Results) {
    assert_eq!(status(results, "exit-code"), 7);
    assert_eq!(status(results, "descendant"), 128 + 9);
    assert_eq!(status(results, "no-command"), 127);
    let said = results.text("no-command.err");
    assert!(said.contains("/nonexistent/command"), "{said}");
}

fn no_load_is_said(results: &Results) {
    assert_eq!(results.text("exit-code.out"), "");
    let said = results.text("exit-code.err");
    assert!(said.contains("no load"), "{said}");
}

fn filters_choose_loads(results: &Results) {
    assert_eq!(modules(results, "module"), ["kt_nop", "kt_noinit"]);
    assert_eq!(modules(results, "comm"), ["dummy"]);
    assert_eq!(modules(results, "first"), ["kt_nop", "kt_noinit"]);
    for name in ["module", "comm", "first"] {
        assert_eq!(status(results, name), 0, "{name}");
    }
}

fn runs_end_by_themselves(results: &Results) {
    assert_eq!(modules(results, "pid"), ["kt_nop"]);
    let pid = results.number("pid.pid");
    let loads = results.output("pid.out").loads;
    assert_eq!(u64::from(loads[0].pid), pid);
    assert_eq!(status(results, "pid"), 0);
    assert_eq!(status(results, "duration"), 0);
    let seconds = results.number("duration.seconds");
    assert!((2..15).contains(&seconds), "--duration 2s took {seconds} s");
}

fn loads_of_others_are_told(results: &Results) {
    let loads = results.output("descendant.out").loads;
    let told: Vec<_> = loads
        .iter()
        .map(|load| (load.module.as_deref(), load.descendant))
        .collect();
    assert_eq!(told, [(Some("kt_noinit"), false), (Some("kt_nop"), true)]);
}

fn a_reader_may_go_away(results: &Results) {
    assert_eq!(results.text("pipe.out").lines().count(), 1);
    let said = results.text("pipe.err");
    for word in ["panic", "roken pipe"] {
        assert!(!said.contains(word), "{said}");
    }
}

fn interrupts_end_with_a_summary(results: &Results) {
    assert_eq!(modules(results, "interrupt"), ["kt_nop"]);
    let output = results.output("interrupt.out");
    let [summary] = output.summaries.as_slice() else {
        panic!("{} summaries", output.summaries.len());
    };
    assert_eq!(summary["loads"], 1);
    let in_flight = &summary["in_flight"];
    assert_eq!(in_flight[0]["module"], "kt_delay", "{in_flight}");
    assert_eq!(in_flight[1], Value::Null, "{in_flight}");
    for name in ["interrupt", "twice"] {
        let code = status(results, name);
        assert!([0, 130, 143].contains(&code), "{name}: {code}");
    }
}

fn a_verbose_report_replays_the_run(results: &Results) {
    let (live, report) = (
        results.text("verbose.out"),
        results.text("verbose-report.out"),
    );
    assert!(live.contains("kt_noinit"), "{live}");
    assert_eq!(live, report);
}

fn ledgers_are_exact(results: &Results) {
    let names = ["module", "comm", "first", "pid", "descendant", "interrupt"];
    let wrong: Vec<String> = names
        .iter()
        .flat_map(|name| results.output(&format!("{name}.out")).wrong())
        .collect();
    none_of(&wrong);
}
