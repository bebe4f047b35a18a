//! Loads that the kernel refuses (`tests/guest/failures.sh`): the error that the loader got, the phase, the cause,
//! what is to blame, the kernel's own words.

use std::{collections::BTreeMap, env, fs, path::Path, sync::Mutex};

use kmodtrace_tests::failures::{FAILURES, LOADED, Told, expected};
use kmodtrace_tests::per_kernel;
use kmodtrace_tests::vm::{Load, Output, Results, none_of};
use toml::Table;

per_kernel!(
    "failures",
    [
        v5_10 = "5.10",
        v6_1 = "6.1",
        v6_12 = "6.12",
        v6_18 = "6.18",
        newest = "newest"
    ],
    [
        errors_are_those_that_loaders_got,
        causes_are_right,
        everything_told_is_as_expected,
        the_log_is_there,
        providers_are_named,
        what_loads_is_no_failure,
        sums_are_exact,
        blocks_say_it,
    ]
);

/// "Interrupted system call", as a program gets it, and inside of the kernel.
const EINTR: i32 = 4;
const ERESTARTSYS: i32 = 512;

/// Failures that take the project's own modules, which are not built for 6.18.
const OWN: &[&str] = &[
    "long-value",
    "enodev",
    "einval",
    "eexist",
    "enoent",
    "interrupted",
    "killed",
    "loses-twin",
    "loses-kt_fail",
    "ns",
    "positive",
    "long",
    "longer",
    "fails-twin",
    "fails-kt_fail",
];
/// Those that take CRCs of symbols, which Debian's kernels from 6.18 on do not have.
const VERSIONS: &[&str] = &["layout-crc", "symbol-crc", "no-crcs"];

/// Whether a load of this label can be made on the kernel.
fn possible(results: &Results, label: &str) -> bool {
    let kernel = results.kernel();
    !(kernel == "6.18" && OWN.contains(&label)
        || matches!(kernel, "6.18" | "newest") && VERSIONS.contains(&label))
}

/// The cause that is to be told of a failure: kernels differ in what they say.
fn cause(kernel: &str, label: &str) -> &'static str {
    match (kernel, label) {
        // The kernel says nothing, and there is no file to look at.
        ("5.10", "cut-image") => "bad_format",
        // No flag for compressed files, or nothing that could decompress them.
        ("5.10" | "6.1", "not-packed") => "bad_flags",
        // It tells whether the area or the memory was at an end.
        ("5.10" | "6.1", "area-full") => "module_area_full",
        _ => {
            let failure = FAILURES.iter().find(|failure| failure.label == label);
            failure.map_or("?", |failure| failure.cause)
        }
    }
}

/// Each load of the script: its label, the error that its loader got (`None` if it was killed), its record.
fn loads(results: &Results) -> Vec<(String, Option<i32>, Load)> {
    let output = output(results);
    let rows = results.table("failures.tsv").into_iter();
    rows.map(|row| {
        let [label, pid, error] = row.as_slice() else {
            panic!("{row:?} in failures.tsv");
        };
        let pid = pid.parse().expect("a process");
        let of_pid = output.of_pid(pid);
        let [load] = of_pid.as_slice() else {
            panic!("{label}: {} records", of_pid.len());
        };
        (label.clone(), error.parse().ok(), (*load).clone())
    })
    .collect()
}

fn output(results: &Results) -> Output {
    results.output("failures.json")
}

/// The record of each label: every load that can be made on this kernel is there.
fn by_label(results: &Results) -> BTreeMap<String, Load> {
    let loads = loads(results).into_iter();
    let loads: BTreeMap<_, _> = loads.map(|(label, _, load)| (label, load)).collect();
    let failures = FAILURES.iter().map(|failure| failure.label);
    for label in failures.chain(LOADED.iter().map(|&(label, _)| label)) {
        assert_eq!(
            loads.contains_key(label),
            possible(results, label),
            "{label}"
        );
    }
    loads
}

fn errors_are_those_that_loaders_got(results: &Results) {
    let mut wrong = Vec::new();
    for (label, error, load) in loads(results) {
        let told = match load.result.errno {
            Some(ERESTARTSYS) => Some(EINTR),
            told => told,
        };
        let killed = error.is_none() && label == "killed" && told == Some(EINTR);
        if told != error && !killed {
            wrong.push(format!("{label}: {told:?}, not {error:?}"));
        }
        if !load.complete {
            wrong.push(format!("{label}: incomplete"));
        }
    }
    none_of(&wrong);
}

fn causes_are_right(results: &Results) {
    let mut wrong = Vec::new();
    let loads = by_label(results);
    for failure in FAILURES {
        let Some(load) = loads.get(failure.label) else {
            continue;
        };
        let told = load.result.explanation.as_ref();
        let told = told.map(|told| told.cause.clone());
        let wanted = cause(results.kernel(), failure.label);
        if told.as_deref() != Some(wanted) {
            wrong.push(format!("{}: {told:?}, not {wanted}", failure.label));
        }
    }
    none_of(&wrong);
}

