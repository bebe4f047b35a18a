//! What renderers derive from a load.

use crate::{
    catalogue::phase::Phase,
    event::Name,
    model::{Call, CallValue, Load, Outcome, PhaseSpan, Syscall},
};

/// The phase in which a load failed: the one before the unwinding began.
pub(super) fn failed_in(load: &Load) -> Option<&PhaseSpan> {
    if !matches!(load.outcome, Outcome::Returned(Err(_))) {
        return None;
    }
    let unwind = load
        .phases
        .iter()
        .position(|span| span.covers.first() == Some(&Phase::Unwind))?;
    load.phases.get(unwind.checked_sub(1)?)
}

/// The system call's name.
pub(super) fn syscall_name(syscall: &Syscall) -> &'static str {
    match syscall {
        Syscall::InitModule => "init_module",
        Syscall::FinitModule { .. } => "finit_module",
    }
}

/// A name, unless it is unknown or empty.
pub(super) fn known(name: Option<&Name>) -> Option<&Name> {
    name.filter(|name| !name.is_empty())
}

/// Where a span begins, ns after the load did.
pub(super) fn offset_ns(load: &Load, start_ns: u64) -> u64 {
    start_ns.saturating_sub(load.start_ns)
}

/// Memory that was allocated for a module.
pub(super) struct Allocation {
    /// How much.
    pub(super) bytes: u64,
    /// Where.
    pub(super) address: u64,
}

/// Memory allocated in a load, in order of time: the calls that have a size and an address.
pub(super) fn allocations(load: &Load) -> Vec<Allocation> {
    let calls = load.phases.iter().flat_map(|span| &span.calls);
    calls.filter_map(allocation).collect()
}

fn allocation(call: &Call) -> Option<Allocation> {
    let (mut bytes, mut address) = (None, None);
    for value in &call.values {
        match *value {
            ("bytes", CallValue::Number(number)) => bytes = Some(number),
            ("address", CallValue::Address(at)) if at != 0 => address = Some(at),
            _ => {}
        }
    }
    let (bytes, address) = (bytes?, address?);
    Some(Allocation { bytes, address })
}

/// `1 record`, `2 records`.
pub(super) fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
