//! Plans of kernels made by hand.

use std::collections::BTreeMap;

use kmodtrace_common::offsets::{BRIEF, INIT_ENDS_WITH_LOAD, PATH_IS_KNOWN};

use super::plan;
use crate::{
    catalogue::{Detail, HOOKS, HookId, Point, borders::Edge},
    kernel::facts::{BtfFacts, Exit, KernelFacts},
    plan::{CannotTrace, How, Plan, Preference, Probe, Refusal},
};

/// A kernel where every function of the catalogue is there and can be hooked in every way.
fn kernel() -> KernelFacts {
    let functions = HOOKS
        .iter()
        .filter(|hook| hook.point != Point::RawTracepoint);
    let tracepoints = HOOKS
        .iter()
        .filter(|hook| hook.point == Point::RawTracepoint)
        .flat_map(|hook| hook.symbols);
    let names = || functions.clone().flat_map(|hook| hook.symbols.iter());
    KernelFacts {
        release: "test".to_owned(),
        machine: "x86_64".to_owned(),
        symbols: names().map(|&name| (name.to_owned(), 1)).collect(),
        ftrace: Some(names().map(|&name| name.to_owned()).collect()),
        tracepoints: tracepoints.map(|&name| name.to_owned()).collect(),
        btf: Some(BtfFacts {
            functions: functions
                .clone()
                .flat_map(|hook| {
                    hook.symbols
                        .iter()
                        .map(|&name| (name.to_owned(), hook.args))
                })
                .collect(),
            ..BtfFacts::default()
        }),
        trampoline_images: true,
        ..KernelFacts::default()
    }
}

fn options(names: &[&str]) -> Option<BTreeMap<String, String>> {
    let all = crate::kernel::config::OPTIONS.iter();
    let set = all.filter(|option| !names.contains(option));
    Some(
        set.map(|&option| (option.to_owned(), "y".to_owned()))
            .collect(),
    )
}

fn rename(facts: &mut KernelFacts, name: &str, variants: &[&str]) {
    facts.symbols.remove(name);
    let list = facts.ftrace.as_mut().unwrap();
    list.remove(name);
    for &variant in variants {
        facts.symbols.insert(variant.to_owned(), 1);
        list.insert(variant.to_owned());
    }
}

fn auto(facts: &KernelFacts) -> Plan {
    plan(facts, Preference::Auto, &[Detail::Usual]).unwrap()
}

fn ways(plan: &Plan, hook: HookId, edge: Edge) -> &[How] {
    plan.probe(hook, edge).map_or(&[], |probe| &probe.ways)
}

fn refusals(plan: &Plan, hook: HookId) -> Vec<Refusal> {
    let missing = plan.missing.iter().filter(|missing| missing.hook == hook);
    missing
        .flat_map(|missing| missing.tried.iter().map(|(_, refusal)| *refusal))
        .collect()
}

#[test]
fn the_cheapest_way_comes_first() {
    use How::{Fentry, Fexit, Kprobe, KprobePastFtrace, Kretprobe, RawTracepoint};
    let plan = auto(&kernel());
    let load = HookId::LOAD_MODULE;
    assert_eq!(
        ways(&plan, load, Edge::Entry),
        [KprobePastFtrace, Kprobe, Fentry]
    );
    assert_eq!(ways(&plan, load, Edge::Return), [Fexit, Kretprobe]);
    assert_eq!(
        ways(&plan, HookId::VFREE, Edge::Entry),
        [KprobePastFtrace, Kprobe, Fentry]
    );
    assert_eq!(
        ways(&plan, HookId::INITCALL_FINISH, Edge::Tracepoint),
        [RawTracepoint]
    );
    assert!(plan.missing.is_empty());
    let order: Vec<_> = plan.probes.iter().map(|probe| probe.hook).collect();
    assert!(order.is_sorted());
}

#[test]
fn a_preference_is_kept() {
    let facts = kernel();
    let kprobes = plan(&facts, Preference::Kprobe, &[Detail::Usual]).unwrap();
    let only = [How::Kprobe, How::Kretprobe, How::RawTracepoint];
    let mut all = kprobes.probes.iter().flat_map(|probe| &probe.ways);
    assert!(all.all(|how| only.contains(how)));
    let trampolines = plan(&facts, Preference::Fentry, &[Detail::Usual]).unwrap();
    assert_eq!(
        ways(&trampolines, HookId::VFREE, Edge::Entry)[0],
        How::Fentry
    );
}

