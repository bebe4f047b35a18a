//! `cargo xtask facts`: reads the facts that kmodtrace's plans are tested with from real kernels.
//!
//! Each kernel of `kernels.toml` is booted with nothing but busybox, which writes the files that
//! kmodtrace reads about a kernel to the serial port. They are laid out as on that machine, and
//! kmodtrace itself cuts them down to what it needs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::apt::{self, Apt};
use crate::build;
use crate::cache::{self, Cache, step};
use crate::cpio::Cpio;
use crate::emulator;
use crate::kernels::{Kernels, Series};
use crate::process::{self, tail};
use crate::rootfs::{self, Root};
use crate::setup::{self, Need};

/// Options of `cargo xtask facts`.
#[derive(clap::Args, Debug)]
pub(crate) struct FactsArgs {
    /// Kernels to read again, such as 6.12 or arm64-7.3; all if none is named.
    kernels: Vec<String>,
}

/// Seconds that a kernel may take to boot and to write its files.
const TIMEOUT: &str = "900";
/// Lines around the files on the serial port. No line of base64 is one of them.
const BEGIN: &str = "-----BEGIN FACTS-----";
const END: &str = "-----END FACTS-----";

/// Files of the guest that kmodtrace reads about its kernel. Some exist on some kernels only.
const FILES: &[&str] = &[
    "/proc/config.gz",
    "/proc/kallsyms",
    "/proc/self/status",
    "/proc/sys/kernel/ftrace_enabled",
    "/proc/sys/kernel/kptr_restrict",
    "/proc/sys/kernel/osrelease",
    "/proc/sys/kernel/perf_event_paranoid",
    "/proc/sys/kernel/unprivileged_bpf_disabled",
    "/proc/sys/net/core/bpf_jit_enable",
    "/sys/kernel/btf/vmlinux",
    "/sys/kernel/debug/kprobes/blacklist",
    "/sys/kernel/debug/kprobes/enabled",
    "/sys/kernel/security/lockdown",
    "/sys/kernel/tracing/available_events",
    "/sys/kernel/tracing/available_filter_functions",
    "/sys/kernel/tracing/available_filter_functions_addrs",
];

/// A kernel unpacked.
struct Files {
    release: String,
    vmlinuz: PathBuf,
    /// Its configuration, where the archive has it.
    config: Option<PathBuf>,
}

/// Runs `cargo xtask facts` and returns its exit status.
pub(crate) fn main(cache: &Cache, args: &FactsArgs) -> Result<u8> {
    setup::ensure(cache, &[Need::Vm])?;
    let kernels = Kernels::load()?;
    let series = kernels.kernel.iter().chain(&kernels.facts);
    let wanted: Vec<(String, &Series)> = series
        .map(|series| (name(series), series))
        .filter(|(name, _)| args.kernels.is_empty() || args.kernels.contains(name))
        .collect();
    if let Some(unknown) = args
        .kernels
        .iter()
        .find(|asked| !wanted.iter().any(|(name, _)| name == *asked))
    {
        let names = kernels.kernel.iter().chain(&kernels.facts).map(name);
        let names: Vec<String> = names.collect();
        bail!("unknown kernel {unknown}: choose of {}", names.join(", "));
    }
    let binary = build::kmodtrace(cache, "")?;
    let mut failed = 0;
    for (name, series) in wanted {
        let read = step(&format!("facts of {name}"), || {
            read(cache, series, &name, &binary)
        });
        if let Err(error) = read {
            eprintln!("xtask: {name}: {error:#}");
            failed += 1;
        }
    }
    Ok(u8::from(failed > 0))
}

/// Name of a kernel's facts: `6.12`, or `arm64-6.12`. The newest kernel goes by its number.
fn name(series: &Series) -> String {
    let mut parts = series.last_seen.split(['.', '+', '-']);
    let number = [parts.next(), parts.next()].map(Option::unwrap_or_default);
    let number = number.join(".");
    if series.arch == "amd64" {
        number
    } else {
        format!("{}-{number}", series.arch)
    }
}

