//! `cargo xtask test`: every check of the project, with a table at the end.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::build;
use crate::cache::Cache;
use crate::process;
use crate::setup::{self, Need};
use crate::tidy;
use crate::vmtests;

/// Options of `cargo xtask test`.
#[derive(clap::Args, Debug)]
pub(crate) struct TestArgs {
    /// Also run what takes long.
    #[arg(long)]
    full: bool,
    /// Run only the steps whose name contains TEXT (`--only 'vm 6.12'`).
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
}

/// How a step went.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Well; perhaps with a remark.
    Passed(String),
    /// Badly, and how.
    Failed(String),
    /// It could not run here, and why.
    Skipped(String),
}

/// The steps so far.
#[derive(Debug)]
pub(crate) struct Report {
    rows: Vec<(String, Outcome, Duration)>,
    /// On a build server a skipped step is a failed one.
    strict: bool,
}

impl Report {
    /// Whether the outcome lets the run fail.
    fn is_bad(&self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Passed(_) => false,
            Outcome::Failed(_) => true,
            Outcome::Skipped(_) => self.strict,
        }
    }

    /// A row of the table.
    fn row(&self, name: &str, outcome: &Outcome, took: Duration) -> String {
        let (word, remark) = match outcome {
            Outcome::Passed(remark) => ("ok", remark.as_str()),
            Outcome::Failed(_) => ("FAILED", ""),
            Outcome::Skipped(why) if self.strict => ("FAILED", why.as_str()),
            Outcome::Skipped(why) => ("skipped", why.as_str()),
        };
        let row = format!("{word:<8}{name:<28}{:>7.1} s  {remark}", took.as_secs_f64());
        row.trim_end().to_owned()
    }

    /// Adds a step and shows it.
    pub(crate) fn add(&mut self, name: &str, outcome: Outcome, took: Duration) {
        println!("{}", self.row(name, &outcome, took));
        if let Outcome::Failed(text) = &outcome {
            for line in text.lines() {
                println!("    {line}");
            }
        }
        self.rows.push((name.to_owned(), outcome, took));
    }

    /// Runs one step and adds it.
    fn step(&mut self, name: &str, work: impl FnOnce() -> Result<Outcome>) {
        eprintln!("xtask: {name} …");
        let start = Instant::now();
        let outcome = work().unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
        self.add(name, outcome, start.elapsed());
    }

    /// Shows the table and the closing line; true if nothing failed.
    fn close(&self) -> bool {
        println!();
        for (name, outcome, took) in &self.rows {
            println!("{}", self.row(name, outcome, *took));
        }
        let count = |bad| {
            self.rows
                .iter()
                .filter(|(_, o, _)| self.is_bad(o) == bad)
                .count()
        };
        let skipped = |o: &Outcome| matches!(o, Outcome::Skipped(_)) && !self.strict;
        let skips = self
            .rows
            .iter()
            .filter(|(_, outcome, _)| skipped(outcome))
            .count();
        let failed = count(true);
        println!("{} passed, {failed} failed", count(false) - skips);
        failed == 0
    }
}

