//! `cargo xtask fuzz`: runs the fuzz targets of `tests/fuzz` with the address sanitizer.
//!
//! Sanitizers need a nightly compiler, so rustup has to have one; it is not installed from here. What a
//! run finds interesting stays in the cache as the next run's corpus.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::cache::{self, Cache, step_if_slow};
use crate::process::{self, shown, tail};
use crate::report::Outcome;
use crate::setup::{self, Need};

/// The targets, as `tests/fuzz/Cargo.toml` names them.
pub(crate) const TARGETS: [&str; 6] = ["btf", "inspect", "kallsyms", "parts", "recording", "wire"];

/// Release of cargo-fuzz that the targets were tested with.
const CARGO_FUZZ: &str = "0.13.2";

/// How long `cargo xtask test --full` runs each target, in seconds.
const STEP_SECONDS: u32 = 120;

/// Options of `cargo xtask fuzz`.
#[derive(clap::Args, Debug)]
pub(crate) struct FuzzArgs {
    /// How long each target runs.
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// The target; all of them if none is named.
    #[arg(value_parser = TARGETS)]
    target: Option<String>,
}

/// Runs `cargo xtask fuzz`.
pub(crate) fn main(cache: &Cache, args: &FuzzArgs) -> Result<()> {
    if !has_nightly() {
        bail!("sanitizers need a nightly compiler: rustup toolchain install nightly");
    }
    let named = args.target.as_deref();
    for target in TARGETS.iter().filter(|t| named.is_none_or(|n| n == **t)) {
        println!("{target}: {}", run(cache, target, args.seconds)?);
    }
    Ok(())
}

/// A step of `cargo xtask test --full`.
pub(crate) fn step(cache: &Cache, target: &str) -> Result<Outcome> {
    if !has_nightly() {
        let why = "there is no nightly compiler with sanitizers";
        return Ok(Outcome::Skipped(why.to_owned()));
    }
    Ok(Outcome::Passed(run(cache, target, STEP_SECONDS)?))
}

/// Whether rustup has a nightly compiler.
fn has_nightly() -> bool {
    nightly("rustc")
        .arg("--version")
        .output()
        .is_ok_and(|out| out.status.success())
}

/// A program of the nightly toolchain.
fn nightly(program: &str) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", program]);
    for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTFLAGS", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(name);
    }
    command
}

/// Builds and runs one target; returns how often it ran, or what it crashed on.
fn run(cache: &Cache, target: &str, seconds: u32) -> Result<String> {
    setup::ensure(cache, &[Need::Fuzz])?;
    let fuzz = cache::workspace().join("tests/fuzz");
    let cargo_fuzz = cargo_fuzz(cache)?;
    let mut locked = setup::cargo();
    locked
        .args(["metadata", "--locked", "--format-version", "1"])
        .arg("--manifest-path")
        .arg(fuzz.join("Cargo.toml"));
    process::quiet(&mut locked).context("tests/fuzz/Cargo.lock is not up to date")?;
    // What is fuzzed traces nothing: an empty file stands in for the eBPF programs.
    // Written once, as everything is built again when it is newer.
    let no_object = cache.dir("fuzz")?.join("no-object");
    if !no_object.is_file() {
        fs::write(&no_object, "")?;
    }
    let command = |verb: &str| {
        let mut command = nightly("env");
        command
            .arg(&cargo_fuzz)
            .args(["fuzz", verb, "--fuzz-dir"])
            .arg(&fuzz)
            .arg(target)
            .current_dir(cache::workspace())
            .env("CARGO_TARGET_DIR", cache.path("fuzz/build"))
            .env("KMODTRACE_BPF_OBJECT", &no_object);
        command
    };
    step_if_slow("build of the fuzz targets", || {
        process::quiet(&mut command("build"))
    })?;
    let artifacts = cache.dir("fuzz/artifacts")?;
    let mut run = command("run");
    run.arg(cache.dir(format!("fuzz/corpus/{target}"))?);
    for seeds in [fuzz.join("seeds").join(target), data(target)] {
        if seeds.is_dir() {
            run.arg(seeds);
        }
    }
    run.arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .args(["-rss_limit_mb=2048", "-timeout=20", "-print_final_stats=1"])
        .arg(format!("-artifact_prefix={}/", artifacts.display()));
    let name = shown(&run);
    let done = run.stdin(Stdio::null()).output();
    let done = done.with_context(|| format!("cannot run `{name}`"))?;
    let said = String::from_utf8_lossy(&done.stderr);
    if !done.status.success() {
        bail!("`{name}` failed ({})\n{}", done.status, tail(&said, 60));
    }
    let runs = executions(&said).context("the fuzzer does not say how often it ran")?;
    Ok(format!("{runs} executions in {seconds} s"))
}

/// Modules that serve as seeds for what reads whole modules.
fn data(target: &str) -> std::path::PathBuf {
    let data = cache::workspace().join("tests/data/modules");
    if target == "inspect" {
        data
    } else {
        Path::new("").to_owned()
    }
}

/// cargo-fuzz of the tested release, built unless it is there.
fn cargo_fuzz(cache: &Cache) -> Result<std::path::PathBuf> {
    let path = setup::tools_bin(cache).join("cargo-fuzz");
    let version = Command::new(&path).args(["fuzz", "--version"]).output();
    if version.is_ok_and(|out| String::from_utf8_lossy(&out.stdout).contains(CARGO_FUZZ)) {
        return Ok(path);
    }
    let _lock = cache.lock("cargo-fuzz")?;
    cache::step(&format!("build of cargo-fuzz {CARGO_FUZZ}"), || {
        let mut command = setup::cargo();
        command
            .args(["install", "--quiet", "--force", "cargo-fuzz"])
            .args(["--version", CARGO_FUZZ, "--locked", "--root"])
            .arg(cache.path("tools"))
            .env("CARGO_TARGET_DIR", cache.path("tools/build"))
            .env_remove("RUSTFLAGS");
        process::quiet(&mut command)?;
        cache::remove(&cache.path("tools/build"))
    })?;
    Ok(path)
}

/// `stat::number_of_executed_units: 67409`
fn executions(said: &str) -> Option<u64> {
    let mut lines = said.lines();
    lines.find_map(|line| {
        let number = line.strip_prefix("stat::number_of_executed_units:")?;
        number.trim().parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executions_are_found() {
        let said = "#2 DONE\nstat::number_of_executed_units: 67409\nstat::x: 1\n";
        assert_eq!(executions(said), Some(67_409));
        assert_eq!(executions("#2 DONE\n"), None);
    }

    #[test]
    fn targets_are_those_of_the_manifest() {
        let fuzz = cache::workspace().join("tests/fuzz");
        let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
        assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
        for target in TARGETS {
            assert!(manifest.contains(&format!("name = \"{target}\"")));
            assert!(fuzz.join("seeds").join(target).is_dir());
        }
    }
}
