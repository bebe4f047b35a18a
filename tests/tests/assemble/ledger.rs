//! The ledger holds whatever the marks are.

use kmodtrace::{
    assemble::ledger::{Attachments, Ledger, SystemCall, ledger},
    catalogue::{HOOKS, HookId, borders::Edge},
    model::PhaseSpan,
};
use kmodtrace_common::wire::Mark;
use proptest::{collection::vec, prelude::*};

fn any_mark() -> impl Strategy<Value = Mark> {
    let hooks = u16::try_from(HOOKS.len()).expect("few hooks");
    let time = prop_oneof![8 => 0_u64..1000, 1 => any::<u64>()];
    let value = prop_oneof![0_u64..3, Just(u64::MAX), 0_u64..1000, any::<u64>()];
    (time, 0..=hooks + 1, 0_u8..4, 0_u8..2, value.clone(), value).prop_map(
        |(time_ns, hook, edge, flags, a, b)| Mark {
            time_ns,
            hook,
            edge,
            flags,
            reserved: 0,
            a,
            b,
        },
    )
}

fn any_attachments() -> impl Strategy<Value = Attachments> {
    let all = HOOKS
        .iter()
        .flat_map(|hook| [Edge::Entry, Edge::Return, Edge::Tracepoint].map(|edge| (hook.id, edge)));
    prop::sample::subsequence(all.collect::<Vec<_>>(), 0..=HOOKS.len() * 3)
        .prop_map(|hits| hits.into_iter().collect())
}

fn check(call: &SystemCall, found: &Ledger) {
    let end_ns = call.end_ns.max(call.start_ns);
    let (mut cursor, mut gaps) = (call.start_ns, 0);
    for phase in &found.phases {
        assert!(
            phase.start_ns >= cursor && phase.end_ns() <= end_ns,
            "{found:?}"
        );
        assert!(!phase.covers.is_empty(), "{found:?}");
        gaps += phase.start_ns - cursor;
        cursor = phase.end_ns();
        let inside = |time_ns: u64| (phase.start_ns..=phase.end_ns()).contains(&time_ns);
        assert!(
            phase.calls.iter().all(|call| inside(call.start_ns)),
            "{found:?}"
        );
        assert!(
            phase.calls.is_sorted_by_key(|call| call.start_ns),
            "{found:?}"
        );
    }
    assert_eq!(gaps + (end_ns - cursor), found.unattributed_ns);
    let sum: u64 = found.phases.iter().map(|phase| phase.duration_ns).sum();
    assert_eq!(sum + found.unattributed_ns, end_ns - call.start_ns);
}

/// The phases other than waits.
fn progress(phases: &[PhaseSpan]) -> impl Iterator<Item = &PhaseSpan> {
    use kmodtrace::catalogue::phase::Phase;
    phases.iter().filter(|phase| phase.covers[0] != Phase::Wait)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn phases_never_overlap_and_sum_up(
        marks in vec(any_mark(), 0..60),
        attached in any_attachments(),
        start_ns in 0_u64..100,
        end_ns in prop_oneof![4 => 100_u64..1100, 1 => any::<u64>()],
        syscall in 0_u16..4,
        returned in any::<bool>(),
    ) {
        let call = SystemCall { hook: HookId(syscall), start_ns, end_ns, returned, never_waited: false };
        check(&call, &ledger(&call, &marks, &attached));
    }

    /// A load only moves forward: waits and unwinding aside, phases come in kernel order.
    #[test]
    fn phases_come_in_kernel_order(marks in vec(any_mark(), 0..60), attached in any_attachments()) {
        let call = SystemCall {
            hook: HookId::SYS_FINIT_MODULE,
            start_ns: 0,
            end_ns: 1000,
            returned: true,
            never_waited: false,
        };
        let found = ledger(&call, &marks, &attached);
        let covered: Vec<_> = progress(&found.phases).flat_map(|phase| &phase.covers).collect();
        let forward: Vec<_> = covered
            .iter()
            .filter(|phase| phase.name() != "unwind")
            .collect();
        prop_assert!(forward.is_sorted(), "{:?}", forward);
    }
}
