//! Loads of every kind on every kernel (`tests/guest/ledger.sh`): what each record says against what
//! the guest did, whether each ledger adds up, and whether a recording replays as the run printed.

use std::collections::BTreeMap;

use kmodtrace_tests::per_kernel;
use kmodtrace_tests::vm::{Load, Output, Results, Truth, expect, ms, none_of, percent};

per_kernel!(
    "ledger",
    [
        v5_10 = "5.10",
        v6_1 = "6.1",
        v6_12 = "6.12",
        v6_18 = "6.18",
        newest = "newest",
    ],
    [
        every_load_has_its_record,
        sums_are_exact,
        little_is_unattributed,
        phases_are_as_expected,
        init_memory_is_freed,
        retries_and_parents,
        decompression_shows,
        reports_replay_the_run,
        every_way_of_attaching_is_exact,
    ]
);

const ENOENT: i32 = 2;
const ENOEXEC: i32 = 8;
const EEXIST: i32 = 17;
const ENODEV: i32 = 19;
const EINVAL: i32 = 22;
const EOPNOTSUPP: i32 = 95;

/// What a record must say.
struct Expected {
    module: Option<&'static str>,
    errno: i32,
    syscall: &'static str,
    file: Option<String>,
    params: &'static str,
}

fn of_file(module: Option<&'static str>, file: &str, errno: i32) -> Expected {
    Expected {
        module,
        errno,
        syscall: "finit_module",
        file: Some(file.to_owned()),
        params: "",
    }
}

fn of_image(module: Option<&'static str>, errno: i32) -> Expected {
    Expected {
        file: None,
        syscall: "init_module",
        ..of_file(module, "", errno)
    }
}

fn with_params(params: &'static str, expected: Expected) -> Expected {
    Expected { params, ..expected }
}

/// What the records of a label must say, in order of time; `deps` is not among them.
fn expected(results: &Results, label: &str) -> Vec<Expected> {
    let dummy = Some("dummy");
    let packaged = results.text("packaged");
    let packaged = packaged.trim().rsplit('/').next().unwrap_or_default();
    // Linux 6.1 knows the flag for compressed files, but Debian's cannot decompress.
    let not_gzip = match results.kernel() {
        "6.1" => EOPNOTSUPP,
        _ => EINVAL,
    };
    match label {
        "first" => vec![with_params("numdummies=2", of_file(dummy, packaged, 0))],
        "again" => vec![of_file(dummy, packaged, EEXIST)],
        "badparam" => vec![with_params(
            "numdummies=x",
            of_file(dummy, packaged, EINVAL),
        )],
        "plain" => vec![of_file(dummy, "dummy.ko", 0)],
        "exists" => vec![of_file(dummy, "dummy.ko", EEXIST)],
        "cut" => vec![of_file(None, "kt_cut.ko", ENOEXEC)],
        "unknown" => vec![of_file(Some("nft_reject"), "nft_reject.ko", ENOENT)],
        "image" => vec![
            of_file(None, "kt_packed.ko.gz", not_gzip),
            of_file(None, "kt_packed.ko.gz", ENOEXEC),
            of_image(dummy, 0),
        ],
        "cutimage" => vec![of_file(None, "kt_cut.ko", ENOEXEC), of_image(None, ENOEXEC)],
        "enodev" => vec![of_file(Some("kt_enodev"), "kt_enodev.ko", ENODEV)],
        "params" => vec![with_params(
            "num=7 str=\"a b\" arr=1,2",
            of_file(Some("kt_params"), "kt_params.ko", 0),
        )],
        "request" => vec![with_params(
            "name=dummy",
            of_file(Some("kt_request"), "kt_request.ko", 0),
        )],
        other => panic!("unknown label {other}"),
    }
}

fn ledger(results: &Results) -> Output {
    results.output("ledger.json")
}

/// The last record of a label's process: the one that got furthest.
fn load_of<'o>(output: &'o Output, truth: &[Truth], label: &str) -> Option<&'o Load> {
    let truth = truth.iter().find(|truth| truth.label == label)?;
    output.of_pid(truth.pid).last().copied()
}

/// True for a call that is refused before the file is even looked at: on kernels that cannot
/// decompress, the first of busybox's tries.
fn refused_at_once(load: &Load) -> bool {
    load.file.is_none() && load.syscall == "finit_module"
}

