//! QEMU: this machine's own, else one unpacked beside the machine's packages.
//!
//! Not installed, because that can take other packages' place: Debian's QEMU refuses to stand beside
//! tools of another release of QEMU. `$KMODTRACE_QEMU` names one by hand.

use std::env;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::cache::{self, Cache};
use crate::process;
use crate::rootfs::SUITE;
use crate::setup::which;
use crate::tree;

/// Changes whenever the tree would be made differently.
const VERSION: &str = "1";

/// A command that runs QEMU for a Debian architecture, without arguments of the machine.
pub(crate) fn command(cache: &Cache, arch: &str) -> Result<Command> {
    let (name, package) = match arch {
        "amd64" => ("qemu-system-x86_64", "qemu-system-x86"),
        "arm64" => ("qemu-system-aarch64", "qemu-system-arm"),
        _ => bail!("no emulator is known for {arch}"),
    };
    if let Some(path) = env::var_os("KMODTRACE_QEMU").filter(|_| arch == "amd64") {
        return tried(Command::new(path));
    }
    if let Some(path) = which(name)
        && let Ok(command) = tried(Command::new(path))
    {
        return Ok(command);
    }
    let key = cache::key([package, SUITE, VERSION].map(str::as_bytes));
    let tree = cache.make(&format!("qemu/{key}"), "tree of QEMU", |part| {
        tree::unpack(cache, SUITE, &[package], part)
    })?;
    unpacked(&tree, name)
}

/// The tree's QEMU, with its own modules and firmware.
fn unpacked(tree: &Path, name: &str) -> Result<Command> {
    let mut command = tree::program(tree, &format!("/usr/bin/{name}"));
    command.env("QEMU_MODULE_DIR", tree::libraries(tree).join("qemu"));
    for dir in ["qemu", "seabios"] {
        command.arg("-L").arg(tree.join("usr/share").join(dir));
    }
    // QEMU's option ROMs are links out of its own directory.
    command.arg("-L").arg(tree.join("usr/lib/ipxe/qemu"));
    tried(command)
}

/// The command, if it runs at all.
fn tried(command: Command) -> Result<Command> {
    process::quiet(bound(&command).arg("--version"))?;
    Ok(command)
}

/// The command as the child of a `setpriv` that lets the kernel kill it should this thread die first.
pub(crate) fn bound(command: &Command) -> Command {
    let mut bound = Command::new("setpriv");
    bound.args(["--pdeathsig", "KILL", "--"]);
    bound.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        bound.env(name, value.unwrap_or(OsStr::new("")));
    }
    bound
}