/// What a record tells of a failure.
fn told(load: &Load) -> Told {
    let result = load.result.clone();
    let why = result
        .explanation
        .unwrap_or_else(|| panic!("{}", load.label()));
    let culprits = why.culprits.iter().map(|name| {
        let provider = why.providers.iter().find(|of| of.symbol == *name);
        provider.map_or(name.clone(), |of| format!("{name} of {}", of.module))
    });
    Told {
        error: result.name,
        phase: result.phase.unwrap_or_default(),
        cause: why.cause,
        how: if why.certain { "certain" } else { "likely" }.to_owned(),
        call: why.call.unwrap_or_default(),
        culprits: culprits.collect::<Vec<_>>().join(", "),
        unseen: why.unseen.unwrap_or_default(),
    }
}

fn everything_told_is_as_expected(results: &Results) {
    static WRITING: Mutex<()> = Mutex::new(());
    let failed = loads(results).into_iter().filter(|(label, ..)| {
        FAILURES
            .iter()
            .any(|failure| failure.label == label.as_str())
    });
    let seen: BTreeMap<String, String> = failed
        .map(|(label, _, load)| (label, told(&load).line()))
        .collect();
    if env::var_os("KMODTRACE_UPDATE_EXPECT").is_some() {
        let _one_at_a_time = WRITING.lock();
        return write(results.kernel(), &seen);
    }
    let expected = expected();
    let of_kernel = expected
        .get(results.kernel())
        .and_then(|table| table.as_table());
    let of_kernel = of_kernel.expect("a table of this kernel");
    let mut wrong = Vec::new();
    for (label, line) in &seen {
        let wanted = of_kernel.get(label).and_then(|line| line.as_str());
        if wanted != Some(line) {
            wrong.push(format!(
                "{label}: {line}\n    not {}",
                wanted.unwrap_or("told")
            ));
        }
    }
    let missing = of_kernel.keys().filter(|label| !seen.contains_key(*label));
    wrong.extend(missing.map(|label| format!("{label}: not seen")));
    none_of(&wrong);
}

/// What stands above the expectations.
const HEAD: &str = "\
# What kernels make of the loads of failures.sh: error, phase, cause, how it is known, call that returned it,
# culprits, phases that no probe looks into. KMODTRACE_UPDATE_EXPECT=1 in the environment of the checks writes what
# was seen.

";

fn write(kernel: &str, seen: &BTreeMap<String, String>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/expect/failures.toml");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let mut table: Table = text.parse().expect("a table");
    let lines = seen
        .iter()
        .map(|(label, line)| (label.clone(), line.clone().into()));
    table.insert(kernel.to_owned(), toml::Value::Table(lines.collect()));
    let body = toml::to_string(&table).expect("a table of strings");
    fs::write(path, format!("{HEAD}{body}")).expect("written");
}

fn the_log_is_there(results: &Results) {
    let mut wrong = Vec::new();
    let loads = by_label(results);
    for failure in FAILURES.iter().filter(|failure| !failure.log.is_empty()) {
        let Some(load) = loads.get(failure.label) else {
            continue;
        };
        let said = load.log.iter().find(|line| line.text.contains(failure.log));
        // Linux 5.10 says the same of most that is wrong with an ELF file.
        let silent = results.kernel() == "5.10"
            && failure.log.starts_with("Invalid ")
            && failure.label != "overrun";
        match said {
            Some(line) if !line.probable => {}
            None if silent => {}
            said => wrong.push(format!("{}: {said:?} of {:?}", failure.label, load.log)),
        }
    }
    none_of(&wrong);
}

fn providers_are_named(results: &Results) {
    let loads = by_label(results);
    let why = loads["unknown"].result.explanation.as_ref();
    let why = why.expect("a failure");
    assert!(!why.culprits.is_empty());
    let of_provider = why.providers.iter().filter(|of| of.module == "nf_tables");
    assert_eq!(of_provider.count(), why.culprits.len(), "{why:?}");
}

fn what_loads_is_no_failure(results: &Results) {
    let mut wrong = Vec::new();
    let loads = by_label(results);
    for &(label, taint) in LOADED {
        let Some(load) = loads.get(label) else {
            continue;
        };
        let taints = load.identity.taints.clone().unwrap_or_default();
        if load.result.errno != Some(0) || load.result.explanation.is_some() {
            wrong.push(format!("{label}: {:?}", load.result));
        }
        if !taint.is_empty() && !taints.iter().any(|name| name == taint) {
            wrong.push(format!("{label}: taints {taints:?}"));
        }
    }
    none_of(&wrong);
}

fn sums_are_exact(results: &Results) {
    none_of(&output(results).wrong());
}

fn blocks_say_it(results: &Results) {
    let text = results.text("failures.txt");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut wanted = vec![
        "nft_chain_validate_hooks of nf_tables",
        "(returned by module_sig_check)",
        "they had no effect: kt_nothing",
    ];
    if results.kernel() == "5.10" {
        // There is no hook around the whole check of signatures.
        wanted.retain(|words| !words.contains("sig_check"));
        wanted.push("(returned by mod_verify_sig)");
        wanted.push("this kernel lets no probe look into signature+elf");
    }
    for part in wanted {
        assert!(words.contains(part), "no {part:?}");
    }
}