/// Runs `cargo xtask test` and returns its exit status.
pub(crate) fn main(cache: &Cache, args: &TestArgs) -> Result<u8> {
    let strict = std::env::var("CI").is_ok_and(|value| value == "true");
    let mut report = Report {
        rows: Vec::new(),
        strict,
    };
    let wanted = |name: &str| name.contains(&args.only);
    report.step("setup", || {
        setup::ensure(cache, &[Need::Vm, Need::Build, Need::Modules, Need::Lint])?;
        Ok(Outcome::Passed(String::new()))
    });
    let cargo_steps: [(&str, Step); 3] = [
        ("fmt", |_| {
            passes(setup::cargo().args(["fmt", "--all", "--check"]))
        }),
        ("clippy", clippy),
        ("clippy of the eBPF programs", clippy_ebpf),
    ];
    for (name, work) in cargo_steps.into_iter().filter(|(name, _)| wanted(name)) {
        report.step(name, || work(cache));
    }
    // Everything in a guest needs the binary, whatever was asked for.
    let mut binary: Option<PathBuf> = None;
    report.step("build", || {
        binary = Some(build::kmodtrace(cache, "")?);
        Ok(Outcome::Passed(String::new()))
    });
    if wanted("cargo test") {
        report.step("cargo test", || {
            passes(setup::cargo_with_tools(cache)?.args(["test", "--quiet", "--locked"]))
        });
    }
    if wanted("tidy") {
        report.step("tidy", tidy_step);
    }
    match &binary {
        Some(binary) => vm_steps(cache, binary, args, &mut report),
        None => report.step("vm", || bail!("not run: kmodtrace does not build")),
    }
    Ok(u8::from(!report.close()))
}

/// A step that needs nothing but the cache.
type Step = fn(&Cache) -> Result<Outcome>;

/// The steps that boot kernels.
fn vm_steps(cache: &Cache, binary: &Path, args: &TestArgs, report: &mut Report) {
    vmtests::run(cache, binary, args.full, &args.only, report);
}

/// Lints the crates that run on the host.
fn clippy(cache: &Cache) -> Result<Outcome> {
    passes(
        setup::cargo_with_tools(cache)?
            .args(["clippy", "--quiet", "--locked", "--workspace"])
            .args([
                "--exclude",
                "kmodtrace-ebpf",
                "--all-targets",
                "--features",
                "kmodtrace-tests/vm",
                "--",
                "-D",
                "warnings",
            ]),
    )
}

/// Lints the eBPF programs with the compiler that can build them.
fn clippy_ebpf(cache: &Cache) -> Result<Outcome> {
    let Some(mut command) = setup::clippy_for_bpf(cache)? else {
        return Ok(Outcome::Skipped(
            "no clippy goes with a compiler for eBPF here".to_owned(),
        ));
    };
    passes(
        command
            .args([
                "clippy",
                "--quiet",
                "--locked",
                "--release",
                "--package",
                "kmodtrace-ebpf",
            ])
            .args([
                "--bins",
                "--target",
                "bpfel-unknown-none",
                "--",
                "-D",
                "warnings",
            ]),
    )
}

/// The project's own rules.
fn tidy_step() -> Result<Outcome> {
    let found = tidy::check()?;
    let warnings = found.warnings.len();
    for warning in &found.warnings {
        eprintln!("xtask: tidy: warning: {warning}");
    }
    if found.errors.is_empty() {
        let plural = if warnings == 1 { "" } else { "s" };
        let remark = if warnings == 0 {
            String::new()
        } else {
            format!("{warnings} warning{plural}")
        };
        return Ok(Outcome::Passed(remark));
    }
    Ok(Outcome::Failed(found.errors.join("\n")))
}

/// Runs a command that passes by succeeding; its output is shown only when it does not.
fn passes(command: &mut Command) -> Result<Outcome> {
    Ok(match process::quiet(command) {
        Ok(()) => Outcome::Passed(String::new()),
        Err(error) => Outcome::Failed(format!("{error:#}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(strict: bool) -> Report {
        let mut report = Report {
            rows: Vec::new(),
            strict,
        };
        report.add("a", Outcome::Passed("fine".to_owned()), Duration::ZERO);
        report.add("b", Outcome::Skipped("no tool".to_owned()), Duration::ZERO);
        report
    }

    #[test]
    fn a_skip_fails_only_when_strict() {
        assert!(report(false).close());
        assert!(!report(true).close());
    }

    #[test]
    fn rows() {
        let report = report(true);
        let row = report.row("b", &Outcome::Skipped("no tool".to_owned()), Duration::ZERO);
        assert!(row.starts_with("FAILED  b ") && row.ends_with("no tool"));
    }
}
