//! Reports about real kernels' facts, whole and damaged.

#[expect(
    dead_code,
    unreachable_pub,
    reason = "the tests crate has it as a library"
)]
#[path = "../../../../tests/src/schemas.rs"]
mod schemas;

use std::{fs, path::PathBuf};

use super::{
    plan_as_json, plan_as_text,
    report::{Report, Verdict},
    text::render,
};
use crate::{
    catalogue::{Detail, phase::Phase},
    kernel::{
        environment::Environment,
        facts::{KernelFacts, Source},
    },
    plan::{Preference, plan},
};

fn kernels() -> Vec<KernelFacts> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/data/kernels");
    let files = fs::read_dir(dir).unwrap();
    files
        .map(|file| serde_json::from_slice(&fs::read(file.unwrap().path()).unwrap()).unwrap())
        .collect()
}

fn kernel(release: &str) -> KernelFacts {
    let mut kernels = kernels().into_iter();
    kernels
        .find(|facts| facts.release.starts_with(release))
        .unwrap()
}

/// A system where root may do everything.
fn environment() -> Environment {
    Environment {
        euid: Some(0),
        capabilities: u64::MAX,
        tracefs: Some("/sys/kernel/tracing".into()),
        debugfs: true,
        ftrace_enabled: Some(1),
        bpf_jit_enable: Some(1),
        kprobes_enabled: Some(true),
        ..Environment::default()
    }
}

fn report(facts: &KernelFacts, environment: Option<&Environment>) -> Report {
    Report::new(
        facts,
        environment,
        &plan(facts, Preference::Auto, &[Detail::Usual]),
    )
}

#[test]
fn a_dry_run_tells_what_is_missing_and_what_that_costs() {
    let plan = plan(&kernel("5.10"), Preference::Auto, &[Detail::Usual]).unwrap();
    let text = plan_as_text(&plan);
    let first = text.lines().next().unwrap();
    let words: Vec<_> = first.split_whitespace().collect();
    assert_eq!(words[..2], ["sys_init_module", "entry"], "{first}");
    assert_eq!(words[3], "by", "{first}");
    assert!(text.contains("decompress is not seen"), "{text}");
    let json = plan_as_json(&plan);
    assert_eq!(json.lines().count(), 1);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "kmodtrace.plan/1");
    assert_eq!(json["probes"].as_array().unwrap().len(), plan.probes.len());
    let missing = json["missing"].as_array().unwrap();
    let decompress = missing
        .iter()
        .find(|line| line["hook"] == "module_decompress");
    assert!(!decompress.unwrap()["lost"].as_str().unwrap().is_empty());
}

/// What is printed is what `docs/schema` says, whatever is missing on a kernel.
#[test]
fn both_fit_their_schemas() {
    let published = schemas::Schemas::published();
    let fits = |json: &str| {
        let object = serde_json::from_str(json).unwrap();
        assert_eq!(published.wrong(&object), Vec::<String>::new());
        object
    };
    let mut merged = 0;
    for mut facts in kernels() {
        let plan = plan(&facts, Preference::Auto, &[Detail::Usual]).unwrap();
        let object = fits(&plan_as_json(&plan));
        assert_eq!(object["schema"], "kmodtrace.plan/1");
        facts.symbols.remove("module_frob_arch_sections");
        for environment in [None, Some(&environment()), Some(&Environment::default())] {
            let report = report(&facts, environment);
            let object = fits(&serde_json::to_string(&report).unwrap());
            assert_eq!(object["schema"], "kmodtrace.doctor/1");
            let phases = object["phases"].as_array().unwrap();
            merged += phases
                .iter()
                .filter(|phase| phase["seen"] == "merged")
                .count();
        }
        facts.symbols.clear();
        fits(&serde_json::to_string(&report(&facts, None)).unwrap());
    }
    assert!(merged > 0);
}

#[test]
fn real_kernels_are_fine_and_fit_into_80_columns() {
    for facts in kernels() {
        let report = report(&facts, Some(&environment()));
        assert_eq!(
            report.verdict,
            Verdict::Ok,
            "{}: {:?}",
            facts.release,
            report.problems
        );
        let text = render(&report);
        let long = text.lines().find(|line| line.chars().count() > 80);
        assert_eq!(long, None, "{}", facts.release);
        assert!(text.ends_with("verdict: everything can be traced\n"));
        assert!(serde_json::to_string(&report).is_ok());
    }
}

