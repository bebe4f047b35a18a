//! Many loads at once (`tests/guest/storm.sh`): exactly one record for each, with its names, sizes,
//! parameters, result and times, and nothing lost.

use std::collections::BTreeMap;

use kmodtrace_tests::per_kernel;
use kmodtrace_tests::vm::facts::LogLine;
use kmodtrace_tests::vm::{Load, Results, none_of};

per_kernel!(
    "storm",
    [
        v5_10 = "5.10",
        v6_1 = "6.1",
        v6_12 = "6.12",
        newest = "newest"
    ],
    [
        sums_are_exact,
        nearly_all_is_complete,
        every_load_has_its_record,
        no_phase_is_missing_unsaid,
        every_log_line_is_at_its_load,
    ]
);

/// A line of `storm.tsv`: what a process did.
struct Done {
    pid: u32,
    tid: u32,
    module: String,
    bytes: u64,
    syscall: String,
    params: String,
    errno: i32,
    start_ns: u64,
    end_ns: u64,
    twin: bool,
}

fn done(row: &[String]) -> Option<Done> {
    let [
        pid,
        tid,
        module,
        bytes,
        syscall,
        params,
        errno,
        start,
        end,
        twin,
    ] = row
    else {
        return None;
    };
    Some(Done {
        pid: pid.parse().ok()?,
        tid: tid.parse().ok()?,
        module: module.clone(),
        bytes: bytes.parse().ok()?,
        syscall: syscall.clone(),
        params: params.clone(),
        errno: errno.parse().ok()?,
        start_ns: start.parse().ok()?,
        end_ns: end.parse().ok()?,
        twin: twin == "1",
    })
}

/// Of a hundred loads, this many may be incomplete on a kernel that preempts, as the newest does: while a
/// task that was preempted in a BPF trampoline's program waits for its CPU, the kernel passes the program
/// over for others. That must be told, and concern the ends of calls inside a load at most.
const INCOMPLETE: usize = 5;

fn sums_are_exact(results: &Results) {
    let output = results.output("storm.json");
    let wrong: Vec<_> = output.loads.iter().flat_map(Load::wrong_sums).collect();
    none_of(&wrong);
}

fn nearly_all_is_complete(results: &Results) {
    let output = results.output("storm.json");
    let incomplete = output.loads.iter().filter(|load| !load.complete);
    let count = incomplete.clone().count();
    let most = match results.kernel() {
        "newest" => output.loads.len() * INCOMPLETE / 100,
        _ => 0,
    };
    results.keep_figures("complete", &format!("{count} incomplete"));
    let told: Vec<_> = incomplete.map(Load::phase_line).collect();
    assert!(count <= most, "{count} incomplete:\n{}", told.join("\n"));
    let lost: u64 = output.loads.iter().map(|load| load.lost_events).sum();
    assert_eq!(lost, 0);
}

fn every_load_has_its_record(results: &Results) {
    let output = results.output("storm.json");
    let rows = results.table("storm.tsv");
    let log: Vec<Done> = rows
        .iter()
        .map(|row| done(row).unwrap_or_else(|| panic!("{row:?} in storm.tsv")))
        .collect();
    let mut wrong = Vec::new();
    for done in &log {
        // A thread loads one after the other, so its id and the time tell the load.
        let mut records = output.loads.iter().filter(|load| {
            load.tid == done.tid && done.start_ns <= load.start_ns && load.start_ns <= done.end_ns
        });
        match (records.next(), records.next()) {
            (Some(load), None) => wrong.extend(differences(done, load)),
            (None, _) => wrong.push(format!("{} {}: no record", done.module, done.params)),
            (Some(_), Some(_)) => wrong.push(format!("{} {}: two", done.module, done.params)),
        }
    }
    if output.loads.len() != log.len() {
        wrong.push(format!(
            "{} records of {} loads",
            output.loads.len(),
            log.len()
        ));
    }
    let failed = log.iter().filter(|done| done.errno != 0).count();
    let twins = log.iter().filter(|done| done.twin).count();
    results.keep_figures(
        "storm",
        &format!(
            "{} records of {} loads, {twins} of them in pairs, {failed} failed",
            output.loads.len(),
            log.len()
        ),
    );
    none_of(&wrong);
}

/// What a record says otherwise than the process that made the load.
fn differences(done: &Done, load: &Load) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut compare = |what: &str, seen: String, wanted: String| {
        if seen != wanted {
            wrong.push(format!(
                "{} {}: {what} {seen}, not {wanted}: {}",
                done.module,
                done.params,
                load.phase_line()
            ));
        }
    };
    // One that only waits for another load of the same file never looks into it.
    let waited_only = load.phase("signature").is_none();
    let module = Some(done.module.clone());
    if !waited_only || load.module.is_some() {
        compare(
            "module",
            format!("{:?}", load.module),
            format!("{module:?}"),
        );
    }
    let file = module.map(|module| format!("{module}.ko"));
    let file = file.filter(|_| done.syscall == "finit_module");
    if !waited_only || load.file.is_some() {
        compare("file", format!("{:?}", load.file), format!("{file:?}"));
    }
    if !waited_only {
        let bytes = format!("{:?}", Some(done.bytes));
        compare("image size", format!("{:?}", load.image_bytes), bytes);
    }
    compare("pid", load.pid.to_string(), done.pid.to_string());
    compare("syscall", load.syscall.clone(), done.syscall.clone());
    compare(
        "params",
        format!("{:?}", load.params),
        format!("{:?}", Some(&done.params)),
    );
    compare(
        "result",
        format!("{:?}", load.result.errno),
        format!("{:?}", Some(done.errno)),
    );
    compare("comm", load.comm.clone(), "storm".to_owned());
    let inside = load.end_ns() <= done.end_ns;
    compare("inside its call", inside.to_string(), true.to_string());
    wrong
}

/// Modules of one make pass through the same phases, but for waits: a probe that was passed over in
/// one of them would show.
fn no_phase_is_missing_unsaid(results: &Results) {
    let output = results.output("storm.json");
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    let whole = |load: &&Load| load.succeeded() && load.complete && load.phase("init").is_some();
    for load in output.loads.iter().filter(whole) {
        let line = load.phase_line();
        let phases: Vec<_> = line.split(' ').filter(|name| *name != "wait").collect();
        *lines.entry(phases.join(" ")).or_default() += 1;
    }
    let told: Vec<_> = lines
        .iter()
        .map(|(line, count)| format!("{count} loads: {line}"))
        .collect();
    assert_eq!(told.len(), 1, "{}", told.join("\n"));
}

/// Each module logs its parameter from its init function: up to eight loads at a time, each with its own line.
fn every_log_line_is_at_its_load(results: &Results) {
    let output = results.output("storm.json");
    let mut wrong = Vec::new();
    let mut lines = 0;
    for load in &output.loads {
        let own = |line: &&LogLine| line.text.starts_with("kt_c") && line.text.contains(": id=");
        let told: Vec<_> = load.log.iter().filter(own).collect();
        lines += told.len();
        let ran = load.phase("init").is_some();
        let wanted = match (&load.module, &load.params) {
            (Some(module), Some(params)) if ran => vec![format!("{module}: {params}")],
            _ => Vec::new(),
        };
        let texts: Vec<_> = told.iter().map(|line| line.text.clone()).collect();
        if texts != wanted || told.iter().any(|line| line.probable) {
            wrong.push(format!("{}: {texts:?}, not {wanted:?}", load.label()));
        }
    }
    none_of(&wrong);
    assert!(lines > output.loads.len() / 2, "{lines} lines");
}
