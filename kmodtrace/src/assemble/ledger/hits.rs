//! Marks with their catalogue rows, in order of time.

use kmodtrace_common::wire::{MARK_WAITED, Mark};

use super::SystemCall;
use crate::{
    catalogue::{Hook, HookId, borders::Edge},
    model::Anchor,
};

/// A mark of a known hook inside the load.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub(super) hook: &'static Hook,
    pub(super) edge: Edge,
    pub(super) mark: Mark,
}

impl Hit {
    /// The entry of a function, without values.
    pub(super) fn entry(hook: &'static Hook, time_ns: u64) -> Self {
        let mark = Mark {
            time_ns,
            hook: hook.id.0,
            ..Mark::default()
        };
        Self {
            hook,
            edge: Edge::Entry,
            mark,
        }
    }

    pub(super) fn anchor(&self) -> Anchor {
        Anchor {
            hook: self.hook.name,
            edge: self.edge.name(),
        }
    }

    /// Since when the load has been waiting for another module, ns, if this mark says so.
    pub(super) fn waited_since(&self) -> Option<u64> {
        (self.mark.flags & MARK_WAITED != 0).then_some(self.mark.a)
    }
}

/// The marks that lie inside `call` and belong to known hooks, in order of time.
pub(super) fn in_order(call: &SystemCall, marks: &[Mark]) -> Vec<Hit> {
    let mut hits: Vec<_> = marks
        .iter()
        .filter(|mark| (call.start_ns..=call.end_ns).contains(&mark.time_ns))
        .filter_map(|&mark| {
            Some(Hit {
                hook: HookId(mark.hook).hook()?,
                edge: Edge::of_wire(mark.edge)?,
                mark,
            })
        })
        .collect();
    hits.sort_by_key(|hit| hit.mark.time_ns);
    hits
}
