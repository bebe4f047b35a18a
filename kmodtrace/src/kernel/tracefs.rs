//! What ftrace can hook, and the tracepoints: files of tracefs; and the list of what kprobes refuse.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use super::{
    file,
    wanted::{self, Beginnings},
};

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
    let with_sites = listed(&tracefs.join("available_filter_functions_addrs"), true);
    match with_sites {
        Ok((lines, found)) if lines > 0 => Ok(found),
        _ => match listed(&tracefs.join("available_filter_functions"), false)? {
            (0, _) => Err("available_filter_functions is empty".to_owned()),
            (_, found) => Ok(found),
        },
    }
}

/// How many lines a list has, and what of it is in the catalogue.
fn listed(path: &Path, with_sites: bool) -> Result<(u64, BTreeMap<String, u64>), String> {
    let functions = wanted::functions();
    let beginnings = Beginnings::of(functions.iter().copied());
    let (mut lines, mut found) = (0, BTreeMap::new());
    file::lines(path, |line| {
        lines += 1;
        let (site, name) = match memchr::memchr(b' ', line) {
            Some(space) if with_sites => (&line[..space], &line[space + 1..]),
            _ => (&[][..], line),
        };
        // A module's function has its module behind it.
        if beginnings.may_be(name)
            && let Ok(name) = std::str::from_utf8(name)
            && wanted::is_variant(name, &functions)
        {
            let site = std::str::from_utf8(site).unwrap_or_default();
            let site = u64::from_str_radix(site, 16).unwrap_or(0);
            found.insert(name.to_owned(), site);
        }
        ControlFlow::Continue(())
    })?;
    Ok((lines, found))
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