#[test]
fn a_phase_that_lost_its_hook_is_named_with_what_was_tried() {
    let mut facts = kernel("6.12.107+deb13-amd64");
    facts.symbols.remove("module_frob_arch_sections");
    let report = report(&facts, Some(&environment()));
    assert_eq!(report.verdict, Verdict::Degraded);
    let layout = report
        .phases
        .iter()
        .find(|line| line.phase == Phase::Layout)
        .unwrap();
    assert_eq!(
        (layout.seen, layout.merged_into),
        ("merged", Some(Phase::Elf))
    );
    let text = render(&report);
    for line in [
        "layout       merged    part of elf",
        "  module_frob_arch_sections: module_frob_arch_sections (no such symbol)",
        "    layout is counted as part of elf",
        "  not told apart from the phase before: layout.",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

#[test]
fn what_forbids_tracing_comes_first() {
    let facts = kernel("7.3");
    let verdict = |change: fn(&mut Environment)| {
        let mut environment = environment();
        change(&mut environment);
        report(&facts, Some(&environment)).verdict
    };
    assert_eq!(
        verdict(|system| system.capabilities = 0),
        Verdict::NotPermitted
    );
    assert_eq!(
        verdict(|system| system.capabilities = 1 << 38 | 1 << 39),
        Verdict::Ok,
        "CAP_PERFMON and CAP_BPF are enough"
    );
    assert_eq!(
        verdict(|system| system.ftrace_enabled = Some(0)),
        Verdict::NotPermitted
    );
    assert_eq!(
        verdict(|system| system.kprobes_enabled = Some(false)),
        Verdict::NotPermitted
    );
    assert_eq!(
        verdict(|system| system.bpf_jit_enable = Some(0)),
        Verdict::Degraded
    );
    assert_eq!(verdict(|system| system.tracefs = None), Verdict::Degraded);

    let mut locked = facts.clone();
    locked.lockdown = Some("confidentiality".to_owned());
    let locked = report(&locked, Some(&environment()));
    assert_eq!(locked.verdict, Verdict::NotPermitted);
    assert_eq!(locked.verdict.code(), 3);
}

#[test]
fn without_btf_less_is_known() {
    let mut facts = kernel("6.1.");
    facts.btf = None;
    facts.unread.insert(Source::Btf, "no such file".to_owned());
    let report = report(&facts, Some(&environment()));
    assert_eq!(report.verdict, Verdict::Degraded);
    assert!(render(&report).contains("--btf FILE"));
}

#[test]
fn a_board_is_judged_by_its_options() {
    let mut facts = kernel("6.12.107+deb13-arm64");
    facts.btf = None;
    facts.ftrace = None;
    let whole = report(&facts, None);
    assert_eq!(whole.verdict, Verdict::Ok);
    let off: Vec<_> = whole.options_off.iter().map(|line| line.option).collect();
    assert_eq!(off, ["CONFIG_OPTPROBES"], "arm64 has none");

    let verdict = |option: &str| {
        let mut facts = facts.clone();
        facts.config.as_mut().unwrap().remove(option).unwrap();
        let report = report(&facts, None);
        let text = render(&report);
        assert!(text.contains(option), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80));
        report.verdict
    };
    assert_eq!(verdict("CONFIG_DEBUG_INFO_BTF"), Verdict::Degraded);
    assert_eq!(verdict("CONFIG_BPF_EVENTS"), Verdict::Cannot);
    assert_eq!(verdict("CONFIG_MODULES"), Verdict::Cannot);
    // No BTF was given, so that only kprobes are left.
    assert_eq!(verdict("CONFIG_KPROBES"), Verdict::Cannot);

    // The configuration alone, without a System.map.
    let mut bare = facts;
    bare.symbols.clear();
    let why = "no such file was given".to_owned();
    bare.unread.insert(Source::Symbols, why);
    assert_eq!(report(&bare, None).verdict, Verdict::Ok);
}