#[test]
fn kprobes_past_ftrace_need_a_site_and_x86() {
    let mut facts = kernel();
    facts.machine = "aarch64".to_owned();
    assert_eq!(
        ways(&auto(&facts), HookId::VFREE, Edge::Entry),
        [How::Kprobe, How::Fentry]
    );
    let mut facts = kernel();
    facts.ftrace = None;
    assert_eq!(
        ways(&auto(&facts), HookId::VFREE, Edge::Entry),
        [How::Kprobe, How::Fentry]
    );
}

#[test]
fn a_landing_pad_moves_the_kprobe_past_ftrace() {
    let mut facts = kernel();
    facts.ftrace_sites.insert("vfree".to_owned(), 4);
    let plan = auto(&facts);
    let past = |hook| plan.probe(hook, Edge::Entry).unwrap().past_ftrace;
    assert_eq!(past(HookId::VFREE), 9);
    assert_eq!(past(HookId::LOAD_MODULE), 5);
}

#[test]
fn a_compilers_variant_serves_but_no_trampoline_reaches_it() {
    let mut facts = kernel();
    rename(&mut facts, "mod_tree_insert", &["mod_tree_insert.isra.0"]);
    let plan = auto(&facts);
    let probe = plan.probe(HookId::TREE_INSERT, Edge::Return).unwrap();
    assert_eq!(probe.symbol, "mod_tree_insert.isra.0");
    assert_eq!(probe.ways, [How::Kretprobe]);
}

#[test]
fn the_plain_name_is_preferred_to_its_variants() {
    let mut facts = kernel();
    rename(&mut facts, "vfree", &["vfree", "vfree.part.0"]);
    let plan = auto(&facts);
    assert_eq!(
        plan.probe(HookId::VFREE, Edge::Entry).unwrap().symbol,
        "vfree"
    );
}

#[test]
fn ambiguous_names_are_refused() {
    let mut facts = kernel();
    facts.symbols.insert("vfree".to_owned(), 2);
    rename(
        &mut facts,
        "parse_args",
        &["parse_args.isra.0", "parse_args.part.0"],
    );
    let plan = auto(&facts);
    assert_eq!(refusals(&plan, HookId::VFREE), [Refusal::Ambiguous]);
    assert_eq!(refusals(&plan, HookId::PARSE_ARGS), [Refusal::Ambiguous]);
}

#[test]
fn the_next_symbol_serves_where_the_first_is_absent_or_forbidden() {
    let mut facts = kernel();
    facts.blacklist.insert("execmem_alloc_rw".to_owned());
    facts
        .ftrace
        .as_mut()
        .unwrap()
        .remove("module_enable_rodata_ro");
    facts.ftrace.as_mut().unwrap().remove("vfree");
    let plan = auto(&facts);
    let symbol = |hook, edge| plan.probe(hook, edge).unwrap().symbol.as_str();
    assert_eq!(symbol(HookId::EXECMEM_ALLOC, Edge::Return), "execmem_alloc");
    assert_eq!(symbol(HookId::PROTECT, Edge::Entry), "module_enable_ro");
    assert_eq!(refusals(&plan, HookId::VFREE), [Refusal::NotProbeable]);
}

#[test]
fn a_kernel_may_allow_kprobes_on_notrace_functions() {
    let mut facts = kernel();
    facts.config = options(&[]);
    facts.ftrace.as_mut().unwrap().remove("vfree");
    assert_eq!(
        ways(&auto(&facts), HookId::VFREE, Edge::Entry),
        [How::Kprobe]
    );
}

#[test]
fn substitutes_serve_only_where_they_are_needed() {
    let mut facts = kernel();
    let plan = auto(&facts);
    assert!(plan.serves(HookId::SIG_CHECK) && !plan.serves(HookId::VERIFY_SIG));
    rename(&mut facts, "module_sig_check", &[]);
    let plan = auto(&facts);
    assert!(!plan.serves(HookId::SIG_CHECK) && plan.serves(HookId::VERIFY_SIG));
    assert!(plan.missing.is_empty());
    rename(&mut facts, "mod_verify_sig", &[]);
    let plan = auto(&facts);
    let missing: Vec<_> = plan.missing.iter().map(|missing| missing.hook).collect();
    assert_eq!(missing, [HookId::SIG_CHECK, HookId::VERIFY_SIG]);
}