fn every_load_has_its_record(results: &Results) {
    let output = ledger(results);
    let mut wrong = Vec::new();
    let mut count = 0;
    for truth in results.truth() {
        let loads = output.of_pid(truth.pid);
        count += loads.len();
        if truth.label == "deps" {
            let mut modules: Vec<_> = loads.iter().filter_map(|l| l.module.clone()).collect();
            modules.sort();
            let deps = results.text("deps");
            if modules != deps.lines().collect::<Vec<_>>() {
                wrong.push(format!("deps: {modules:?} instead of {deps:?}"));
            }
            wrong.extend(loads.iter().filter(|l| !l.succeeded()).map(|l| l.label()));
            continue;
        }
        let expected = expected(results, &truth.label);
        if loads.len() != expected.len() {
            wrong.push(format!(
                "{}: {} records instead of {}",
                truth.label,
                loads.len(),
                expected.len()
            ));
            continue;
        }
        for (load, expected) in loads.iter().zip(&expected) {
            wrong.extend(differences(&truth, load, expected));
        }
    }
    // The module that kt_request asks for is loaded by a process of its own.
    count += usize::from(load_of(&output, &results.truth(), "request").is_some());
    if output.loads.len() != count {
        wrong.push(format!(
            "{} records, {count} belong to loads",
            output.loads.len()
        ));
    }
    none_of(&wrong);
}

/// What a record says otherwise than expected.
fn differences(truth: &Truth, load: &Load, expected: &Expected) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut compare = |what: &str, seen: String, wanted: String| {
        if seen != wanted {
            wrong.push(format!("{}: {what} {seen}, not {wanted}", truth.label));
        }
    };
    let show = |text: Option<&str>| format!("{text:?}");
    compare(
        "module",
        show(load.module.as_deref()),
        show(expected.module),
    );
    compare(
        "result",
        format!("{:?}", load.result.errno),
        format!("{:?}", Some(expected.errno)),
    );
    compare("syscall", load.syscall.clone(), expected.syscall.to_owned());
    if !refused_at_once(load) {
        compare(
            "file",
            show(load.file.as_deref()),
            show(expected.file.as_deref()),
        );
        // The script notes the size of what is loaded in the end.
        let size = match load.syscall.as_str() {
            "init_module" => load.image_bytes,
            _ if truth.label == "image" => truth.bytes,
            _ => load.file_bytes,
        };
        compare("size", format!("{size:?}"), format!("{:?}", truth.bytes));
    }
    compare(
        "params",
        show(load.params.as_deref()),
        show(Some(expected.params)),
    );
    let comm = truth.command.split(' ').next().unwrap_or_default();
    let comm = comm.rsplit('/').next().unwrap_or_default();
    compare("comm", load.comm.clone(), comm.to_owned());
    compare("tid", load.tid.to_string(), load.pid.to_string());
    compare("descendant", load.descendant.to_string(), true.to_string());
    let last = load.syscall == "init_module" || truth.label != "image";
    if last && load.succeeded() != (truth.status == 0) {
        wrong.push(format!("{}: exit status {}", truth.label, truth.status));
    }
    wrong
}

fn sums_are_exact(results: &Results) {
    none_of(&ledger(results).wrong());
}

fn little_is_unattributed(results: &Results) {
    let (output, truth) = (ledger(results), results.truth());
    let mut wrong = Vec::new();
    for load in output.loads.iter().filter(|load| load.succeeded()) {
        let share = percent(load.unattributed_ns, load.total_ns);
        if share >= 1.0 {
            wrong.push(format!("{}: {share:.2} % unattributed", load.label()));
        }
    }
    let mut figures = Vec::new();
    let nf_tables = |load: &&Load| load.module.as_deref() == Some("nf_tables");
    for (name, load) in [
        ("first dummy", load_of(&output, &truth, "first")),
        ("dummy", load_of(&output, &truth, "plain")),
        ("nf_tables", output.loads.iter().find(nf_tables)),
    ] {
        if let Some(load) = load {
            figures.push(format!(
                "{name} {:.1} ms, {:.2} % unattributed, {:.1} % inferred",
                ms(load.total_ns),
                percent(load.unattributed_ns, load.total_ns),
                percent(load.inferred_ns, load.total_ns)
            ));
        }
    }
    results.keep_figures("shares", &figures.join("; "));
    none_of(&wrong);
}

fn phases_are_as_expected(results: &Results) {
    let (output, truth) = (ledger(results), results.truth());
    let labels = [
        "first", "again", "badparam", "plain", "exists", "cut", "unknown", "image", "enodev",
    ];
    let seen: BTreeMap<String, String> = labels
        .iter()
        .filter_map(|&label| {
            let load = load_of(&output, &truth, label)?;
            Some((label.to_owned(), load.phase_line()))
        })
        .collect();
    expect::phases(results.kernel(), &seen);
}

