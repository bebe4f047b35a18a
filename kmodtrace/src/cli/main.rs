//! From arguments to an exit code.

use std::{io, process::ExitCode};

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

use super::{
    args::{Cli, Verb},
    doctor::{self, DoctorArgs},
    inspect, report, run,
};
use crate::error::{Exit, Failure};

/// Runs what the command line asks for.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    diagnostics();
    let (result, with_command) = match &cli.verb {
        Verb::Run(args) => (run::run(args), !args.command.is_empty()),
        Verb::Report(args) => (report::report(args), false),
        Verb::Doctor(args) => return doctor(args),
        Verb::Inspect(args) => (inspect::inspect(args), false),
    };
    result
        .unwrap_or_else(|failure| explain(&failure, with_command))
        .into()
}

/// Diagnostics go to standard error, and only where `KMODTRACE_LOG` asks for more than warnings.
fn diagnostics() {
    let filter =
        EnvFilter::try_from_env("KMODTRACE_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .without_time()
        .init();
}

/// Its exit code is the verdict; a file that cannot be read is a usage error.
fn doctor(args: &DoctorArgs) -> ExitCode {
    doctor::run(args).unwrap_or_else(|error| {
        eprintln!("kmodtrace: {error:#}");
        Exit::Usage.into()
    })
}

fn explain(failure: &Failure, with_command: bool) -> Exit {
    if failure.is_broken_pipe() {
        return Exit::Ok;
    }
    eprintln!("kmodtrace: {failure}");
    failure.exit(with_command)
}
