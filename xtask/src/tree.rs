//! A tree of Debian packages beside this machine's own: unpacked, not installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::apt::{self, Apt};
use crate::cache::{self, Cache};

/// Directories below `usr/share` that no program of a tree reads.
const DROPPED: &[&str] = &[
    "doc",
    "man",
    "locale",
    "info",
    "lintian",
    "perl5",
    "perl",
    "common-licenses",
];

/// Unpacks packages of a suite and all they depend on into `tree`.
pub(crate) fn unpack(cache: &Cache, suite: &str, packages: &[&str], tree: &Path) -> Result<()> {
    fs::create_dir_all(tree)?;
    let mut debs = Apt::open(cache, suite, "amd64")?.closure(packages)?;
    // base-files owns the links /bin, /sbin and /lib, so it goes first.
    let is_base = |deb: &PathBuf| {
        deb.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("base-files_"))
    };
    debs.sort_by_key(|deb| !is_base(deb));
    for deb in &debs {
        apt::unpack(deb, tree)?;
    }
    for name in DROPPED {
        cache::remove(&tree.join("usr/share").join(name))?;
    }
    Ok(())
}

/// Directory of the tree's shared libraries.
pub(crate) fn libraries(tree: &Path) -> PathBuf {
    tree.join("usr/lib/x86_64-linux-gnu")
}

/// A command that runs a program of the tree with the tree's own libraries.
pub(crate) fn program(tree: &Path, path: &str) -> Command {
    let libraries = libraries(tree);
    let mut command = Command::new(libraries.join("ld-linux-x86-64.so.2"));
    command.arg("--library-path").arg(libraries);
    command
        .arg("--argv0")
        .arg(path)
        .arg(tree.join(path.trim_start_matches('/')));
    command
}