#[test]
fn fexit_needs_lasting_trampolines_and_the_arguments_of_the_catalogue() {
    let mut facts = kernel();
    let functions = &mut facts.btf.as_mut().unwrap().functions;
    functions.insert("mod_tree_insert".to_owned(), 2);
    functions.insert("load_module".to_owned(), 7);
    let plan = auto(&facts);
    assert_eq!(
        ways(&plan, HookId::TREE_INSERT, Edge::Return),
        [How::Kretprobe]
    );
    assert_eq!(
        ways(&plan, HookId::LOAD_MODULE, Edge::Entry).last(),
        Some(&How::Fentry),
        "older kernels refuse trampolines on many arguments"
    );
    let mut facts = kernel();
    facts.trampoline_images = false;
    let plan = auto(&facts);
    let span = HookId::LOAD_MODULE;
    assert_eq!(ways(&plan, span, Edge::Return), [How::Kretprobe]);
    assert_eq!(
        ways(&plan, span, Edge::Entry),
        [How::KprobePastFtrace, How::Kprobe]
    );
}

#[test]
fn offsets_are_those_of_btf_else_the_ones_that_never_changed() {
    let mut facts = kernel();
    let offsets = &mut facts.btf.as_mut().unwrap().offsets;
    offsets.insert("MODULE_NAME".to_owned(), 99);
    offsets.insert("MODULE_MEMORY_SIZE".to_owned(), 72);
    let plan = auto(&facts);
    let value = |plan: &Plan, name: &str| {
        let mut offsets = plan.offsets.iter();
        offsets
            .find(|(global, _)| global == name)
            .map(|(_, value)| *value)
    };
    assert_eq!(value(&plan, "MODULE_NAME"), Some(99));
    assert_eq!(value(&plan, "MODULE_MEMORY_SIZE"), Some(72));
    assert_eq!(value(&plan, "LOAD_INFO_LEN"), Some(24));
    assert_eq!(value(&plan, "FILE_DENTRY"), None);
}

#[test]
fn kernels_that_cannot_be_traced_say_why() {
    let without = |names: &[&str]| {
        let mut facts = kernel();
        facts.config = options(names);
        plan(&facts, Preference::Auto, &[Detail::Usual])
    };
    assert_eq!(without(&["CONFIG_MODULES"]), Err(CannotTrace::NoModules));
    assert_eq!(without(&["CONFIG_BPF_SYSCALL"]), Err(CannotTrace::NoBpf));
    assert_eq!(without(&["CONFIG_BPF_EVENTS"]), Err(CannotTrace::NoProbes));
    assert!(without(&["CONFIG_KPROBES"]).is_ok(), "trampolines are left");
    assert!(without(&["CONFIG_DYNAMIC_FTRACE", "CONFIG_BPF_JIT"]).is_ok());
    assert_eq!(
        without(&["CONFIG_KPROBES", "CONFIG_BPF_JIT"]),
        Err(CannotTrace::NoProbes)
    );

    let mut facts = kernel();
    rename(&mut facts, "load_module", &[]);
    let error = plan(&facts, Preference::Auto, &[Detail::Usual]).unwrap_err();
    assert!(matches!(error, CannotTrace::NoLoad(_)), "{error}");

    let mut facts = kernel();
    facts.symbols.clear();
    assert_eq!(
        plan(&facts, Preference::Auto, &[Detail::Usual]),
        Err(CannotTrace::NoModules)
    );
    facts.config = options(&[]);
    let error = plan(&facts, Preference::Auto, &[Detail::Usual]).unwrap_err();
    assert!(matches!(error, CannotTrace::NoSyscall(_)), "{error}");

    let nothing = KernelFacts::read(std::path::Path::new("/nowhere/at/all"), None);
    let error = plan(&nothing, Preference::Auto, &[Detail::Usual]).unwrap_err();
    assert!(matches!(error, CannotTrace::NoSymbols(_)), "{error}");
}

