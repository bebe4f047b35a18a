//! What ftrace can hook, and the tracepoints: files of tracefs; and the list of what kprobes refuse.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use super::{file, wanted};

/// Where tracefs is mounted, below the root directory.
const MOUNTS: [&str; 2] = ["sys/kernel/tracing", "sys/kernel/debug/tracing"];

/// A file that every mounted tracefs has.
const WITNESS: &str = "available_events";

/// The directory where tracefs is mounted; `None` if it is not.
#[must_use]
pub fn mounted(root: &Path) -> Option<PathBuf> {
    let mut mounts = MOUNTS.iter().map(|mount| root.join(mount));
    mounts.find(|mount| mount.join(WITNESS).exists())
}

/// Functions in the catalogue, with their suffixes, that ftrace can hook, and where their ftrace
/// site is (newer kernels tell), else 0.
///
/// # Errors
/// When the list cannot be read: why.
pub fn functions(tracefs: &Path) -> Result<BTreeMap<String, u64>, String> {
    let with_sites = file::read(&tracefs.join("available_filter_functions_addrs"))
        .map(|bytes| parse_functions(&bytes, true))
        .unwrap_or_default();
    if !with_sites.is_empty() {
        return Ok(with_sites);
    }
    let bytes = file::read(&tracefs.join("available_filter_functions"))?;
    if bytes.is_empty() {
        return Err("available_filter_functions is empty".to_owned());
    }
    Ok(parse_functions(&bytes, false))
}

fn parse_functions(bytes: &[u8], with_sites: bool) -> BTreeMap<String, u64> {
    let functions = wanted::functions();
    let mut found = BTreeMap::new();
    for line in bytes.split(|&byte| byte == b'\n') {
        let Ok(line) = std::str::from_utf8(line) else {
            continue;
        };
        let mut fields = line.split_ascii_whitespace();
        let site = if with_sites {
            let site = fields.next().unwrap_or_default();
            u64::from_str_radix(site, 16).unwrap_or(0)
        } else {
            0
        };
        // A module's function has its module behind it.
        if let (Some(name), None) = (fields.next(), fields.next()) {
            if wanted::is_variant(name, &functions) {
                found.insert(name.to_owned(), site);
            }
        }
    }
    found
}

/// Tracepoints in the catalogue that the kernel has.
///
/// # Errors
/// When the list cannot be read: why.
pub fn tracepoints(tracefs: &Path) -> Result<BTreeSet<String>, String> {
    let bytes = file::read(&tracefs.join(WITNESS))?;
    let wanted = wanted::tracepoints();
    let text = String::from_utf8_lossy(&bytes);
    let names = text.lines().filter_map(|line| line.split_once(':'));
    Ok(names
        .filter(|(_, name)| wanted.contains(name))
        .map(|(_, name)| name.to_owned())
        .collect())
}

/// Functions in the catalogue that kprobes refuse.
///
/// # Errors
/// When the list (a file of debugfs) cannot be read: why.
pub fn kprobe_blacklist(root: &Path) -> Result<BTreeSet<String>, String> {
    let bytes = file::read(&root.join("sys/kernel/debug/kprobes/blacklist"))?;
    let functions = wanted::functions();
    let text = String::from_utf8_lossy(&bytes);
    let names = text
        .lines()
        .filter_map(|line| line.split_ascii_whitespace().nth(1));
    Ok(names
        .filter(|name| wanted::is_variant(name, &functions))
        .map(str::to_owned)
        .collect())
}
