//! What renderers derive from a load.

use super::{canvas::Canvas, number};
use crate::{
    event::Name,
    model::{Load, Overhead, Section, Syscall},
};

/// The system call's name.
pub(crate) fn syscall_name(syscall: &Syscall) -> &'static str {
    match syscall {
        Syscall::InitModule => "init_module",
        Syscall::FinitModule { .. } => "finit_module",
    }
}

/// A name, unless it is unknown or empty.
pub(crate) fn known(name: Option<&Name>) -> Option<&Name> {
    name.filter(|name| !name.is_empty())
}

/// Where a span begins, ns after the load did.
pub(super) fn offset_ns(load: &Load, start_ns: u64) -> u64 {
    start_ns.saturating_sub(load.start_ns)
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
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
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

/// A level of the kernel's log (`include/linux/kern_levels.h`), as `dmesg` names it.
pub(super) fn level_name(level: u8) -> &'static str {
    const NAMES: [&str; 8] = [
        "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
    ];
    NAMES[usize::from(level & 7)]
}

/// What tracing cost of some time, ns; `None` if there was nothing to trace.
pub(super) fn overhead(overhead: Overhead, total_ns: u64, canvas: &Canvas<'_>) -> Option<String> {
    let Overhead { hits, ns, measured } = overhead;
    let (hits, ns) = (plural(hits?, "hit", "hits"), ns?);
    let about = if measured { "" } else { "about " };
    let (time, share) = (canvas.time(ns), number::share(ns, total_ns));
    Some(format!(
        "{hits}, {about}{time} ({share}) in kmodtrace's programs"
    ))
}
