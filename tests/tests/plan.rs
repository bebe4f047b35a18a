//! Plans for kernels whose facts were read from the real thing (`cargo xtask facts`).
//!
//! One snapshot per kernel says which symbol serves each hook and how, what is missing, and how each
//! phase begins.

use std::{fmt::Write as _, fs, path::PathBuf};

use kmodtrace::{
    catalogue::{Detail, HookId, borders::Edge, phase::Phase, symbols::FORMAT_HELPER},
    kernel::facts::KernelFacts,
    plan::{
        How, PhaseView, Plan, Preference,
        explain::{PhaseRow, of_plan},
        plan,
    },
};
use kmodtrace_common::offsets::{CAN_FORMAT, PATH_IS_KNOWN};

/// Every kernel of `data/kernels`, by name.
fn kernels() -> Vec<(String, KernelFacts)> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/kernels");
    let files = fs::read_dir(&dir).expect("data/kernels is there");
    let mut kernels: Vec<_> = files
        .map(|file| {
            let path = file.expect("a directory entry").path();
            let name = path.file_stem().expect("a file name").to_string_lossy();
            let text = fs::read_to_string(&path).expect("a readable file");
            let facts = serde_json::from_str(&text).expect("facts");
            (name.into_owned(), facts)
        })
        .collect();
    kernels.sort_by(|a, b| a.0.cmp(&b.0));
    kernels
}

fn planned(facts: &KernelFacts, preference: Preference) -> Plan {
    plan(facts, preference, &[Detail::Usual])
        .unwrap_or_else(|error| panic!("{}: {error}", facts.release))
}

fn name(hook: HookId) -> &'static str {
    hook.hook().expect("a hook of the catalogue").name
}

fn edge_name(edge: Edge) -> &'static str {
    match edge {
        Edge::Entry => "entry",
        Edge::Return => "return",
        Edge::Tracepoint => "tracepoint",
    }
}

/// Probes and missing hooks that `wanted` chooses.
fn probes(plan: &Plan, wanted: impl Fn(HookId) -> bool) -> String {
    let mut text = String::new();
    for probe in plan.probes.iter().filter(|probe| wanted(probe.hook)) {
        let ways: Vec<_> = probe.ways.iter().map(|&how| probe.way(how)).collect();
        let hook = name(probe.hook);
        let (edge, symbol, ways) = (edge_name(probe.edge), &probe.symbol, ways.join(" "));
        writeln!(text, "{hook:35} {edge:10} {symbol:35} {ways}").expect("a string");
    }
    text.push('\n');
    for missing in plan.missing.iter().filter(|missing| wanted(missing.hook)) {
        let tried = missing.tried.iter();
        let tried: Vec<_> = tried
            .map(|(symbol, why)| format!("{symbol}: {why}"))
            .collect();
        writeln!(text, "missing {}: {}", name(missing.hook), tried.join(", ")).expect("a string");
    }
    text.push('\n');
    text
}

/// The default plan, then what all details add to it.
fn described(plan: &Plan, detailed: &Plan) -> String {
    let mut text = probes(plan, |_| true);
    let usual = [None, Some(Detail::Usual)];
    let of_detail = |id: HookId| id.hook().is_some_and(|hook| !usual.contains(&hook.only));
    text += &probes(detailed, of_detail);
    for (global, value) in &plan.offsets {
        writeln!(text, "{global} {value}").expect("a string");
    }
    text.push('\n');
    for row in of_plan(plan) {
        writeln!(text, "{}", phase(&row)).expect("a string");
    }
    text
}

fn phase(row: &PhaseRow) -> String {
    let what = match row.view {
        PhaseView::Own(hook) => {
            let exactly = if row.measured { "at" } else { "after" };
            let edge = edge_name(row.edge.expect("a hook has an edge"));
            format!("{exactly} {} {edge}", name(hook))
        }
        PhaseView::MergedInto(phase) => format!("in {}", phase.name()),
        PhaseView::Absent => "absent".to_owned(),
    };
    format!("{:12} {what}", row.phase.name())
}

