//! The first root of a guest: busybox, what it takes to mount the real root, and this run's files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::cache::{self, Cache};
use crate::cpio::Cpio;
use crate::kernel::Kernel;
use crate::moddep::{self, ModDep};
use crate::process;
use crate::rootfs::Root;
use crate::testmods;

/// Modules that the guest loads before it mounts its root; those built in are skipped.
const BOOT_MODULES: &[&str] = &[
    "virtio_pci",
    "virtio_blk",
    "virtio_console",
    "crc32c_generic",
    "crc32c_intel",
    "ext4",
];
/// Modules for a shared directory.
const SHARE_MODULES: &[&str] = &["9pnet_virtio", "9p"];

/// What goes into the archive of one run.
#[derive(Debug)]
pub(crate) struct Contents<'a> {
    /// Shell text that init sources: variables of this run.
    pub(crate) config: &'a str,
    /// Shell script that runs the command.
    pub(crate) command: &'a str,
    /// kmodtrace's binary.
    pub(crate) binary: Option<&'a Path>,
    /// The project's own modules for this kernel.
    pub(crate) modules: &'a [PathBuf],
    /// Whether a directory is shared.
    pub(crate) share: bool,
}

/// The archive of one run.
pub(crate) fn build(
    cache: &Cache,
    root: &Root,
    kernel: &Kernel,
    contents: &Contents<'_>,
) -> Result<Vec<u8>> {
    let read =
        |path: &Path| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    let scripts = cache::workspace().join("tests/guest");
    let mut cpio = Cpio::default();
    for dir in [
        "dev",
        "proc",
        "sys",
        "root",
        "bin",
        "kt/bin",
        "kt/guest",
        "kt/modules",
    ] {
        cpio.dir(dir)?;
    }
    cpio.file("bin/busybox", true, &read(&root.busybox())?)?;
    cpio.file("init", true, &read(&scripts.join("init"))?)?;
    cpio.file("kt/config", false, contents.config.as_bytes())?;
    cpio.file("kt/command", false, contents.command.as_bytes())?;
    if let Some(binary) = contents.binary {
        cpio.file("kt/bin/kmodtrace", true, &read(binary)?)?;
    }
    for script in cache::files_below(&scripts)? {
        let name = script
            .strip_prefix(&scripts)?
            .to_string_lossy()
            .into_owned();
        let executable = fs::metadata(&script)?.permissions().mode() & 0o111 != 0;
        cpio.file(&format!("kt/guest/{name}"), executable, &read(&script)?)?;
    }
    for module in contents.modules {
        let name = testmods::place(module);
        cpio.file(&format!("kt/modules/{name}"), false, &read(module)?)?;
    }
    if let Some(tree) = &kernel.modules {
        let dep = fs::read_to_string(tree.join("modules.dep"))
            .with_context(|| format!("{} has no modules.dep: run depmod", tree.display()))?;
        let mut names = BOOT_MODULES.to_vec();
        if contents.share {
            names.extend(SHARE_MODULES);
        }
        let mut order = String::new();
        for file in ModDep::parse(&dep).load_order(&names) {
            let name = moddep::name_of(&file);
            cpio.file(
                &format!("boot/{name}.ko"),
                false,
                &plain(cache, &tree.join(&file))?,
            )?;
            order.push_str(&name);
            order.push('\n');
        }
        cpio.file("boot/order", false, order.as_bytes())?;
    }
    cpio.finish()
}

/// The bytes of a module file, decompressed; kept in the cache.
pub(crate) fn plain(cache: &Cache, path: &Path) -> Result<Vec<u8>> {
    let program = match path.extension().and_then(|ext| ext.to_str()) {
        Some("xz") => "xz",
        Some("zst") => "zstd",
        Some("gz") => "gzip",
        _ => return fs::read(path).with_context(|| format!("cannot read {}", path.display())),
    };
    let meta = fs::metadata(path).with_context(|| format!("no module {}", path.display()))?;
    let stamp = format!("{:?} {}", meta.modified()?, meta.len());
    let key = cache::key([path.as_os_str().as_encoded_bytes(), stamp.as_bytes()]);
    let name = format!("images/plain/{key}.ko");
    if !cache.path(&name).is_file() {
        let done = Command::new(program)
            .args(["-q", "-d", "-c", "--"])
            .arg(path)
            .output()
            .with_context(|| format!("cannot run {program}"))?;
        anyhow::ensure!(
            done.status.success(),
            "{program} cannot decompress {}: {}",
            path.display(),
            process::tail(&String::from_utf8_lossy(&done.stderr), 3)
        );
        cache.dir("images/plain")?;
        let part = cache.path(format!("{name}.{}.part", std::process::id()));
        fs::write(&part, done.stdout)?;
        fs::rename(part, cache.path(&name))?;
    }
    Ok(fs::read(cache.path(&name))?)
}
