//! `kmodtrace bench`.

use std::{ffi::OsString, path::PathBuf};

use clap::Args;

use super::{AttachArgs, LookArgs};

/// What `bench --help` shows before the exit codes.
pub(super) const EXAMPLES: &str = "\
Examples:
  kmodtrace bench dummy                              a module of this kernel's
  kmodtrace bench ./mine.ko -n 100 --params 'n=8'    a file, with parameters
  kmodtrace bench new.ko --against old.ko            two builds, in turns
  kmodtrace bench dummy -o dummy.kmt                 later: kmodtrace report --bench dummy.kmt";

/// `kmodtrace bench`.
#[derive(Clone, Debug, Args)]
pub struct BenchArgs {
    /// The module: a file (.ko, .ko.xz, .ko.zst, .ko.gz), or the name of one in /lib/modules
    ///
    /// It is loaded and unloaded by kmodtrace itself, with nothing but the parameters of --params. What it needs is
    /// loaded beforehand, and unloaded behind it.
    #[arg(value_name = "FILE|NAME")]
    pub module: PathBuf,

    /// How many loads count
    #[arg(short = 'n', long = "loads", value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub loads: u32,

    /// How many loads come before these, and do not count
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(..=100_000))]
    pub warmup: u32,

    /// How many loads are made without the tracer, before and again behind the others, to tell what it costs
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(..=100_000))]
    pub untraced: u32,

    /// Parameters of every load
    #[arg(
        long,
        value_name = "PARAMS",
        default_value = "",
        allow_hyphen_values = true
    )]
    pub params: OsString,

    /// Compare with this module, in turns: most often another build of the same one
    #[arg(long, value_name = "FILE|NAME")]
    pub against: Option<PathBuf>,

    /// Run this shell command before every load; if it fails, that ends the benchmark
    #[arg(long, value_name = "CMD")]
    pub prepare: Option<OsString>,

    /// Drop the page cache before every load, so that files are read from disk
    #[arg(long)]
    pub drop_caches: bool,

    /// Unload the module if it is loaded and nothing uses it, and have modprobe load it again behind the benchmark
    ///
    /// It then has the parameters that modprobe gives it; if they are not those that it had, or it is another build,
    /// that is an error. Without this a module that is loaded is left alone.
    #[arg(long)]
    pub reload: bool,

    /// What decides which of two modules comes first in a round; else the clock does
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// Record the benchmark, for `kmodtrace report` and `kmodtrace compare`
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Show no progress, only what came out
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,

    /// Print one line of JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,

    /// Take kernel addresses out of what is recorded
    #[arg(long, help_heading = "Output")]
    pub redact: bool,

    /// How text looks.
    #[command(flatten)]
    pub look: LookArgs,

    /// How the probes get into the kernel.
    #[command(flatten)]
    pub attaching: AttachArgs,
}