#[test]
fn plans_are_what_they_were() {
    let kernels = kernels();
    assert!(kernels.len() >= 13);
    for (kernel, facts) in kernels {
        let details = [Detail::Usual, Detail::Notifiers, Detail::Symbols];
        let detailed = plan(&facts, Preference::Auto, &details).expect("as without details");
        let text = described(&planned(&facts, Preference::Auto), &detailed);
        insta::assert_snapshot!(format!("plan_{kernel}"), text);
    }
}

#[test]
fn every_kernel_tells_all_phases_apart() {
    for (kernel, facts) in kernels() {
        for row in of_plan(&planned(&facts, Preference::Auto)) {
            let own = matches!(row.view, PhaseView::Own(_));
            assert!(own || row.phase == Phase::Decompress, "{kernel}: {row:?}");
        }
    }
}

#[test]
fn kprobes_alone_tell_the_same_phases_apart() {
    for (kernel, facts) in kernels() {
        let kprobes = planned(&facts, Preference::Kprobe);
        let auto = planned(&facts, Preference::Auto);
        assert_eq!(of_plan(&kprobes), of_plan(&auto), "{kernel}");
    }
}

#[test]
fn trampolines_go_only_where_btf_names_the_very_symbol() {
    for (kernel, facts) in kernels() {
        for probe in &planned(&facts, Preference::Fentry).probes {
            let trampoline = [How::Fentry, How::Fexit];
            if probe.ways.iter().any(|how| trampoline.contains(how)) {
                let btf = facts.btf.as_ref().expect("trampolines need BTF");
                assert!(
                    btf.functions.contains_key(&probe.symbol),
                    "{kernel}: {probe:?}"
                );
            }
        }
    }
}

#[test]
fn every_probe_has_a_kprobe_to_fall_back_to() {
    for (kernel, facts) in kernels() {
        for probe in &planned(&facts, Preference::Auto).probes {
            let last = match probe.edge {
                Edge::Entry => How::Kprobe,
                Edge::Return => How::Kretprobe,
                Edge::Tracepoint => How::RawTracepoint,
            };
            assert!(probe.ways.contains(&last), "{kernel}: {probe:?}");
        }
    }
}

#[test]
fn without_btf_a_kernel_can_still_be_traced() {
    for (kernel, mut facts) in kernels() {
        let with = of_plan(&planned(&facts, Preference::Auto));
        facts.btf = None;
        let plan = planned(&facts, Preference::Auto);
        assert_eq!(of_plan(&plan), with, "{kernel}");
        let offsets: Vec<_> = plan
            .offsets
            .iter()
            .map(|(global, _)| global.as_str())
            .collect();
        let mut sure = vec![
            "MODULE_NAME",
            "LOAD_INFO_NAME",
            "LOAD_INFO_HDR",
            "LOAD_INFO_LEN",
            "KERNEL_PARAM_NAME",
        ];
        if facts.symbols.contains_key(FORMAT_HELPER) {
            sure.push(CAN_FORMAT);
        }
        if facts.symbols.contains_key("idempotent_init_module") {
            sure.push(PATH_IS_KNOWN);
        }
        assert_eq!(offsets, sure, "{kernel}");
    }
}

/// A record of the log is read where it is made, unless nothing tells how it is laid out.
#[test]
fn the_log_is_read_where_it_is_written() {
    let served = |facts: &KernelFacts| {
        let plan = plan(facts, Preference::Auto, &[Detail::Usual, Detail::Log]).expect("a plan");
        [HookId::LOG_FINAL, HookId::LOG_COMMIT, HookId::LOG].map(|hook| plan.serves(hook))
    };
    for (kernel, mut facts) in kernels() {
        assert_eq!(served(&facts), [true, true, false], "{kernel}");
        facts.btf = None;
        assert_eq!(served(&facts), [false, false, true], "{kernel}");
    }
}
