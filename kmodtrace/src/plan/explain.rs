//! Which phases a plan, or what became of it, lets tell apart.

use super::{PhaseView, Plan};
use crate::catalogue::{
    HookId,
    borders::{BORDERS, Border, Edge, Step, When},
    phase::Phase,
};

/// How one phase is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PhaseRow {
    /// The phase.
    pub phase: Phase,
    /// What begins it.
    pub view: PhaseView,
    /// Which hit of its hook begins it; `None` unless it has one.
    pub edge: Option<Edge>,
    /// True if that hit is its exact beginning; false if it is the end of the phase before, and it
    /// began somewhere behind.
    pub measured: bool,
}

/// Every phase, in the order of [`Phase::ALL`], as the plan has it: every probe attached.
#[must_use]
pub fn of_plan(plan: &Plan) -> Vec<PhaseRow> {
    explain(|hook, edge| plan.probe(hook, edge).is_some())
}

/// Every phase, in the order of [`Phase::ALL`], when the edges for which `attached` is true are.
pub fn explain(attached: impl Fn(HookId, Edge) -> bool) -> Vec<PhaseRow> {
    let any_edge = |hook| {
        let edges = [Edge::Entry, Edge::Return, Edge::Tracepoint];
        edges.into_iter().any(|edge| attached(hook, edge))
    };
    let usable = |border: &Border| {
        attached(border.hook, border.edge)
            && match border.when {
                When::Without(hook) => !any_edge(hook),
                _ => true,
            }
    };
    let mut begun = None;
    Phase::ALL
        .into_iter()
        .map(|phase| {
            let row = row(phase, &usable, begun);
            if phase.always_happens() && matches!(row.view, PhaseView::Own(_)) {
                begun = Some(phase);
            }
            row
        })
        .collect()
}

fn row(phase: Phase, usable: &impl Fn(&Border) -> bool, begun: Option<Phase>) -> PhaseRow {
    let of = |exact: bool| {
        let mut borders = BORDERS.iter();
        borders.find(|border| begins(border.step) == Some((phase, exact)) && usable(border))
    };
    let (found, measured) = match of(true) {
        Some(border) => (Some(border), true),
        None => (of(false), false),
    };
    let view = match (found, begun) {
        (Some(border), _) => PhaseView::Own(border.hook),
        (None, Some(before)) if phase.always_happens() => PhaseView::MergedInto(before),
        (None, _) => PhaseView::Absent,
    };
    PhaseRow {
        phase,
        view,
        edge: found.map(|border| border.edge),
        measured,
    }
}

/// The phase that a step begins, and whether exactly there.
fn begins(step: Step) -> Option<(Phase, bool)> {
    Some(match step {
        Step::Begin(phase) | Step::BeginTentative(phase) => (phase, true),
        Step::EndInto(_, phase) | Step::EndAllInto(phase) => (phase, false),
        Step::Unwind => (Phase::Unwind, true),
    })
}

#[cfg(test)]
mod tests;
