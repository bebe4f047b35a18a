//! `cargo xtask bench`: what a load costs under kmodtrace and under other tools, side by side in one boot.

mod rows;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::build;
use crate::cache::{self, Cache};
use crate::process;
use crate::vm::{self, Output, VmSpec};
use crate::vmtests;
use rows::Rows;
use table::Unit;

/// Options of `cargo xtask bench`.
#[derive(clap::Args, Debug)]
pub(crate) struct BenchArgs {
    /// Kernel series: 5.10, 6.1, 6.12, 6.18 or newest.
    #[arg(long, default_value = "6.12,newest", value_delimiter = ',')]
    kernels: Vec<String>,
    /// Rounds; each tool is run once in each.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Which tools.
    #[arg(long, default_value = TOOLS, value_delimiter = ',')]
    tools: Vec<String>,
    /// What is measured: icount (instructions of a load), smp (seconds to attach and to detach, memory).
    #[arg(long, default_value = "icount,smp", value_delimiter = ',')]
    modes: Vec<Mode>,
    /// A static retsnoop, which no package has.
    #[arg(long, value_name = "FILE")]
    retsnoop: Option<PathBuf>,
    /// Use this kmodtrace.
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Mode {
    /// One CPU whose instructions are counted.
    Icount,
    /// Two CPUs, by the clock.
    Smp,
}

/// All that `tests/guest/peers.sh` knows, but for retsnoop.
const TOOLS: &str = "kmodtrace,kmodtrace-low,kmodtrace-full,kmodtrace-kprobe,kmodtrace-fentry,floor,\
                     perf-tracepoints,bpftrace-fentry,graph,bpftrace-kprobe,perf-probe,graph-full";

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Self::Icount => "icount",
            Self::Smp => "smp",
        }
    }

    /// Loads of a session, `COUNT:MODULE`, or `COUNT:MODULE|MODULE` where not every kernel has the first one; and what
    /// calls functions with probes and loads nothing, `COUNT:@WHAT`: see `tests/guest/cost.c`.
    fn loads(self) -> &'static str {
        match self {
            Self::Icount => "13:crc7|crc8 4:nf_tables 2:btrfs 201:@add_key",
            Self::Smp => "10:crc7|crc8 3:nf_tables",
        }
    }

    fn unit(self) -> Unit {
        match self {
            Self::Icount => Unit::Instructions,
            Self::Smp => Unit::Seconds,
        }
    }
}

/// Runs `cargo xtask bench`: prints Markdown.
pub(crate) fn main(cache: &Cache, args: &BenchArgs) -> Result<()> {
    let binary = match &args.binary {
        Some(file) => file.clone(),
        None => build::kmodtrace(cache, "")?,
    };
    let mut tools = args.tools.clone();
    tools.extend(args.retsnoop.iter().map(|_| "retsnoop".to_owned()));
    for kernel in &args.kernels {
        for &mode in &args.modes {
            let share = cache::workspace()
                .join("target/bench")
                .join(format!("{kernel}-{}", mode.name()));
            measure(cache, &binary, kernel, mode, &tools, args, &share)?;
            print!("{}", told(&share, kernel, mode, &tools)?);
        }
    }
    Ok(())
}

/// Boots the kernel and has every tool run; what comes of it is left in `share`.
fn measure(
    cache: &Cache,
    binary: &Path,
    kernel: &str,
    mode: Mode,
    tools: &[String],
    args: &BenchArgs,
    share: &Path,
) -> Result<()> {
    cache::remove(share)?;
    fs::create_dir_all(share)?;
    for program in ["cost", "floor"] {
        vmtests::compile(program, &share.join(program))?;
    }
    if let Some(retsnoop) = &args.retsnoop {
        fs::copy(retsnoop, share.join("retsnoop")).context("--retsnoop")?;
    }
    let (rounds, tools) = (args.rounds.to_string(), tools.join(" "));
    let mut command = vec!["sh", "/guest/cost.sh", &rounds, &tools, mode.loads()];
    if mode == Mode::Icount {
        command.push("-r");
    }
    let mut spec = VmSpec::new(kernel, &command);
    spec.binary = Some(binary.to_path_buf());
    spec.share = Some(share.to_path_buf());
    spec.icount = mode == Mode::Icount;
    spec.tools = true;
    spec.memory = 3072;
    spec.output = Output::Capture;
    let sessions = u64::from(args.rounds) * args.tools.len() as u64;
    spec.timeout = Duration::from_secs(300 + 180 * sessions);
    eprintln!("xtask: {kernel}, {}: {tools}", mode.name());
    let done = vm::run(cache, &spec)?;
    if !done.success() {
        let said = String::from_utf8_lossy(&done.stdout);
        let errors = String::from_utf8_lossy(&done.stderr);
        bail!(
            "{kernel}: {:?}\n{}{}",
            done.status,
            process::tail(&said, 20),
            process::tail(&errors, 20)
        );
    }
    Ok(())
}

/// The tables of one boot.
fn told(share: &Path, kernel: &str, mode: Mode, tools: &[String]) -> Result<String> {
    let read = |name: &str| {
        let path = share.join(name);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    let rows = Rows::parse(&read("rows.csv")?)?;
    let about = read("about")?;
    let release = about
        .lines()
        .find_map(|line| line.strip_prefix("release "))
        .unwrap_or(kernel);
    let date = process::output(Command::new("date").args(["-u", "+%F"]))?;
    let command = format!(
        "cargo xtask bench --kernels {kernel} --modes {}",
        mode.name()
    );
    let mut text = format!(
        "### {release}, {}\n\n{}: `{command}`\n\n",
        mode.name(),
        date.trim()
    );
    text.push_str(&table::write(&rows, tools, mode.unit()));
    text.push_str("\n```\n");
    text.push_str(&about);
    text.push_str(&fs::read_to_string(share.join("failed")).unwrap_or_default());
    text.push_str("```\n\n");
    Ok(text)
}
