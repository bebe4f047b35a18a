//! What a comparison of loads needs to know of the machine.

use std::path::Path;

use super::file;

/// Model of the first CPU, as `/proc/cpuinfo` names it.
#[must_use]
pub fn cpu_model(root: &Path) -> Option<String> {
    let text = file::text(&root.join("proc/cpuinfo"))?;
    let value = |key: &str| {
        let lines = text.lines();
        let mut fields = lines.filter_map(|line| line.split_once(':'));
        fields.find_map(|(name, value)| (name.trim() == key).then(|| value.trim().to_owned()))
    };
    value("model name").or_else(|| value("CPU part"))
}

/// Frequency governor of the first CPU; `None` where the kernel scales no frequencies.
#[must_use]
pub fn governor(root: &Path) -> Option<String> {
    file::text(&root.join("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"))
}

/// What the machine runs on: the DMI product of a known hypervisor, `hypervisor` for one that only the
/// CPU tells of, or `none`. `None` if nothing can be read.
#[must_use]
pub fn hypervisor(root: &Path) -> Option<String> {
    if let Some(kind) = file::text(&root.join("sys/hypervisor/type")) {
        return Some(kind);
    }
    let text = file::text(&root.join("proc/cpuinfo"))?;
    let flagged = text
        .lines()
        .find(|line| line.starts_with("flags"))
        .is_some_and(|line| line.split_whitespace().any(|flag| flag == "hypervisor"));
    let vendor = file::text(&root.join("sys/class/dmi/id/sys_vendor"));
    match (vendor, flagged) {
        (Some(vendor), true) => Some(vendor),
        (None, true) => Some("hypervisor".to_owned()),
        (Some(vendor), false) if vendor == "QEMU" => Some(vendor),
        (_, false) => Some("none".to_owned()),
    }
}
