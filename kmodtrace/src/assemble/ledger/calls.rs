//! Entries paired with their returns.

use kmodtrace_common::wire::Mark;

use super::{Attachments, hits::Hit};
use crate::{
    catalogue::{
        HOOKS, HookId, Scope,
        borders::Edge,
        values::{ValueKind, ValueOf, values_of},
    },
    model::{Call, CallValue},
};

/// For each hit the call that begins there, if one does. A return ends the innermost open call of its
/// hook.
pub(super) fn paired(hits: &[Hit]) -> impl Iterator<Item = Option<Call>> {
    let returns = returns(hits);
    hits.iter().zip(returns).map(|(hit, returned)| {
        let begins = hit.edge != Edge::Return && hit.hook.scope != Scope::Syscall;
        begins.then(|| Call {
            name: hit.hook.name,
            start_ns: hit.mark.time_ns,
            duration_ns: returned.map(|returned| returned.time_ns.saturating_sub(hit.mark.time_ns)),
            values: values(&hit.mark, returned),
        })
    })
}

/// For each entry the return that belongs to it, if it came.
fn returns(hits: &[Hit]) -> Vec<Option<&Mark>> {
    // At each hook the innermost call that is open, and behind each call the one around it.
    let mut innermost = [None; HOOKS.len()];
    let mut around = vec![None; hits.len()];
    let mut returns = vec![None; hits.len()];
    for (index, hit) in hits.iter().enumerate() {
        let open = &mut innermost[hit.hook.place()];
        match hit.edge {
            Edge::Entry => around[index] = open.replace(index),
            Edge::Return => {
                if let Some(entry) = *open {
                    returns[entry] = Some(&hit.mark);
                    *open = around[entry];
                }
            }
            Edge::Tracepoint => {}
        }
    }
    returns
}

/// How many entries have no return, and returns no entry, although both edges are attached.
pub(super) fn missed(hits: &[Hit], attached: &Attachments) -> u64 {
    let mut balance = [0_i64; HOOKS.len()];
    for hit in hits.iter().filter(|hit| attached.has_span(hit.hook.id)) {
        balance[hit.hook.place()] += match hit.edge {
            Edge::Entry => 1,
            Edge::Return => -1,
            Edge::Tracepoint => 0,
        };
    }
    balance.iter().map(|balance| balance.unsigned_abs()).sum()
}

/// The named values of one call, from the mark of its entry and, where it was seen, of its return.
fn values(entry: &Mark, returned: Option<&Mark>) -> Vec<(&'static str, CallValue)> {
    let rows = values_of(HookId(entry.hook)).iter();
    let rows = rows.filter(|row| !row.name.is_empty());
    rows.filter_map(|row| {
        let raw = match row.of {
            ValueOf::EntryA => entry.a,
            ValueOf::EntryB => entry.b,
            ValueOf::Return => returned?.a,
        };
        let value = match row.kind {
            ValueKind::Address => CallValue::Address(raw),
            ValueKind::Number => CallValue::Number(raw),
            ValueKind::Status => CallValue::Status(raw.cast_signed()),
        };
        Some((row.name, value))
    })
    .collect()
}
