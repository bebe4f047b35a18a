//! Boots a kernel in QEMU, runs one command in it and brings back what it said.

pub(crate) mod cli;
mod place;
mod qemu;
mod stream;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::cache::Cache;
use crate::emulator;
use crate::initramfs::{self, Contents};
use crate::kernel::Kernel;
use crate::process::{quoted, tail};
use crate::rootfs::Root;
use crate::setup::{self, Need};
use crate::testmods;
use place::WorkDir;
use stream::{Port, Ports, Report};

/// Exit status that stands for a guest that gave no verdict.
pub(crate) const NO_VERDICT: u8 = 125;

/// Which kernel to boot.
#[derive(Clone, Debug)]
pub(crate) enum KernelChoice {
    /// A series of `kernels.toml`.
    Series(String),
    /// Files of the host: the image, and `/lib/modules/RELEASE` of that kernel.
    Files {
        /// Boot image.
        vmlinuz: PathBuf,
        /// Module tree; without one everything needed must be built in.
        modules: Option<PathBuf>,
    },
}

/// Where the command's output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// Into the outcome.
    Capture,
    /// To our own standard output and error, as it comes.
    Inherit,
}

/// A run of one command in one guest.
#[derive(Clone, Debug)]
pub(crate) struct VmSpec {
    /// Kernel to boot.
    pub(crate) kernel: KernelChoice,
    /// Command and its arguments; a single word with blanks in it goes to `sh -c`.
    pub(crate) command: Vec<String>,
    /// kmodtrace's binary, put on the guest's `$PATH`.
    pub(crate) binary: Option<PathBuf>,
    /// Directory of the host that the guest sees as `/share`.
    pub(crate) share: Option<PathBuf>,
    /// Count instructions: one CPU, one nanosecond of guest time per instruction.
    pub(crate) icount: bool,
    /// Number of CPUs (one with `icount`).
    pub(crate) cpus: u32,
    /// Memory in MiB.
    pub(crate) memory: u32,
    /// More of the kernel's command line.
    pub(crate) append: String,
    /// Image of a disk that the guest may write to; what it has written stays.
    pub(crate) disk: Option<PathBuf>,
    /// When the power fails.
    pub(crate) power_cut: Option<PowerCut>,
    /// How long the whole run may take.
    pub(crate) timeout: Duration,
    /// Where the output goes.
    pub(crate) output: Output,
    /// Whether the guest has the modules that do much of one thing, and their twins.
    pub(crate) twins: bool,
    /// Whether the guest has bpftrace, perf and trace-cmd.
    pub(crate) tools: bool,
}

impl VmSpec {
    /// A run on a kernel series with the usual settings, its output captured.
    pub(crate) fn new(series: &str, command: &[&str]) -> Self {
        Self {
            kernel: KernelChoice::Series(series.to_owned()),
            command: command.iter().map(|&word| word.to_owned()).collect(),
            binary: None,
            share: None,
            icount: false,
            cpus: 2,
            memory: 1024,
            append: String::new(),
            disk: None,
            power_cut: None,
            twins: false,
            tools: false,
            timeout: Duration::from_secs(300),
            output: Output::Capture,
        }
    }
}

/// When the power fails.
#[derive(Clone, Debug)]
pub(crate) struct PowerCut {
    /// The guest makes this file, in the directory that it shares, when it is ready.
    pub(crate) ready: PathBuf,
    /// That long afterwards.
    pub(crate) after: Duration,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// The command ended with this status (128 + n after signal n).
    Exited(u8),
    /// The power failed, as it was to.
    PowerCut,
    /// There is no verdict, and why: a panic, a hang, a guest that never came up.
    Failed(String),
}

impl Status {
    /// The status as an exit code.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Exited(code) => *code,
            Self::PowerCut | Self::Failed(_) => NO_VERDICT,
        }
    }
}

