//! Marks of loads in flight, in words.

use kmodtrace_common::wire;

use crate::{catalogue::HookId, event::InFlight};

/// The last mark of a load in flight: hook, edge, time in ns.
pub(super) fn last_mark(load: &InFlight) -> Option<(String, &'static str, u64)> {
    let &(hook, edge, time_ns, _, _) = load.marks.last()?;
    Some((hook_name(hook), edge_name(edge), time_ns))
}

/// The catalogue's name of a hook; `hook 99` for one that this version does not know.
pub(super) fn hook_name(id: u16) -> String {
    match HookId(id).hook() {
        Some(hook) => hook.name.to_owned(),
        None => format!("hook {id}"),
    }
}

/// `entry`, `return` or `tracepoint`.
pub(super) fn edge_name(edge: u8) -> &'static str {
    match edge {
        wire::EDGE_ENTRY => "entry",
        wire::EDGE_RETURN => "return",
        wire::EDGE_TRACEPOINT => "tracepoint",
        _ => "hit",
    }
}
