//! Unloads as kernels send them, and the phases that must come of them.

use kmodtrace_common::wire::{EDGE_ENTRY, EDGE_RETURN};

use super::*;

fn mark(time_ns: u64, hook: HookId, edge: u8) -> Mark {
    Mark {
        time_ns,
        hook: hook.0,
        edge,
        ..Mark::default()
    }
}

fn shown(spans: &[UnloadSpan]) -> Vec<(String, u64)> {
    let spans = spans.iter();
    spans
        .map(|span| (span.name().into_owned(), span.duration_ns))
        .collect()
}

fn whole() -> Vec<Mark> {
    vec![
        // The exit function waits for RCU itself.
        mark(110, HookId::SYNC_RCU, EDGE_ENTRY),
        mark(115, HookId::SYNC_RCU, EDGE_RETURN),
        mark(120, HookId::NOTIFY, EDGE_ENTRY),
        mark(150, HookId::FREE_MODULE, EDGE_ENTRY),
        mark(170, HookId::SYNC_RCU, EDGE_ENTRY),
        mark(190, HookId::SYNC_RCU, EDGE_RETURN),
        mark(195, HookId::MEM_FREE, EDGE_ENTRY),
    ]
}

#[test]
fn phases_add_up() {
    // Borders count in order: what the exit function does is no border.
    let marks = &whole()[2..];
    let spans = phases(100, 200, marks, true, |_| true);
    let expected = [
        ("check+exit", 20),
        ("going", 30),
        ("sysfs", 20),
        ("rcu", 20),
        ("free", 10),
    ];
    let expected = expected.map(|(name, ns)| (name.to_owned(), ns));
    assert_eq!(shown(&spans), expected);
    assert_eq!(spans.iter().map(|span| span.duration_ns).sum::<u64>(), 100);
}

#[test]
fn what_exit_does_is_no_border() {
    assert_eq!(
        shown(&phases(100, 200, &whole(), true, |_| true)),
        shown(&phases(100, 200, &whole()[2..], true, |_| true))
    );
}

#[test]
fn a_refused_unload_is_its_check() {
    assert_eq!(
        shown(&phases(100, 130, &[], true, |_| true)),
        [("check".to_owned(), 30)]
    );
}