/// Boots one kernel, and writes its facts into the repository.
fn read(cache: &Cache, series: &Series, name: &str, binary: &Path) -> Result<()> {
    let files = fetch(cache, series)?;
    let work = cache.dir(format!("facts/run-{}-{name}", std::process::id()))?;
    let result = dump(cache, series, &files, &work).and_then(|root| {
        if let Some(config) = &files.config {
            fs::create_dir_all(root.join("boot"))?;
            fs::copy(config, root.join(format!("boot/config-{}", files.release)))?;
        }
        let mut doctor = Command::new(binary);
        doctor.args(["doctor", "--facts", "--root"]).arg(&root);
        let facts = process::output(&mut doctor)?;
        let path = format!("tests/data/kernels/{name}.json");
        fs::write(cache::workspace().join(path), facts)?;
        Ok(())
    });
    cache::remove(&work)?;
    result
}

/// Downloads and unpacks image and configuration of a kernel, unless that was done.
fn fetch(cache: &Cache, series: &Series) -> Result<Files> {
    let apt = Apt::open(cache, &series.suite, &series.arch)?;
    let pick = series
        .pick(&apt.names(&series.search())?)
        .with_context(|| format!("{} has no kernel image package at all", series.suite))?;
    if let Some(warning) = &pick.warning {
        eprintln!("xtask: WARNING: {warning}");
    }
    let release = pick.release;
    let what = format!("kernel {release} without modules");
    let dir = cache.make(&format!("facts/{release}"), &what, |part| {
        unpack(&apt, &release, part)
    })?;
    let config = Some(dir.join("config")).filter(|path| path.is_file());
    if config.is_none() {
        eprintln!("xtask: WARNING: no configuration of {release} in the archive");
    }
    Ok(Files {
        vmlinuz: dir.join("vmlinuz"),
        config,
        release,
    })
}

/// Lays out `vmlinuz` and `config` of a release in `dir`.
fn unpack(apt: &Apt, release: &str, dir: &Path) -> Result<()> {
    let image = apt.download(&[format!("linux-image-{release}")])?;
    let parts = apt::depends(&image[0])?;
    let tree = cache::with_suffix(dir, ".tree");
    cache::remove(&tree)?;
    let unpack = |package: &str| {
        let debs = apt.download(&[package.to_owned()])?;
        debs.iter().try_for_each(|deb| apt::unpack(deb, &tree))
    };
    apt::unpack(&image[0], &tree)?;
    for part in parts {
        if part.starts_with("linux-binary-") {
            unpack(&part)?;
        } else if part.starts_with(&format!("linux-base-{release}")) {
            // It holds the configuration; not every release in the archive has it.
            let _ = unpack(&part);
        }
    }
    fs::create_dir_all(dir)?;
    let modules = tree.join("usr/lib/modules").join(release);
    let places = |in_boot: &str, beside: &str| {
        let boot = tree.join(format!("boot/{in_boot}-{release}"));
        [boot, modules.join(beside)]
            .into_iter()
            .find(|path| path.is_file())
    };
    let vmlinuz = places("vmlinuz", "vmlinuz")
        .with_context(|| format!("the packages of {release} have no vmlinuz"))?;
    fs::rename(vmlinuz, dir.join("vmlinuz"))?;
    if let Some(config) = places("config", "config") {
        fs::rename(config, dir.join("config"))?;
    }
    cache::remove(&tree)
}

/// Boots the kernel and returns the directory that its files are in.
fn dump(cache: &Cache, series: &Series, files: &Files, work: &Path) -> Result<PathBuf> {
    let initramfs = work.join("initramfs");
    fs::write(&initramfs, archive(&busybox(cache, &series.arch)?)?)?;
    let serial = work.join("serial");
    let mut qemu = machine(cache, &series.arch)?;
    qemu.args(["-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2"])
        .args(["-m", "1024", "-display", "none", "-nodefaults"])
        .args(["-no-reboot", "-serial"])
        .arg(format!("file:{}", serial.display()))
        .arg("-kernel")
        .arg(&files.vmlinuz)
        .arg("-initrd")
        .arg(&initramfs)
        .args([
            "-append",
            &format!("console={} quiet loglevel=0 panic=-1", port(series)),
        ])
        .stdin(Stdio::null());
    process::quiet(&mut qemu)?;
    let text = String::from_utf8_lossy(&fs::read(&serial)?).replace('\r', "");
    let encoded = between(&text, BEGIN, END)
        .with_context(|| format!("the guest wrote no files: {}", tail(&text, 5)))?;
    let packed = work.join("files.base64");
    fs::write(&packed, encoded)?;
    let root = work.join("root");
    fs::create_dir_all(&root)?;
    let script = r#"base64 -d "$0" | tar -x -z -C "$1""#;
    process::quiet(
        Command::new("sh")
            .args(["-c", script])
            .arg(&packed)
            .arg(&root),
    )?;
    Ok(root)
}

