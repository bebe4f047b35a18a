//! A load's marks to its phases: pure, total, driven by the border catalogue alone.

mod attachments;
mod automaton;
mod calls;
mod hits;
mod spans;
#[cfg(test)]
mod tests;

pub use attachments::Attachments;

use kmodtrace_common::wire::Mark;

use self::{automaton::Automaton, hits::Hit};
use crate::{
    catalogue::{HookId, borders::Edge},
    model::{Anchor, PhaseSpan},
};

/// The system call of a load: what lies between its ends is to be divided into phases.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SystemCall {
    /// Its hook.
    pub hook: HookId,
    /// Its entry, ns.
    pub start_ns: u64,
    /// Its return, ns; the last event of a load whose return was not seen.
    pub end_ns: u64,
    /// True if its return was seen.
    pub returned: bool,
    /// True if its result tells that it has not waited for another load.
    pub never_waited: bool,
}

/// The time of one load, divided.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ledger {
    /// Phases: disjoint, in order of time, inside the system call.
    pub phases: Vec<PhaseSpan>,
    /// Sum of the gaps before, between and after them, ns.
    pub unattributed_ns: u64,
    /// Entries without their return and returns without their entry, where both could have been seen:
    /// the kernel has passed over a probe.
    pub missed: u64,
}

/// Divides the time of `call` by the marks of its load. `attached` tells which borders could have been
/// seen. Marks that lie outside the call or belong to unknown hooks are passed over.
#[must_use]
pub fn ledger(call: &SystemCall, marks: &[Mark], attached: &Attachments) -> Ledger {
    let call = SystemCall {
        end_ns: call.end_ns.max(call.start_ns),
        ..*call
    };
    let hits = hits::in_order(&call, marks);
    let missed = if call.returned {
        calls::missed(&hits, attached)
    } else {
        0
    };
    let calls = calls::paired(&hits);
    let mut automaton = Automaton::new(attached);
    let entry = call.hook.hook().map(|hook| Hit::entry(hook, call.start_ns));
    if let Some(entry) = &entry {
        automaton.hit(entry);
    }
    for (hit, called) in hits.iter().zip(calls) {
        automaton.hit(hit);
        if let Some(called) = called {
            automaton.call(called);
        }
    }
    let end = match (call.returned, entry) {
        (true, Some(entry)) => Anchor {
            hook: entry.hook.name,
            edge: Edge::Return.name(),
        },
        (_, entry) => hits
            .last()
            .or(entry.as_ref())
            .map_or(UNKNOWN_ANCHOR, Hit::anchor),
    };
    let phases = automaton.finish(&call, end);
    Ledger {
        unattributed_ns: gaps(&call, &phases),
        phases,
        missed,
    }
}

/// What ends a load of which nothing at all is known.
const UNKNOWN_ANCHOR: Anchor = Anchor {
    hook: "unknown",
    edge: "unknown",
};

fn gaps(call: &SystemCall, phases: &[PhaseSpan]) -> u64 {
    let mut cursor = call.start_ns;
    let mut sum = 0;
    for phase in phases {
        sum += phase.start_ns.saturating_sub(cursor);
        cursor = phase.end_ns();
    }
    sum + call.end_ns.saturating_sub(cursor)
}
