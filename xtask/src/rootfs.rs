//! The guest's root file system: a tree of Debian packages and the ext4 image made of it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::cache::{self, Cache};
use crate::process;
use crate::tree;

/// Suite that the guest's programs come from.
pub(crate) const SUITE: &str = "trixie";
/// Packages of the guest. libelf is there for the kernel build tools run from this tree.
const PACKAGES: &[&str] = &[
    "base-files",
    "busybox-static",
    "kmod",
    "libc6",
    "libelf1t64",
    "xz-utils",
    "zlib1g",
    "zstd",
];
/// Packages of guests in which others trace too.
const TOOLS: &[&str] = &["bpftrace", "linux-perf", "trace-cmd"];
/// Mount points, and directories that scripts expect.
const MOUNT_POINTS: &[&str] = &[
    "dev",
    "guest",
    "modules",
    "proc",
    "root",
    "run",
    "share",
    "sys",
    "tmp",
    "usr/local/bin",
];
/// Changes whenever the tree would be made differently.
const VERSION: &str = "1";

/// File system features that every kernel of the list can mount and any mke2fs knows.
const FEATURES: &str =
    "none,ext_attr,dir_index,filetype,extent,sparse_super,large_file,flex_bg,dir_nlink,extra_isize";

/// The unpacked root tree of the guest.
#[derive(Debug)]
pub(crate) struct Root {
    /// Where the tree is.
    pub(crate) tree: PathBuf,
}

impl Root {
    /// Unpacks the guest's packages unless that was done.
    pub(crate) fn open(cache: &Cache) -> Result<Self> {
        Self::of(cache, PACKAGES)
    }

    /// The same with other tracers in it.
    pub(crate) fn with_tools(cache: &Cache) -> Result<Self> {
        Self::of(cache, &[PACKAGES, TOOLS].concat())
    }

    fn of(cache: &Cache, packages: &[&str]) -> Result<Self> {
        let parts = packages.iter().copied().chain([SUITE, VERSION]);
        let name = format!("root/{}", cache::key(parts.map(str::as_bytes)));
        let tree = cache.make(&name, "root tree of the guest", |part| {
            unpack(cache, packages, part)
        })?;
        Ok(Self { tree })
    }

    /// The ext4 image of the tree.
    pub(crate) fn image(&self, cache: &Cache) -> Result<PathBuf> {
        let name = self.tree.file_name().unwrap_or_default().to_string_lossy();
        let image = format!("root/{name}.img");
        cache.make(&image, "root image of the guest", |part| {
            ext4(&self.tree, part, 64)
        })
    }

    /// The guest's static busybox.
    pub(crate) fn busybox(&self) -> PathBuf {
        self.tree.join("usr/bin/busybox")
    }

    /// Directory of the guest's shared libraries.
    pub(crate) fn libraries(&self) -> PathBuf {
        tree::libraries(&self.tree)
    }

    /// A command that runs a program of the tree with the tree's own libraries, on the host.
    pub(crate) fn program(&self, path: &str) -> Command {
        tree::program(&self.tree, path)
    }
}

/// Unpacks the packages into `tree` and links busybox's applets.
fn unpack(cache: &Cache, packages: &[&str], tree: &Path) -> Result<()> {
    tree::unpack(cache, SUITE, packages, tree)?;
    for name in MOUNT_POINTS {
        fs::create_dir_all(tree.join(name))?;
    }
    fs::create_dir_all(tree.join("usr/lib/modules"))?;
    fs::write(tree.join("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n")?;
    fs::write(tree.join("etc/group"), "root:x:0:\n")?;
    let busybox = tree.join("usr/bin/busybox");
    for applet in process::output(Command::new(&busybox).arg("--list"))?.lines() {
        let taken = ["bin", "sbin"]
            .iter()
            .any(|dir| fs::symlink_metadata(tree.join("usr").join(dir).join(applet)).is_ok());
        if !taken {
            symlink("busybox", tree.join("usr/bin").join(applet))?;
        }
    }
    // The loader's cache; without it the guest searches its default directories, which do.
    let _ = Command::new("ldconfig").arg("-r").arg(tree).output();
    Ok(())
}

/// Makes an ext4 image of `tree` with `spare` MiB of room.
pub(crate) fn ext4(tree: &Path, image: &Path, spare: u64) -> Result<()> {
    let usage = process::output(Command::new("du").arg("-sm").arg(tree))?;
    let megabytes: u64 = usage
        .split_whitespace()
        .next()
        .and_then(|word| word.parse().ok())
        .with_context(|| format!("du said nothing of use about {}", tree.display()))?;
    let size = format!("{}M", megabytes * 5 / 4 + spare);
    let mke2fs = if Path::new("/sbin/mke2fs").exists() {
        "/sbin/mke2fs"
    } else {
        "mke2fs"
    };
    let mut command = Command::new(mke2fs);
    command.args([
        "-q", "-F", "-t", "ext4", "-b", "4096", "-m", "0", "-O", FEATURES,
    ]);
    command
        .args(["-E", "root_owner=0:0", "-d"])
        .arg(tree)
        .arg(image)
        .arg(size);
    process::quiet(&mut command)
}
