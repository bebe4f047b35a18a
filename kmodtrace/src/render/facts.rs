//! What renderers derive from a load.

use crate::{
    catalogue::HookId,
    event::Name,
    model::{Call, CallValue, Load, Section, Syscall},
};

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

/// Memory allocated in a load, in order of time.
pub(super) fn allocations(load: &Load) -> Vec<Allocation> {
    let calls = load.phases.iter().flat_map(|span| &span.calls);
    let hooks = [HookId::EXECMEM_ALLOC, HookId::MODULE_ALLOC];
    let allocates = |call: &&Call| {
        let mut hooks = hooks.iter().filter_map(|hook| hook.hook());
        hooks.any(|hook| hook.name == call.name)
    };
    calls.filter(allocates).filter_map(allocation).collect()
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

/// Sections that lie in memory from `begin` to `end`, in the order of the file.
pub(super) fn sections_in(
    sections: &[Section],
    begin: u64,
    end: u64,
) -> impl Iterator<Item = &Section> {
    let overlaps = move |section: &&Section| {
        let from = section.address.unwrap_or(u64::MAX);
        section.bytes > 0 && from < end && from.saturating_add(section.bytes) > begin
    };
    sections.iter().filter(overlaps)
}

/// Bytes as hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A device as the kernel's lists show it.
pub(super) fn device((major, minor): (u32, u32)) -> String {
    format!("{major}:{minor}")
}

/// Taints by name, in order of their bits (`Documentation/admin-guide/tainted-kernels.rst`); a bit
/// without a name as a number.
pub(super) fn taint_names(taints: u64) -> Vec<String> {
    const NAMES: [&str; 19] = [
        "PROPRIETARY_MODULE",
        "FORCED_MODULE",
        "CPU_OUT_OF_SPEC",
        "FORCED_RMMOD",
        "MACHINE_CHECK",
        "BAD_PAGE",
        "USER",
        "DIE",
        "OVERRIDDEN_ACPI_TABLE",
        "WARN",
        "CRAP",
        "FIRMWARE_WORKAROUND",
        "OOT_MODULE",
        "UNSIGNED_MODULE",
        "SOFTLOCKUP",
        "LIVEPATCH",
        "AUX",
        "RANDSTRUCT",
        "TEST",
    ];
    let set = (0..u64::BITS).filter(|bit| taints >> bit & 1 == 1);
    set.map(|bit| {
        let name = usize::try_from(bit).ok().and_then(|bit| NAMES.get(bit));
        name.map_or_else(|| format!("{bit}"), |name| (*name).to_owned())
    })
    .collect()
}