/// What a run brought back.
#[derive(Clone, Debug)]
pub(crate) struct VmOutcome {
    /// How it ended.
    pub(crate) status: Status,
    /// The command's standard output, if captured.
    pub(crate) stdout: Vec<u8>,
    /// The command's standard error, if captured.
    pub(crate) stderr: Vec<u8>,
    /// The guest's console log.
    pub(crate) console_path: PathBuf,
    /// From the start of QEMU to its end.
    pub(crate) wall: Duration,
    /// From the start of QEMU to that of the command.
    pub(crate) boot: Option<Duration>,
    /// Release of the kernel that ran.
    pub(crate) release: String,
    /// What was odd about the choice of kernel.
    pub(crate) warning: Option<String>,
    /// First lines of the warnings that the guest's kernel logged.
    pub(crate) kernel_warnings: Vec<String>,
}

impl VmOutcome {
    /// Whether the command ended with status 0.
    pub(crate) fn success(&self) -> bool {
        self.status == Status::Exited(0)
    }

    /// The last lines of the guest's console.
    pub(crate) fn console_tail(&self, lines: usize) -> String {
        let bytes = fs::read(&self.console_path).unwrap_or_default();
        tail(&String::from_utf8_lossy(&bytes), lines)
    }
}

/// Everything of a run that stands ready on disk.
struct Prepared {
    emulator: Command,
    kernel: Kernel,
    root_image: PathBuf,
    modules_image: Option<PathBuf>,
}

/// Boots the guest, runs the command, and returns how it went.
///
/// Errors are those of the host (nothing to boot, no QEMU); whatever goes wrong in the guest is
/// told by the outcome's status.
pub(crate) fn run(cache: &Cache, spec: &VmSpec) -> Result<VmOutcome> {
    if spec.command.is_empty() {
        bail!("there is no command to run in the guest");
    }
    setup::ensure(cache, &[Need::Vm])?;
    let root = Root::open(cache)?;
    let kernel = match &spec.kernel {
        KernelChoice::Series(name) => Kernel::fetch(cache, &root, name)?,
        KernelChoice::Files { vmlinuz, modules } => {
            Kernel::from_files(vmlinuz, modules.as_deref())?
        }
    };
    let modules = testmods::built(cache, &root, &kernel, spec.twins)?;
    let ready = Prepared {
        emulator: emulator::command(cache, "amd64")?,
        root_image: match spec.tools {
            true => Root::with_tools(cache)?.image(cache)?,
            false => root.image(cache)?,
        },
        modules_image: kernel.modules_image(cache)?,
        kernel,
    };
    let work = WorkDir::new()?;
    let token = place::token();
    let config = format!(
        "KT_TOKEN={token}\nKT_SHARE={}\nKT_MODULES={}\n",
        if spec.share.is_some() { "1" } else { "" },
        if ready.modules_image.is_some() {
            "1"
        } else {
            ""
        },
    );
    let contents = Contents {
        config: &config,
        command: &command_script(&spec.command),
        binary: spec.binary.as_deref(),
        modules: &modules,
        share: spec.share.is_some(),
    };
    let initramfs = initramfs::build(cache, &root, &ready.kernel, &contents)?;
    fs::write(work.path("initramfs"), initramfs)?;
    boot(cache, spec, &ready, &work, token.as_bytes())
}

/// Starts QEMU and follows the run to its end.
fn boot(
    cache: &Cache,
    spec: &VmSpec,
    ready: &Prepared,
    work: &WorkDir,
    token: &[u8],
) -> Result<VmOutcome> {
    let console = place::console_path(cache, &ready.kernel.release)?;
    let over = Arc::new(AtomicBool::new(false));
    let (sender, reports) = mpsc::channel();
    let ports = Ports::listen(work.dir(), spec.output, token, &over, &sender)?;
    drop(sender);
    let start = Instant::now();
    let machine = qemu::Machine {
        spec,
        ready,
        work,
        console: &console,
    };
    let mut guest = machine.start(File::create(work.path("qemu.log"))?)?;
    let told = follow(&mut guest, &reports, start, spec)?;
    guest.kill();
    over.store(true, Ordering::Relaxed);
    let (stdout, stderr) = ports.finish();
    let status = match told.verdict {
        Some(code) => Status::Exited(code),
        None if told.power_cut => Status::PowerCut,
        None => Status::Failed(blame(&console, &work.path("qemu.log"), start, spec.timeout)),
    };
    Ok(VmOutcome {
        status,
        stdout,
        stderr,
        console_path: console,
        wall: start.elapsed(),
        boot: told.boot,
        release: ready.kernel.release.clone(),
        warning: ready.kernel.warning.clone(),
        kernel_warnings: told.warnings,
    })
}

