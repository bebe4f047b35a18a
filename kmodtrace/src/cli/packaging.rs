//! `kmodtrace completions` and `kmodtrace man`: from the arguments' definitions, so they are never old.

use std::{
    fs,
    io::{self, Write as _},
    path::PathBuf,
};

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::args::Cli;
use crate::error::{Exit, Failure};

/// `kmodtrace completions`.
#[derive(Clone, Debug, clap::Args)]
pub struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// `kmodtrace man`.
#[derive(Clone, Debug, clap::Args)]
pub struct ManArgs {
    /// Where to: kmodtrace.1, kmodtrace-run.1 and so on; made if it is not there
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
}

/// Prints what the shell reads.
///
/// # Errors
/// When it cannot be written.
pub(super) fn completions(args: &CompletionsArgs) -> Result<Exit, Failure> {
    // Generators do not like an output that fails: into memory first.
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "kmodtrace", &mut text);
    let mut out = io::stdout().lock();
    let written = out.write_all(&text).and_then(|()| out.flush());
    written.map(|()| Exit::Ok).map_err(Failure::Output)
}

/// Writes a page for the program and one for each verb.
///
/// # Errors
/// When one cannot be written.
pub(super) fn man(args: &ManArgs) -> Result<Exit, Failure> {
    let directory = args.directory.as_path();
    let command = Cli::command().disable_help_subcommand(true);
    fs::create_dir_all(directory)
        .and_then(|()| clap_mangen::generate_to(command, directory))
        .map(|()| Exit::Ok)
        .map_err(|error| Failure::create(directory, error))
}
