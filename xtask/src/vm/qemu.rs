//! The QEMU process of one guest.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

use super::place::WorkDir;
use super::{Prepared, VmSpec, stream};
use crate::emulator;

/// Everything that QEMU's command line is made of.
pub(super) struct Machine<'a> {
    /// The run.
    pub(super) spec: &'a VmSpec,
    /// Kernel and images.
    pub(super) ready: &'a Prepared,
    /// Directory with the initramfs and the ports' sockets.
    pub(super) work: &'a WorkDir,
    /// Console log.
    pub(super) console: &'a Path,
}

/// A running QEMU; killed when dropped.
pub(super) struct Guest(Child);

impl Guest {
    /// Whether QEMU has ended by itself.
    pub(super) fn ended(&mut self) -> Result<bool> {
        Ok(self.0.try_wait().context("cannot wait for QEMU")?.is_some())
    }

    /// Ends QEMU and reaps it.
    pub(super) fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Machine<'_> {
    /// Starts QEMU, which the kernel kills should this thread die first.
    pub(super) fn start(&self, log: File) -> Result<Guest> {
        let mut command = emulator::bound(&self.ready.emulator);
        self.arguments(&mut command);
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("cannot start QEMU")?;
        Ok(Guest(child))
    }

    /// Adds QEMU's arguments.
    fn arguments(&self, command: &mut Command) {
        let spec = self.spec;
        command.args([
            "-M",
            "q35",
            "-cpu",
            "max",
            "-display",
            "none",
            "-nodefaults",
            "-no-reboot",
        ]);
        if spec.icount {
            command.args(["-accel", "tcg,thread=single", "-smp", "1"]);
            command.args(["-icount", "shift=0,sleep=off"]);
        } else {
            command.args(["-accel", "tcg,thread=multi", "-smp", &spec.cpus.to_string()]);
        }
        command.args(["-m", &spec.memory.to_string()]);
        command.arg("-kernel").arg(&self.ready.kernel.vmlinuz);
        command.arg("-initrd").arg(self.work.path("initramfs"));
        command.args(["-append", &self.cmdline()]);
        command
            .arg("-serial")
            .arg(format!("file:{}", doubled(self.console)));
        disk(command, "kt-root", &self.ready.root_image, THROWN_AWAY);
        if let Some(image) = &self.ready.modules_image {
            disk(command, "kt-modules", image, THROWN_AWAY);
        }
        if let Some(image) = &self.spec.disk {
            disk(command, "kt-disk", image, "cache=writeback");
        }
        command.args(["-device", "virtio-serial-pci"]);
        for (name, socket) in stream::sockets(self.work.dir()) {
            command
                .arg("-chardev")
                .arg(format!("socket,id={name},path={}", doubled(&socket)));
            command
                .arg("-device")
                .arg(format!("virtserialport,chardev={name},name={name}"));
        }
        if let Some(dir) = &spec.share {
            command.arg("-virtfs").arg(format!(
                "local,path={},mount_tag=share,security_model=none,multidevs=remap",
                doubled(dir)
            ));
        }
    }

    /// The guest kernel's command line.
    fn cmdline(&self) -> String {
        let mut line = "console=ttyS0 quiet panic=-1 oops=panic".to_owned();
        if self.spec.icount {
            line.push_str(" tsc=reliable clocksource=tsc");
        }
        if !self.spec.append.is_empty() {
            line.push(' ');
            line.push_str(&self.spec.append);
        }
        line
    }
}

/// How a disk is opened whose writes are thrown away at the end.
const THROWN_AWAY: &str = "snapshot=on,cache=unsafe";

/// Adds a disk.
fn disk(command: &mut Command, serial: &str, image: &Path, how: &str) {
    command.arg("-drive").arg(format!(
        "file={},id={serial},if=none,format=raw,{how}",
        doubled(image)
    ));
    command
        .arg("-device")
        .arg(format!("virtio-blk-pci,drive={serial},serial={serial}"));
}

/// A path for a QEMU option, in which a comma is written twice.
fn doubled(path: &Path) -> String {
    path.to_string_lossy().replace(',', ",,")
}
