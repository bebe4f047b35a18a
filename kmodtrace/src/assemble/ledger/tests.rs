//! Marks as kernels send them, and the phases that must come of them.
//!
//! A script is one mark a line: time, hook and edge (`>` entry, `<` return, `!` tracepoint), then
//! values. Expected phases are one a line: begin, end, name and `=` measured or `~` inferred.

mod errors;
mod paths;
mod waits;

use kmodtrace_common::wire::{EDGE_ENTRY, EDGE_RETURN, EDGE_TRACEPOINT, MARK_WAITED, Mark};

use super::{Attachments, Ledger, SystemCall, ledger};
use crate::{
    catalogue::{HOOKS, HookId, Point, borders::Edge},
    model::Bounds,
};

/// Hooks that the kernels of each test lack.
const ABSENT_5_10: &[&str] = &[
    "idempotent_init_module",
    "module_decompress",
    "module_decompress_cleanup",
    "module_sig_check",
    "module_patient_check_exists",
    "execmem_alloc",
    "mod_tree_insert",
    "add_kallsyms",
    "blocking_notifier_call_chain_robust",
    "set_memory_rox",
    "do_one_initcall",
];
const ABSENT_6_1: &[&str] = &[
    "idempotent_init_module",
    "module_decompress",
    "module_decompress_cleanup",
    "mod_verify_sig",
    "module_patient_check_exists",
    "execmem_alloc",
    "__mod_tree_insert",
    "module_finalize",
    "blocking_notifier_call_chain_robust",
    "set_memory_rox",
    "do_one_initcall",
];
const ABSENT_6_12: &[&str] = &[
    "mod_verify_sig",
    "module_alloc",
    "__mod_tree_insert",
    "module_finalize",
    "blocking_notifier_call_chain_robust",
    "do_one_initcall",
];

/// Everything attached but these hooks.
fn kernel(absent: &[&str]) -> Attachments {
    let known = |name: &&str| HOOKS.iter().any(|hook| hook.name == *name);
    assert!(absent.iter().all(known), "a hook of {absent:?} is unknown");
    HOOKS
        .iter()
        .filter(|hook| !absent.contains(&hook.name))
        .flat_map(|hook| {
            let edges: &[Edge] = match hook.point {
                Point::Entry => &[Edge::Entry],
                Point::Return => &[Edge::Return],
                Point::Span | Point::Ends => &[Edge::Entry, Edge::Return],
                Point::RawTracepoint => &[Edge::Tracepoint],
            };
            edges.iter().map(|&edge| (hook.id, edge))
        })
        .collect()
}

fn number(text: &str) -> u64 {
    match text.strip_prefix('-') {
        Some(negative) => negative.parse::<u64>().unwrap().wrapping_neg(),
        None => text.parse().unwrap(),
    }
}

fn mark(line: &str) -> Mark {
    let mut words = line.split_whitespace();
    let time_ns = number(words.next().unwrap());
    let hit = words.next().unwrap();
    let (name, edge) = hit.split_at(hit.len() - 1);
    let hook = HOOKS.iter().find(|hook| hook.name == name);
    let mut mark = Mark {
        time_ns,
        hook: hook.unwrap_or_else(|| panic!("no hook {name}")).id.0,
        edge: match edge {
            ">" => EDGE_ENTRY,
            "<" => EDGE_RETURN,
            "!" => EDGE_TRACEPOINT,
            _ => panic!("no edge in {line}"),
        },
        ..Mark::default()
    };
    for word in words {
        match word.split_once('=').unwrap() {
            ("a", value) => mark.a = number(value),
            ("b", value) => mark.b = number(value),
            ("waited", since) => {
                mark.a = number(since);
                mark.flags = MARK_WAITED;
            }
            _ => panic!("no value in {word}"),
        }
    }
    mark
}

fn lines(script: &str) -> impl Iterator<Item = &str> {
    script
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
}

/// The ledger of a `finit_module` from 0 to `end_ns`.
fn of_script(absent: &[&str], end_ns: u64, script: &str) -> Ledger {
    let call = SystemCall {
        hook: HookId::SYS_FINIT_MODULE,
        start_ns: 0,
        end_ns,
        returned: true,
        never_waited: false,
    };
    let marks: Vec<_> = lines(script).map(mark).collect();
    let ledger = ledger(&call, &marks, &kernel(absent));
    let phases: u64 = ledger.phases.iter().map(|phase| phase.duration_ns).sum();
    assert_eq!(phases + ledger.unattributed_ns, end_ns);
    ledger
}

/// Asserts which phases come of a script.
#[track_caller]
fn check(absent: &[&str], end_ns: u64, script: &str, expected: &str) {
    let ledger = of_script(absent, end_ns, script);
    let found: Vec<_> = ledger
        .phases
        .iter()
        .map(|phase| {
            let bounds = match phase.bounds {
                Bounds::Measured => '=',
                Bounds::Inferred => '~',
            };
            format!(
                "{} {} {} {bounds}",
                phase.start_ns,
                phase.end_ns(),
                phase.name()
            )
        })
        .collect();
    let expected: Vec<_> = lines(expected).collect();
    assert_eq!(found, expected, "{}", found.join("\n"));
}
