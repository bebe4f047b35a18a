//! Phases under plans made by hand.

use super::{PhaseRow, explain};
use crate::{
    catalogue::{HOOKS, HookId, borders::Edge, phase::Phase},
    plan::PhaseView,
};

/// The table when every hook is attached but these and the substitutes.
fn without(missing: &[HookId]) -> Vec<PhaseRow> {
    let substitutes: Vec<_> = HOOKS
        .iter()
        .filter(|hook| {
            hook.instead_of
                .is_some_and(|other| !missing.contains(&other))
        })
        .map(|hook| hook.id)
        .collect();
    explain(|hook, _| !missing.contains(&hook) && !substitutes.contains(&hook))
}

fn row(rows: &[PhaseRow], phase: Phase) -> PhaseRow {
    *rows.iter().find(|row| row.phase == phase).unwrap()
}

#[test]
fn with_every_hook_every_phase_has_its_own() {
    let rows = without(&[]);
    assert_eq!(
        rows.iter().map(|row| row.phase).collect::<Vec<_>>(),
        Phase::ALL
    );
    assert!(rows.iter().all(|row| matches!(row.view, PhaseView::Own(_))));
    let inferred: Vec<_> = rows
        .iter()
        .filter(|row| !row.measured)
        .map(|row| row.phase)
        .collect();
    let gaps = [
        Phase::Elf,
        Phase::Copy,
        Phase::Sections,
        Phase::Ftrace,
        Phase::Return,
    ];
    assert_eq!(inferred, gaps);
}

#[test]
fn a_phase_that_is_not_begun_is_part_of_the_one_before() {
    let rows = without(&[HookId::SIG_CHECK, HookId::VERIFY_SIG, HookId::FROB_ARCH]);
    let merged = PhaseView::MergedInto(Phase::Signature);
    assert_eq!(row(&rows, Phase::Elf).view, merged);
    assert_eq!(row(&rows, Phase::Layout).view, merged);
    assert_eq!(
        row(&rows, Phase::Alloc).view,
        PhaseView::Own(HookId::EXECMEM_ALLOC)
    );
}

#[test]
fn phases_that_need_not_happen_are_absent() {
    let rows = without(&[
        HookId::DECOMPRESS,
        HookId::IDEMPOTENT,
        HookId::FINISHED_LOADING,
    ]);
    assert_eq!(row(&rows, Phase::Decompress).view, PhaseView::Absent);
    assert_eq!(row(&rows, Phase::Wait).view, PhaseView::Absent);
}

#[test]
fn fall_backs_count_only_without_what_they_replace() {
    let live = row(&without(&[]), Phase::Live);
    assert_eq!(
        (live.view, live.measured),
        (PhaseView::Own(HookId::NOTIFY), true)
    );
    let live = row(&without(&[HookId::NOTIFY]), Phase::Live);
    assert_eq!(live.view, PhaseView::Own(HookId::INITCALL_FINISH));
    assert_eq!((live.edge, live.measured), (Some(Edge::Tracepoint), false));
}

#[test]
fn an_edge_alone_does_not_stand_for_the_other() {
    let rows = explain(|hook, edge| hook != HookId::SIG_CHECK || edge == Edge::Entry);
    assert_eq!(
        row(&rows, Phase::Elf).view,
        PhaseView::Own(HookId::VERIFY_SIG)
    );
}
