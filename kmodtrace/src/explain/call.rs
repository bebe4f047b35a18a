//! Which call returned the error.

use super::errno::ENOMEM;
use crate::{
    catalogue::{HookId, borders},
    model::{Call, CallValue, Load},
};

/// The hook of the last call in the phase that failed which returned the error. The load as a whole
/// returned it too, which says nothing.
pub(super) fn returned(load: &Load, errno: i32) -> Option<&'static str> {
    let failed = load.failed_in()?;
    // What is only seen to return ends the phase.
    let at_its_end = load
        .phases
        .iter()
        .filter(|span| span.start_ns == failed.end_ns())
        .flat_map(|span| &span.calls)
        .filter(|call| call.start_ns == failed.end_ns());
    let mut calls = at_its_end.chain(failed.calls.iter().rev());
    let found = calls.find(|call| {
        call.hook() != Some(HookId::LOAD_MODULE)
            && (status(call) == Some(-i64::from(errno)) || errno == ENOMEM && found_no_memory(call))
    });
    found.map(|call| call.name)
}

/// How much memory was asked for by the allocation that got none.
pub(super) fn refused_bytes(load: &Load) -> Option<u64> {
    let calls = &load.failed_in()?.calls;
    let refused = calls.iter().rev().find(|call| found_no_memory(call))?;
    refused.values.iter().find_map(|(name, value)| match value {
        CallValue::Number(bytes) if *name == "bytes" => Some(*bytes),
        _ => None,
    })
}

/// What the last call of a hook returned.
pub(super) fn status_of(load: &Load, hook: HookId) -> Option<i64> {
    let calls = load.phases.iter().flat_map(|span| &span.calls);
    let mut of_hook = calls.rev().filter(|call| call.hook() == Some(hook));
    status(of_hook.next()?)
}

fn status(call: &Call) -> Option<i64> {
    call.values.iter().find_map(|(name, value)| match value {
        CallValue::Status(status) if *name == "status" => Some(*status),
        _ => None,
    })
}

/// True for an allocation without a result.
fn found_no_memory(call: &Call) -> bool {
    call.hook().is_some_and(borders::allocates)
        && call.values.contains(&("address", CallValue::Address(0)))
}
