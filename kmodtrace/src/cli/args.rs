//! What the user typed: definitions only, nothing is looked up.

mod bench;
mod export;
mod output;
mod values;

pub use bench::BenchArgs;
pub use export::{ExportArgs, Protocol, Target};
pub use output::{ColorArg, FilterArgs, LookArgs, OutputArgs, Surroundings};

use std::{ffi::OsString, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use kmodtrace_common::catalogue::Detail;

#[cfg(feature = "packaging")]
use super::packaging::{CompletionsArgs, ManArgs};
use super::{
    compare::CompareArgs, doctor::DoctorArgs, inspect::InspectArgs, ls::LsArgs, map::MapArgs,
    recorder::Rotation,
};
use crate::{error::EXIT_CODES, plan::Preference};

/// What `run --help` shows before the exit codes.
const EXAMPLES: &str = "\
Examples:
  kmodtrace run -- modprobe dummy          one command, with its loads
  kmodtrace run --brief                    everything, until Ctrl-C
  kmodtrace run --module 'snd*' --json     for programs
  kmodtrace run -o boot.kmt --duration 1m  now; later: kmodtrace report boot.kmt
  kmodtrace run --redact -o mail.kmt       without kernel addresses";

/// What `map --help` shows before the exit codes.
const MAP_EXAMPLES: &str = "\
Examples:
  kmodtrace map nf_tables                            where it lies now
  kmodtrace map --gdb nf_tables >> ~/.gdbinit        for gdb and a live kernel or a dump
  kmodtrace map boot.kmt --module nf_tables --gdb    as it was loaded, with init";

/// What `compare --help` shows before the exit codes.
const COMPARE_EXAMPLES: &str = "\
Examples:
  kmodtrace compare old.kmt new.kmt                what has changed
  kmodtrace compare old/ new/                      several boots on each side
  kmodtrace compare old.kmt new.kmt --module nf_tables --fail-on-regression
  kmodtrace compare old.kmt new.kmt --max total=5ms --markdown > comment.md";

/// What `completions --help` shows before the exit codes.
#[cfg(feature = "packaging")]
const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  kmodtrace completions bash > /usr/share/bash-completion/completions/kmodtrace
  kmodtrace completions zsh > /usr/share/zsh/site-functions/_kmodtrace
  kmodtrace completions fish > /usr/share/fish/vendor_completions.d/kmodtrace.fish";

/// Shows where the time of Linux kernel module loading goes.
#[derive(Clone, Debug, Parser)]
#[command(name = "kmodtrace", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Verb {
    /// Watch module loads as they happen
    #[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
    Run(RunArgs),
    /// Load and unload a module again and again, and tell how long its phases take
    #[command(after_help = format!("{}\n\n{EXIT_CODES}", bench::EXAMPLES))]
    Bench(BenchArgs),
    /// Print recordings as the live runs printed them
    #[command(after_help = EXIT_CODES)]
    Report(ReportArgs),
    /// List recordings: when, which kernel, how many loads
    #[command(after_help = EXIT_CODES)]
    Ls(LsArgs),
    /// Convert recordings for other programs: Perfetto, spreadsheets, data frames, OpenTelemetry
    #[command(after_help = format!("{}\n\n{EXIT_CODES}", export::EXAMPLES))]
    Export(ExportArgs),
    /// Tell what has changed between two recordings, and whether it is more than noise
    #[command(after_help = format!("{COMPARE_EXAMPLES}\n\n{EXIT_CODES}"))]
    Compare(CompareArgs),
    /// Tell what can be traced on this kernel, and why the rest cannot
    #[command(after_help = EXIT_CODES)]
    Doctor(DoctorArgs),
    /// Show what a module's file holds; needs neither root nor a kernel
    #[command(after_help = EXIT_CODES)]
    Inspect(InspectArgs),
    /// Show where a module lies: one that is loaded, or that of a recorded load
    #[command(after_help = format!("{MAP_EXAMPLES}\n\n{EXIT_CODES}"))]
    Map(MapArgs),
    /// Print what makes a shell complete the command line
    #[cfg(feature = "packaging")]
    #[command(after_help = format!("{COMPLETIONS_EXAMPLES}\n\n{EXIT_CODES}"))]
    Completions(CompletionsArgs),
    /// Write the manual pages, for packages
    #[cfg(feature = "packaging")]
    #[command(after_help = EXIT_CODES)]
    Man(ManArgs),
}

