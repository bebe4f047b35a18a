//! How `kmodtrace run` begins, ends and filters (`tests/guest/cli.sh`).

use std::collections::BTreeMap;

use kmodtrace::{
    source::{Source as _, recorded::Recorded},
    trace::{Frame, frame::encode},
};
use kmodtrace_tests::vm::{Results, none_of};
use kmodtrace_tests::{leaks, per_kernel, schemas::Schemas};
use serde_json::Value;

per_kernel!(
    "cli",
    [v6_12 = "6.12"],
    [
        the_commands_exit_code_is_passed_on,
        what_cannot_be_done_is_said,
        no_load_is_said,
        a_command_without_loads_of_its_own_is_told,
        nothing_acts_on_the_terminal,
        what_began_before_the_run_is_no_loss,
        filters_choose_loads,
        runs_end_by_themselves,
        loads_of_others_are_told,
        a_reader_may_go_away,
        interrupts_end_with_a_summary,
        a_verbose_report_replays_the_run,
        exports_of_a_run_are_those_of_its_recording,
        a_redacted_run_tells_no_addresses,
        a_redacted_recording_holds_none,
        maps_are_the_kernels,
        a_file_is_lined_up_with_its_load,
        lines_fit_their_schemas,
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
    assert_eq!(status(results, "not-executable"), 126);
    assert_eq!(status(results, "usage"), 125);
    let said = results.text("no-command.err");
    assert!(said.contains("/nonexistent/command"), "{said}");
}

fn what_cannot_be_done_is_said(results: &Results) {
    assert_eq!(status(results, "user"), 3);
    let said = results.text("user.err");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("root"), "{said}");
    assert_eq!(status(results, "dry-run"), 0);
    let plan: Value = serde_json::from_str(&results.text("dry-run.out")).expect("a plan");
    assert_eq!(plan["schema"], "kmodtrace.plan/1");
    assert_eq!(Schemas::published().wrong(&plan), Vec::<String>::new());
    let probes = plan["probes"].as_array().expect("a list");
    assert!(probes.len() > 20, "{} probes", probes.len());
}

/// The summary of a case with `--json`.
fn summary(results: &Results, name: &str) -> Value {
    let mut summaries = results.output(&format!("{name}.out")).summaries;
    assert_eq!(summaries.len(), 1, "{name}");
    summaries.remove(0)
}

fn a_command_without_loads_of_its_own_is_told(results: &Results) {
    let others = summary(results, "others");
    assert_eq!(others["by_command"], 0, "{others}");
    assert_eq!(modules(results, "others"), ["kt_noinit"]);
    assert_eq!(summary(results, "descendant")["by_command"], 1);
    assert_eq!(results.text("filtered.out"), "");
    let said = results.text("filtered.err");
    assert!(said.contains("1 load was passed over"), "{said}");
    assert!(!said.contains("loaded already"), "{said}");
}

fn nothing_acts_on_the_terminal(results: &Results) {
    for name in [
        "hostile.out",
        "hostile.err",
        "hostile-brief.out",
        "hostile-json.out",
        "hostile-command.err",
    ] {
        let text = results.text(name);
        let acts = |c: char| c.is_control() && c != '\n';
        assert!(!text.contains(acts), "{name}: {text:?}");
    }
    for name in ["hostile.out", "hostile-command.err"] {
        assert!(results.text(name).contains("\\x1b[31m"), "{name}");
    }
    let load = &results.output("hostile-json.out").loads[0];
    assert_eq!(
        load.file.as_deref(),
        Some("kt\u{1b}[31m\nü\u{1b}]0;x\u{7}.ko")
    );
    assert_eq!(load.params.as_deref(), Some("str=\u{1b}[2J\\xff"));
    assert_eq!(status(results, "hostile-command"), 127);
}