#[test]
fn one_of_the_system_calls_is_enough() {
    let mut facts = kernel();
    let init = HOOKS
        .iter()
        .find(|hook| hook.id == HookId::SYS_INIT_MODULE)
        .unwrap();
    for symbol in init.symbols {
        facts.symbols.remove(*symbol);
    }
    let plan = auto(&facts);
    assert!(!plan.serves(HookId::SYS_INIT_MODULE) && plan.serves(HookId::SYS_FINIT_MODULE));
}

fn exit(symbol: &str, offset: u32) -> Exit {
    Exit {
        symbol: symbol.to_owned(),
        offset,
    }
}

fn brief(facts: &KernelFacts) -> Plan {
    plan(facts, Preference::Auto, &[]).unwrap()
}

fn is_on(plan: &Plan, global: &str) -> bool {
    plan.offsets.contains(&(global.to_owned(), 1))
}

#[test]
fn a_brief_plan_hooks_nothing_in_ftrace_if_exits_are_known() {
    let mut facts = kernel();
    let finit = HookId::SYS_FINIT_MODULE.hook().unwrap().symbols[0];
    let load = HookId::LOAD_MODULE.hook().unwrap().symbols[0];
    let init = HookId::DO_INIT.hook().unwrap().symbols[0];
    facts.exits.insert(finit.to_owned(), vec![exit(finit, 108)]);
    let exits = vec![exit(init, 409), exit(load, 193)];
    facts.exits.insert(load.to_owned(), exits.clone());
    let plan = brief(&facts);
    let hooked = |probe: &&Probe| {
        let without = [
            How::KprobePastFtrace,
            How::KprobeAtExits,
            How::RawTracepoint,
        ];
        !without.contains(&probe.ways[0]) || probe.all_ways
    };
    assert_eq!(plan.probes.iter().find(hooked), None);
    let of_load = plan.probe(HookId::LOAD_MODULE, Edge::Return).unwrap();
    assert_eq!(of_load.exits, exits);
    // Of `init_module(2)` no exits are known: it ends with the load proper.
    assert_eq!(ways(&plan, HookId::SYS_INIT_MODULE, Edge::Return), []);
    assert!(is_on(&plan, BRIEF) && is_on(&plan, INIT_ENDS_WITH_LOAD));
    let usual = auto(&facts);
    assert!(usual.probes.len() > 2 * plan.probes.len());
    assert!(!is_on(&usual, BRIEF) && !is_on(&usual, INIT_ENDS_WITH_LOAD));
}

#[test]
fn ends_that_others_share_are_not_taken_for_returns() {
    let mut facts = kernel();
    let load = HookId::LOAD_MODULE.hook().unwrap().symbols[0];
    let shared = vec![exit(load, 193), exit("somebody_else", 7)];
    facts.exits.insert(load.to_owned(), shared);
    let plan = brief(&facts);
    let returns = [How::Fexit, How::Kretprobe];
    assert_eq!(ways(&plan, HookId::LOAD_MODULE, Edge::Return), returns);
    assert_eq!(ways(&plan, HookId::SYS_INIT_MODULE, Edge::Return), returns);
    assert!(is_on(&plan, BRIEF) && !is_on(&plan, INIT_ENDS_WITH_LOAD));
}

#[test]
fn what_a_brief_plan_is_asked_for_besides_has_both_ends() {
    let plan = plan(&kernel(), Preference::Auto, &[Detail::Symbols]).unwrap();
    for edge in [Edge::Entry, Edge::Return] {
        assert!(plan.probe(HookId::EACH_SYMBOL, edge).is_some());
    }
    assert!(plan.probe(HookId::EXECMEM_ALLOC, Edge::Entry).is_some());
    assert!(plan.probe(HookId::EXECMEM_ALLOC, Edge::Return).is_none());
}

#[test]
fn where_nothing_tells_the_file_before_it_is_read_reading_does() {
    let mut facts = kernel();
    let before = HookId::IDEMPOTENT.hook().unwrap().symbols[0];
    facts.symbols.remove(before);
    assert!(!is_on(&auto(&facts), PATH_IS_KNOWN));
    facts.symbols.insert(before.to_owned(), 1);
    facts
        .ftrace
        .get_or_insert_default()
        .insert(before.to_owned());
    assert!(is_on(&auto(&facts), PATH_IS_KNOWN));
}