/// `kmodtrace run`.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// What to print, and how.
    #[command(flatten)]
    pub output_args: OutputArgs,

    /// Stop after this time: 10s, 500ms, 2m
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub duration: Option<Duration>,

    /// Also record the run, for `kmodtrace report`
    ///
    /// Filters do not apply to the recording: it holds everything that was seen.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Begin a new file before the recording gets longer than that: 64M, 512K
    ///
    /// FILE becomes FILE.1, that FILE.2 and so on, at the beginning of the run too. Each file can be read
    /// alone; `kmodtrace report FILE*` prints them as one.
    #[arg(long, value_name = "BYTES", value_parser = values::file_size, requires = "output")]
    pub rotate_size: Option<u64>,

    /// Keep this many files, FILE included, and remove older ones; else all are kept
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), requires = "rotate_size")]
    pub max_files: Option<u32>,

    /// Also export the run as it goes on: see `kmodtrace export`
    #[arg(long, value_name = "FORMAT:FILE", value_parser = Target::parse_live, long_help = export::formats())]
    pub to: Vec<Target>,

    /// Create FILE once everything is attached
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,

    /// Print what would be attached, and exit
    #[arg(long)]
    pub dry_run: bool,

    /// Keep all privileges once everything is attached
    ///
    /// Otherwise kmodtrace gives up every capability, system call and right to write files that the rest of
    /// the run goes without. CMD is started before that.
    #[arg(long, help_heading = "Tracing")]
    pub no_sandbox: bool,

    /// How much to record: what it costs is in docs/benchmarks.md
    #[arg(
        long,
        value_name = "LEVEL",
        value_enum,
        default_value_t,
        help_heading = "Tracing"
    )]
    pub detail: Level,

    /// Do not record what the loading task writes to the kernel's log
    #[arg(long, help_heading = "Tracing")]
    pub no_log: bool,

    /// Record the time of each notifier
    #[arg(long, help_heading = "Tracing")]
    pub notifiers: bool,

    /// Record the time of each parameter's setter, as far as it is one of the kernel's own
    #[arg(long, help_heading = "Tracing")]
    pub params: bool,

    /// How the probes get into the kernel.
    #[command(flatten)]
    pub attaching: AttachArgs,

    /// Start CMD once everything is attached, end with it
    #[arg(last = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

/// How the probes get into the kernel: shared by `run` and `bench`.
#[derive(Clone, Debug, Args)]
pub struct AttachArgs {
    /// How to attach
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        default_value_t,
        help_heading = "Tracing"
    )]
    pub attach: Preference,

    /// Size of the ring buffer, such as 512K or 4M
    #[arg(
        long,
        value_name = "BYTES",
        value_parser = values::ring_size,
        default_value = "4M",
        help_heading = "Tracing"
    )]
    pub ring_size: u32,

    /// BTF of this kernel, where it offers none itself
    #[arg(long, value_name = "FILE", help_heading = "Tracing")]
    pub btf: Option<PathBuf>,
}

/// How much a run records.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum Level {
    /// The times of the phases, names, sizes and results; no unloads, no log. As cheap as can be.
    Low,
    /// The ledger: also each call, memory, sections, permissions, symbols, the log, helpers, unloads.
    #[default]
    Default,
    /// Also each symbol, parameter and notifier by itself.
    Full,
}

impl RunArgs {
    /// What is attached only when it is asked for.
    pub(super) fn details(&self) -> Vec<Detail> {
        let usual = self.detail != Level::Low;
        let full = self.detail == Level::Full;
        let wanted = [
            (usual, Detail::Usual),
            (full || self.output_args.symbols, Detail::Symbols),
            (full || self.notifiers, Detail::Notifiers),
            (full || self.params, Detail::Params),
            (usual && !self.no_log, Detail::Log),
        ];
        let wanted = wanted.into_iter().filter(|(wanted, _)| *wanted);
        wanted.map(|(_, detail)| detail).collect()
    }

    /// How the recording is divided into files.
    pub(super) fn rotation(&self) -> Option<Rotation> {
        self.rotate_size.map(|bytes| Rotation {
            bytes,
            files: self.max_files,
        })
    }
}

/// `kmodtrace report`.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// Recordings, written by `kmodtrace run -o FILE`, also compressed with gzip
    ///
    /// Several are printed as one, in the order in which their runs began.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Also write the recordings to another file: with --redact, to one that can be given away
    #[arg(short, long, value_name = "NEW")]
    pub output: Option<PathBuf>,

    /// Print what `kmodtrace bench` printed, instead of the loads
    #[arg(long, help_heading = "Output", conflicts_with_all = ["module", "pid", "comm", "count", "brief", "verbose", "map", "symbols", "relocs"])]
    pub bench: bool,

    /// What to print, and how.
    #[command(flatten)]
    pub output_args: OutputArgs,
}

#[cfg(test)]
mod tests;