fn what_began_before_the_run_is_no_loss(results: &Results) {
    let loads = results.number("busy.loads");
    assert!(loads > 3, "{loads} loads while the probes were attached");
    // The one that is on its way to load_module at that very moment may be.
    let untracked = &summary(results, "busy")["losses"]["untracked_loads"];
    assert!(untracked.as_u64().is_some_and(|n| n <= 1), "{untracked}");
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
    // From `ready` to the end, detaching included.
    let took = results.number("duration.hundredths");
    assert!(
        (200..1500).contains(&took),
        "--duration 3s took {took} / 100 s"
    );
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

fn exports_of_a_run_are_those_of_its_recording(results: &Results) {
    let same = results.text("live.same");
    let same: Vec<_> = same.lines().collect();
    assert_eq!(same, ["perfetto", "chrome", "json", "csv", "csv-phases"]);
    assert_eq!(status(results, "live"), 0);
    // An export that cannot be written does not end the run.
    assert_eq!(modules(results, "live-full"), ["kt_nop"]);
    let said = results.text("live-full.err");
    assert!(said.contains("cannot write /dev/full"), "{said}");
}

fn a_verbose_report_replays_the_run(results: &Results) {
    let (live, report) = (
        results.text("verbose.out"),
        results.text("verbose-report.out"),
    );
    assert!(live.contains("kt_noinit"), "{live}");
    assert_eq!(live, report);
}

fn a_redacted_run_tells_no_addresses(results: &Results) {
    // The same is told with them otherwise.
    assert!(leaks::in_text(&results.bytes("verbose.out")).len() > 5);
    assert!(leaks::in_text(&results.bytes("addresses")).len() >= 2);
    for name in [
        "redacted",
        "redacted-report",
        "redacted-json",
        "redacted-later",
    ] {
        assert_eq!(status(results, name), 0, "{name}");
        for stream in ["out", "err"] {
            let found = leaks::in_text(&results.bytes(&format!("{name}.{stream}")));
            assert!(found.is_empty(), "{name}.{stream}: {found:?}");
        }
    }
    let live = results.text("redacted.out");
    for part in [
        "kt_params",
        "nf_tables",
        "r-x",
        "_printk",
        "str=0x0000000000000000",
    ] {
        assert!(live.contains(part), "no {part} in {live}");
    }
    assert_eq!(live, results.text("redacted-report.out"));
    assert_eq!(status(results, "redacted-itself"), 2);
}

fn a_redacted_recording_holds_none(results: &Results) {
    let truth = results.text("addresses");
    let words = truth.split([' ', '\n']);
    let addresses = words.map(|word| u64::from_str_radix(word.trim_start_matches("0x"), 16));
    let addresses = addresses.flatten().filter(|&word| leaks::is_address(word));
    let addresses = addresses.collect();
    for name in ["redacted.kmt", "later.kmt"] {
        let bytes = results.bytes(name);
        let mut recorded = Recorded::open(bytes.as_slice()).expect("a recording");
        let mut loads = 0;
        while let Some(frame) = recorded.next().expect("a whole frame") {
            assert!(leaks::in_frame(&frame).is_empty(), "{name}: {frame:?}");
            let mut bytes = Vec::new();
            encode(&frame, &mut bytes).expect("short");
            assert!(leaks::anywhere(&bytes, &addresses).is_empty(), "{name}");
            loads += usize::from(matches!(frame, Frame::Record(_)));
        }
        assert!(loads > 5, "{name}: {loads} records");
    }
}

/// Section names and addresses as the kernel lists them.
fn listed(results: &Results, name: &str) -> Vec<(String, String)> {
    let text = results.text(name);
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    let mut sections: Vec<_> = lines
        .map(|(name, address)| (name.to_owned(), address.to_owned()))
        .collect();
    sections.sort();
    assert!(sections.len() > 20, "{name}: {sections:?}");
    sections
}

/// The one object that a case printed.
fn object(results: &Results, name: &str) -> Value {
    let text = results.text(&format!("{name}.out"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn maps_are_the_kernels(results: &Results) {
    for (name, truth) in [
        ("map-json", "map.truth"),
        ("map-recorded", "map-recorded.truth"),
    ] {
        assert_eq!(status(results, name), 0, "{name}");
        let map = object(results, name);
        let sections = map["sections"].as_array().expect("a list");
        let field = |section: &Value, name: &str| section[name].as_str().map(str::to_owned);
        let told = sections.iter().filter_map(|section| {
            let address = field(section, "address")?;
            let address = address.trim_start_matches("0x");
            Some((field(section, "name")?, format!("0x{address:0>16}")))
        });
        let mut told: Vec<_> = told.collect();
        told.sort();
        assert_eq!(told, listed(results, truth), "{name}");
        let regions = map["regions"].as_array().expect("a list");
        assert!(regions.len() >= 4, "{name}: {regions:?}");
    }
    assert_eq!(status(results, "map"), 0);
    assert!(results.text("map.out").contains("freed after init"));
    let gdb = results.text("map-gdb.out");
    for (name, address) in listed(results, "map.truth") {
        let address = address.trim_start_matches("0x").trim_start_matches('0');
        let argument = format!(" -s {name} 0x{address}");
        let there = gdb.contains(&argument) || name == ".text";
        let left_out = name.starts_with(".init") || name == ".symtab" || name == ".strtab";
        assert_eq!(there, !left_out, "{argument}");
    }
}

fn a_file_is_lined_up_with_its_load(results: &Results) {
    assert_eq!(status(results, "against"), 0);
    let against = object(results, "against")["against"].take();
    assert_eq!(against["matches"], true, "{}", against["differences"]);
    assert_eq!(status(results, "against-other"), 2);
    let against = object(results, "against-other")["against"].take();
    assert_eq!(against["loads"], 0);
}

fn lines_fit_their_schemas(results: &Results) {
    let (schemas, mut counts) = (Schemas::published(), BTreeMap::new());
    for name in [
        "module",
        "comm",
        "first",
        "pid",
        "descendant",
        "others",
        "busy",
        "interrupt",
        "hostile-json",
        "redacted-json",
        "map-json",
        "map-recorded",
        "against",
        "against-other",
    ] {
        schemas.check(&results.bytes(&format!("{name}.out")), &mut counts);
    }
    for kind in ["load", "unload", "update", "summary", "map", "inspect"] {
        let name = format!("kmodtrace.{kind}/1");
        assert!(counts.contains_key(&name), "no {name} in {counts:?}");
    }
}

fn ledgers_are_exact(results: &Results) {
    let names = ["module", "comm", "first", "pid", "descendant", "interrupt"];
    let wrong: Vec<String> = names
        .iter()
        .flat_map(|name| results.output(&format!("{name}.out")).wrong())
        .collect();
    none_of(&wrong);
}
