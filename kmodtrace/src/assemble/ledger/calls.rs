//! Entries paired with their returns.

use std::collections::BTreeMap;

use kmodtrace_common::wire::Mark;

use super::{Attachments, hits::Hit};
use crate::{
    catalogue::{
        HookId, Scope,
        borders::Edge,
        values::{VALUES, ValueKind, ValueOf},
    },
    model::{Call, CallValue},
};

/// For each hit the call that begins there, if one does. A return ends the innermost open call of its
/// hook.
pub(super) fn paired(hits: &[Hit]) -> Vec<Option<Call>> {
    let mut open: BTreeMap<HookId, Vec<usize>> = BTreeMap::new();
    let mut returns = vec![None; hits.len()];
    for (index, hit) in hits.iter().enumerate() {
        match hit.edge {
            Edge::Entry => open.entry(hit.hook.id).or_default().push(index),
            Edge::Return => {
                if let Some(entry) = open.get_mut(&hit.hook.id).and_then(Vec::pop) {
                    returns[entry] = Some(&hit.mark);
                }
            }
            Edge::Tracepoint => {}
        }
    }
    let calls = hits.iter().zip(returns).map(|(hit, returned)| {
        let begins = hit.edge != Edge::Return && hit.hook.scope != Scope::Syscall;
        begins.then(|| Call {
            name: hit.hook.name,
            start_ns: hit.mark.time_ns,
            duration_ns: returned.map(|returned| returned.time_ns.saturating_sub(hit.mark.time_ns)),
            values: values(&hit.mark, returned),
        })
    });
    calls.collect()
}

/// How many entries have no return, and returns no entry, although both edges are attached.
pub(super) fn missed(hits: &[Hit], attached: &Attachments) -> u64 {
    let mut balance: BTreeMap<HookId, i64> = BTreeMap::new();
    for hit in hits.iter().filter(|hit| attached.has_span(hit.hook.id)) {
        *balance.entry(hit.hook.id).or_default() += match hit.edge {
            Edge::Entry => 1,
            Edge::Return => -1,
            Edge::Tracepoint => 0,
        };
    }
    balance.values().map(|balance| balance.unsigned_abs()).sum()
}

/// The named values of one call, from the mark of its entry and, where it was seen, of its return.
fn values(entry: &Mark, returned: Option<&Mark>) -> Vec<(&'static str, CallValue)> {
    let rows = VALUES.iter();
    let rows = rows.filter(|row| row.hook.0 == entry.hook && !row.name.is_empty());
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
