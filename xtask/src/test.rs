//! `cargo xtask test`: every check of the project, with a table at the end.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::browser;
use crate::build;
use crate::cache::Cache;
use crate::deny;
use crate::exports;
use crate::fuzz;
use crate::modfiles;
use crate::packaging;
use crate::process;
use crate::report::{Outcome, Report};
use crate::setup::{self, Need};
use crate::stats;
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

/// Runs `cargo xtask test` and returns its exit status.
pub(crate) fn main(cache: &Cache, args: &TestArgs) -> Result<u8> {
    let strict = std::env::var("CI").is_ok_and(|value| value == "true");
    let mut report = Report::new(strict);
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
    if args.full {
        full_steps(cache, binary.as_deref(), wanted, &mut report);
    }
    match &binary {
        Some(binary) => vm_steps(cache, binary, args, &mut report),
        None => report.step("vm", || bail!("not run: kmodtrace does not build")),
    }
    Ok(u8::from(!report.close()))
}

/// A step that needs nothing but the cache.
type Step = fn(&Cache) -> Result<Outcome>;

/// The steps that take long, but boot nothing.
fn full_steps(
    cache: &Cache,
    binary: Option<&Path>,
    wanted: impl Fn(&str) -> bool,
    report: &mut Report,
) {
    for name in modfiles::SERIES {
        let step = format!("inspect {name}");
        if let (Some(binary), true) = (binary, wanted(&step)) {
            report.step(&step, || modfiles::inspected(cache, binary, name));
        }
    }
    if let (Some(binary), true) = (binary, wanted("inspect beside others")) {
        report.step("inspect beside others", || {
            modfiles::beside_others(cache, binary)
        });
    }
    for reader in &exports::READERS {
        if wanted(reader.name) {
            report.step(reader.name, || exports::step(cache, reader));
        }
    }
    if let (Some(binary), true) = (binary, wanted("exports left out")) {
        report.step("exports left out", || exports::left_out(cache, binary));
    }
    if wanted("completions and pages") {
        report.step("completions and pages", || packaging::step(cache));
    }
    if wanted("statistics by SciPy") {
        report.step("statistics by SciPy", || stats::step(cache));
    }
    if wanted("html in a browser") {
        report.step("html in a browser", || browser::step(cache));
    }
    if wanted("cargo deny") {
        report.step("cargo deny", || deny::step(cache));
    }
    for target in fuzz::TARGETS {
        let step = format!("fuzz {target}");
        if wanted(&step) {
            report.step(&step, || fuzz::step(cache, target));
        }
    }
}

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
