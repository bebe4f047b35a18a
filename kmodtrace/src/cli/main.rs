//! From arguments to an exit code.

use std::{
    env,
    ffi::OsString,
    io::{self, IsTerminal as _},
    process::ExitCode,
};

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

#[cfg(feature = "packaging")]
use super::packaging;
use super::{
    args::{Cli, Verb},
    bench, compare,
    doctor::{self, DoctorArgs},
    export, inspect, ls, map, report, run,
};
use crate::{
    error::{Exit, Failure},
    render::printable,
};

/// Runs what the command line asks for.
#[must_use]
pub fn main() -> ExitCode {
    let words: Vec<_> = env::args_os().collect();
    let cli = match Cli::try_parse_from(&words) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && starts_a_command(&words) => {
            let _ = error.print();
            return Exit::Failed.into();
        }
        Err(error) => error.exit(),
    };
    diagnostics();
    let (result, with_command) = match &cli.verb {
        Verb::Run(args) => (run::run(args), !args.command.is_empty()),
        Verb::Bench(args) => (bench::bench(args), false),
        Verb::Report(args) => (report::report(args), false),
        Verb::Ls(args) => (ls::ls(args), false),
        Verb::Export(args) => (export::export(args), false),
        Verb::Compare(args) => (compare::compare(args), false),
        Verb::Doctor(args) => return doctor(args),
        Verb::Inspect(args) => (inspect::inspect(args), false),
        Verb::Map(args) => (map::map(args), false),
        #[cfg(feature = "packaging")]
        Verb::Completions(args) => (packaging::completions(args), false),
        #[cfg(feature = "packaging")]
        Verb::Man(args) => (packaging::man(args), false),
    };
    result
        .unwrap_or_else(|failure| explain(&failure, with_command))
        .into()
}

/// True for `run … -- CMD…`, however wrong the rest is: whoever wrote that takes the exit code for CMD's.
fn starts_a_command(words: &[OsString]) -> bool {
    words.get(1).is_some_and(|verb| verb == "run") && words.iter().any(|word| word == "--")
}

/// Diagnostics go to standard error, and only where `KMODTRACE_LOG` asks for more than warnings.
fn diagnostics() {
    let filter =
        EnvFilter::try_from_env("KMODTRACE_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .without_time()
        .init();
}

/// Its exit code is the verdict; a file that cannot be read is a usage error.
fn doctor(args: &DoctorArgs) -> ExitCode {
    doctor::run(args).unwrap_or_else(|error| {
        let failure = error.downcast_ref::<io::Error>();
        if failure.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            return Exit::Ok.into();
        }
        eprintln!("{}", sentence(&format!("{error:#}")));
        Exit::Usage.into()
    })
}

fn explain(failure: &Failure, with_command: bool) -> Exit {
    if failure.is_broken_pipe() {
        return Exit::Ok;
    }
    eprintln!("{}", sentence(&failure.to_string()));
    failure.exit(with_command)
}

/// What is said of a failure: file names in it are not ours, so nothing of it may act on the terminal.
fn sentence(text: &str) -> String {
    format!("kmodtrace: {}", printable(text.as_bytes(), false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn only_run_starts_a_command() {
        assert!(starts_a_command(&words("kmodtrace run --bogus -- true")));
        for line in [
            "kmodtrace run --bogus",
            "kmodtrace report -- x",
            "kmodtrace",
        ] {
            assert!(!starts_a_command(&words(line)), "{line}");
        }
    }

    #[test]
    fn names_in_failures_do_not_act_on_the_terminal() {
        let failure = Failure::Command {
            program: OsString::from("x\u{1b}[31m\n"),
            error: io::ErrorKind::NotFound.into(),
        };
        let text = sentence(&failure.to_string());
        assert!(text.contains("x\\x1b[31m\\x0a"), "{text}");
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
}