/// What the guest told.
#[derive(Default)]
struct Told {
    /// The command's status, if both its streams are complete.
    verdict: Option<u8>,
    boot: Option<Duration>,
    power_cut: bool,
    warnings: Vec<String>,
}

/// Waits for a verdict with both streams complete, for QEMU's end, for the power to fail, or for the deadline.
fn follow(
    guest: &mut qemu::Guest,
    reports: &Receiver<Report>,
    start: Instant,
    spec: &VmSpec,
) -> Result<Told> {
    let mut told = Told::default();
    let (mut code, mut complete, mut ready) = (None, 0, None);
    while start.elapsed() < spec.timeout {
        if let Some(cut) = &spec.power_cut {
            if ready.is_none() && cut.ready.exists() {
                ready = Some(Instant::now());
            }
            if ready.is_some_and(|ready| ready.elapsed() >= cut.after) {
                told.power_cut = true;
                break;
            }
        }
        match reports.recv_timeout(Duration::from_millis(50)) {
            Ok(Report::Started) => told.boot = Some(start.elapsed()),
            Ok(Report::KernelWarning(line)) => told.warnings.push(line),
            Ok(Report::Status(status)) => code = Some(status),
            Ok(Report::Complete(Port::Out | Port::Err)) => complete += 1,
            Ok(Report::Complete(Port::Control)) => {}
            Ok(Report::Broken(error)) => return Err(error.context("the command's output is lost")),
            Err(_) if guest.ended()? => break,
            Err(_) => {}
        }
        if code.is_some() && complete == 2 {
            told.verdict = code;
            break;
        }
    }
    Ok(told)
}

/// Why there is no verdict.
fn blame(console: &Path, qemu_log: &Path, start: Instant, timeout: Duration) -> String {
    let read =
        |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
    let text = read(console);
    if let Some(line) = text.lines().find(|line| line.contains("Kernel panic")) {
        return format!("the guest's kernel panicked: {}", line.trim());
    }
    if start.elapsed() >= timeout {
        return format!("the guest did not finish within {} s", timeout.as_secs());
    }
    if let Some(line) = text
        .lines()
        .rev()
        .find(|line| line.contains("kmodtrace-guest:"))
    {
        return line.trim().to_owned();
    }
    let said = tail(&read(qemu_log), 5);
    if said.is_empty() {
        "the guest ended without a verdict".to_owned()
    } else {
        format!("QEMU ended without a verdict: {said}")
    }
}

/// The script that runs the command in the guest.
fn command_script(command: &[String]) -> String {
    match command {
        [line] if line.contains(char::is_whitespace) => format!("exec sh -c {}\n", quoted(line)),
        words => {
            let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            format!("exec {}\n", words.join(" "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_scripts() {
        let words = |words: &[&str]| words.iter().map(|&w| w.to_owned()).collect::<Vec<_>>();
        assert_eq!(command_script(&words(&["uname", "-r"])), "exec uname -r\n");
        assert_eq!(
            command_script(&words(&["echo a; exit 3"])),
            "exec sh -c 'echo a; exit 3'\n"
        );
        assert_eq!(
            command_script(&words(&["sh", "-c", "a b"])),
            "exec sh -c 'a b'\n"
        );
    }
}