/// QEMU for an architecture, which ends with this process, or when its time is up.
fn machine(cache: &Cache, arch: &str) -> Result<Command> {
    let machine = match arch {
        "arm64" => "virt",
        _ => "q35",
    };
    let qemu = emulator::bound(&emulator::command(cache, arch)?);
    let mut timed = Command::new("timeout");
    timed
        .args(["--foreground", TIMEOUT])
        .arg(qemu.get_program());
    timed.args(qemu.get_args());
    for (name, value) in qemu.get_envs() {
        timed.env(name, value.unwrap_or_default());
    }
    let mut command = emulator::bound(&timed);
    command.args(["-M", machine]);
    Ok(command)
}

/// The first serial port's device.
fn port(series: &Series) -> &'static str {
    match series.arch.as_str() {
        "arm64" => "ttyAMA0",
        _ => "ttyS0",
    }
}

/// A static busybox for an architecture.
fn busybox(cache: &Cache, arch: &str) -> Result<PathBuf> {
    if arch == "amd64" {
        return Ok(Root::open(cache)?.busybox());
    }
    let what = format!("busybox for {arch}");
    let dir = cache.make(&format!("facts/busybox-{arch}"), &what, |part| {
        let apt = Apt::open(cache, rootfs::SUITE, arch)?;
        let debs = apt.download(&["busybox-static".to_owned()])?;
        debs.iter().try_for_each(|deb| apt::unpack(deb, part))
    })?;
    ["usr/bin/busybox", "bin/busybox"]
        .map(|place| dir.join(place))
        .into_iter()
        .find(|path| path.is_file())
        .with_context(|| format!("no busybox in {}", dir.display()))
}

/// The guest's only root.
fn archive(busybox: &Path) -> Result<Vec<u8>> {
    let mut cpio = Cpio::default();
    for dir in ["dev", "proc", "sys", "tmp"] {
        cpio.dir(dir)?;
    }
    cpio.file("bin/busybox", true, &fs::read(busybox)?)?;
    cpio.file("init", true, script().as_bytes())?;
    cpio.finish()
}

/// The guest's first process.
fn script() -> String {
    let files = FILES.join(" ");
    format!(
        r#"#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t debugfs debug /sys/kernel/debug
mount -t tracefs trace /sys/kernel/tracing
mount -t securityfs security /sys/kernel/security
mkdir /tmp/root && cd /tmp/root
for file in {files}; do
	[ -e $file ] || continue
	mkdir -p .${{file%/*}}
	cat $file >.$file
done
uname -m >proc/sys/kernel/arch
echo "{BEGIN}"
tar -c . | gzip -9 | base64
echo "{END}"
sync
poweroff -f
"#
    )
}

/// What stands between two lines.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("{begin}\n"))?;
    let (inside, _) = rest.split_once(&format!("\n{end}"))?;
    Some(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_files_in_the_repository() {
        let kernels = Kernels::load().unwrap();
        let series = kernels.kernel.iter().chain(&kernels.facts);
        let mut names: Vec<String> = series.map(|series| name(series) + ".json").collect();
        names.sort();
        let dir = cache::workspace().join("tests/data/kernels");
        let mut files: Vec<String> = fs::read_dir(dir)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        assert_eq!(names, files);
    }

    #[test]
    fn only_whole_lines_mark_the_files() {
        let text = "noise\n-BEGIN\nAAAA\nBBBB\n-END\nnoise";
        assert_eq!(between(text, "-BEGIN", "-END"), Some("AAAA\nBBBB"));
        assert_eq!(between("-BEGIN\nAAAA", "-BEGIN", "-END"), None);
    }

    #[test]
    fn the_guest_reads_every_file_below_its_own_root() {
        let script = script();
        assert!(FILES.iter().all(|file| script.contains(file)));
        assert!(script.contains("mkdir -p .${file%/*}"), "{script}");
    }
}
