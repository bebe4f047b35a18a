//! `cargo xtask vm`: the command line of [`super::run`].

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::{KernelChoice, Output, Status, VmSpec};
use crate::build;
use crate::cache::Cache;

/// Options of `cargo xtask vm`.
#[derive(clap::Args, Debug)]
pub(crate) struct VmArgs {
    /// Kernel series of xtask/kernels.toml: 5.10, 6.1, 6.12, 6.18 or newest.
    #[arg(long, default_value = "6.12", conflicts_with = "vmlinuz")]
    kernel: String,
    /// Boot this kernel image instead of a Debian one.
    #[arg(long, value_name = "FILE")]
    vmlinuz: Option<PathBuf>,
    /// Modules of --vmlinuz: a directory with modules.dep, or one with lib/modules/RELEASE.
    #[arg(long, value_name = "DIR", requires = "vmlinuz")]
    modules: Option<PathBuf>,
    /// Share a directory of the host, read and write, as /share.
    #[arg(long, value_name = "DIR")]
    share: Option<PathBuf>,
    /// Count instructions: one CPU, guest time advances 1 ns per instruction.
    #[arg(long)]
    icount: bool,
    /// Put bpftrace, perf and trace-cmd into the guest.
    #[arg(long)]
    tools: bool,
    /// Number of CPUs.
    #[arg(long, default_value_t = 2, value_name = "N")]
    cpus: u32,
    /// Memory in MiB.
    #[arg(long, default_value_t = 1024, value_name = "MB")]
    memory: u32,
    /// More of the kernel's command line.
    #[arg(
        long,
        default_value = "",
        value_name = "STRING",
        allow_hyphen_values = true
    )]
    append: String,
    /// How long the run may take.
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    timeout: u64,
    /// Use the kmodtrace binary that is already built.
    #[arg(long)]
    no_build: bool,
    /// Use this kmodtrace binary.
    #[arg(long, value_name = "FILE", conflicts_with = "no_build")]
    binary: Option<PathBuf>,
    /// Command to run in the guest; one word with blanks in it is run by sh -c.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Runs `cargo xtask vm` and returns its exit status.
pub(crate) fn main(cache: &Cache, args: VmArgs) -> Result<u8> {
    let binary = match args.binary {
        Some(file) if file.is_file() => file,
        Some(file) => bail!("--binary {}: no such file", file.display()),
        None if args.no_build => build::already_built()?,
        None => build::kmodtrace(cache, "")?,
    };
    let share = match args.share {
        Some(dir) => Some(
            dir.canonicalize()
                .with_context(|| format!("--share {}", dir.display()))?,
        ),
        None => None,
    };
    let kernel = match args.vmlinuz {
        Some(vmlinuz) => KernelChoice::Files {
            vmlinuz,
            modules: args.modules,
        },
        None => KernelChoice::Series(args.kernel),
    };
    let spec = VmSpec {
        twins: true,
        tools: args.tools,
        kernel,
        command: args.command,
        binary: Some(binary),
        share,
        icount: args.icount,
        cpus: args.cpus,
        memory: args.memory,
        append: args.append,
        timeout: Duration::from_secs(args.timeout),
        output: Output::Inherit,
        disk: None,
        power_cut: None,
    };
    let outcome = super::run(cache, &spec)?;
    if let Status::Failed(why) = &outcome.status {
        eprintln!("xtask: {why}");
        eprintln!(
            "xtask: end of the console log {}:",
            outcome.console_path.display()
        );
        eprint!("{}", outcome.console_tail(40));
    }
    for line in &outcome.kernel_warnings {
        eprintln!("xtask: the guest's kernel logged: {line}");
    }
    Ok(outcome.status.code())
}