fn init_memory_is_freed(results: &Results) {
    let output = ledger(results);
    let mut wrong = Vec::new();
    for load in output.loads.iter().filter(|load| load.succeeded()) {
        let mut freed = output
            .updates
            .iter()
            .filter(|update| update.id == load.id && update.kind == "free_init");
        match (freed.next(), freed.next()) {
            (Some(update), None) => {
                if update.kind != "free_init" || update.time_ns < load.end_ns() {
                    wrong.push(format!("{}: {update:?}", load.label()));
                }
            }
            (None, _) => wrong.push(format!("{}: no update", load.label())),
            (Some(_), Some(_)) => wrong.push(format!("{}: two updates", load.label())),
        }
    }
    none_of(&wrong);
}

fn retries_and_parents(results: &Results) {
    let (output, truth) = (ledger(results), results.truth());
    let mut wrong = Vec::new();
    for load in &output.loads {
        let line = truth.iter().find(|truth| truth.pid == load.pid);
        let label = line.map_or("requested", |truth| truth.label.as_str());
        let second = matches!(label, "image" | "cutimage") && load.syscall == "init_module";
        let mut before = output.of_pid(load.pid);
        before.retain(|other| other.start_ns < load.start_ns);
        let retried = before.last().filter(|_| second).map(|load| &load.id);
        if load.retry_of.as_ref() != retried {
            wrong.push(format!(
                "{label}: retry of {:?}, not {retried:?}",
                load.retry_of
            ));
        }
        if label != "requested" {
            if let Some(parent) = &load.parent {
                wrong.push(format!("{label}: has a parent, {parent:?}"));
            }
            continue;
        }
        let Some(parent) = load_of(&output, &truth, "request") else {
            wrong.push(format!("{}: by nobody", load.label()));
            continue;
        };
        match &load.parent {
            Some(link) if link.id == parent.id && !link.probable => {}
            link => wrong.push(format!("{label}: parent {link:?}, not {}", parent.id)),
        }
        let init = parent.phase("init").expect("kt_request has an init");
        let inside =
            init.start_ns <= load.start_ns && load.end_ns() <= init.start_ns + init.duration_ns;
        if load.module.as_deref() != Some("dummy") || !load.succeeded() || !inside {
            wrong.push(format!("{}: not inside its parent's init", load.label()));
        }
    }
    none_of(&wrong);
}

fn decompression_shows(results: &Results) {
    let mut wrong = Vec::new();
    for load in ledger(results).loads.iter().filter(|load| load.succeeded()) {
        let packed = load
            .file
            .as_deref()
            .is_some_and(|file| file.ends_with(".xz"));
        let shows = load.phase("decompress").is_some();
        if packed != shows {
            wrong.push(format!("{}: {}", load.label(), load.phase_line()));
        }
    }
    none_of(&wrong);
}

fn reports_replay_the_run(results: &Results) {
    let mut wrong = Vec::new();
    for (live, report) in [
        ("ledger.json", "ledger.report"),
        ("kprobe.live", "kprobe.report"),
        ("fentry.live", "fentry.report"),
    ] {
        let (printed, replayed) = (results.bytes(live), results.bytes(report));
        if printed.is_empty() || printed != replayed {
            wrong.push(format!(
                "{live} has {} bytes, {report} {}, or others",
                printed.len(),
                replayed.len()
            ));
        }
    }
    none_of(&wrong);
}

fn every_way_of_attaching_is_exact(results: &Results) {
    let (auto, truth) = (ledger(results), results.truth());
    let usual = load_of(&auto, &truth, "first").map(Load::phase_line);
    let mut wrong = Vec::new();
    for (way, trampolines) in [("kprobe", false), ("fentry", true)] {
        let output = results.output(&format!("{way}.json"));
        wrong.extend(output.wrong());
        let [load, cut] = output.loads.as_slice() else {
            wrong.push(format!("{way}: {} records", output.loads.len()));
            continue;
        };
        if !load.succeeded() || load.module.as_deref() != Some("dummy") {
            wrong.push(format!("{way}: {}", load.label()));
        }
        if cut.result.errno != Some(ENOEXEC) {
            wrong.push(format!("{way}: {}", cut.label()));
        }
        let line = load.phase_line();
        if usual.as_ref() != Some(&line) {
            wrong.push(format!("{way}: {line}"));
        }
        let used = results.number(&format!("{way}.trampolines")) > 0;
        if used != trampolines {
            wrong.push(format!("{way}: BPF trampolines: {used}"));
        }
    }
    none_of(&wrong);
}
