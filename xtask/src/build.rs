//! `cargo xtask build`: the static release binary of kmodtrace, for boards: without the default features.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::cache::{Cache, step_if_slow};
use crate::setup::{self, Need};

/// Target of the static binary.
pub(crate) const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Options of `cargo xtask build`.
#[derive(clap::Args, Debug)]
pub(crate) struct BuildArgs {
    /// Cargo features of the kmodtrace package, separated by commas: `otlp,parquet` for every export.
    #[arg(long, value_name = "LIST", default_value = "")]
    features: String,
}

/// Runs `cargo xtask build`.
pub(crate) fn main(cache: &Cache, args: &BuildArgs) -> Result<()> {
    let binary = kmodtrace(cache, &args.features)?;
    println!("{}", binary.display());
    Ok(())
}

/// What matters of one line that cargo writes with `--message-format=json`.
#[derive(Deserialize)]
struct Message {
    reason: String,
    executable: Option<PathBuf>,
}

/// Builds the static binary and returns where it is.
pub(crate) fn kmodtrace(cache: &Cache, features: &str) -> Result<PathBuf> {
    let mut args = vec!["--release", "--no-default-features", "--target", TARGET];
    if !features.is_empty() {
        args.extend(["--features", features]);
    }
    built(cache, &args, Some("-C target-feature=+crt-static"))
}

/// Builds the program with every export, unoptimized, and returns where it is.
pub(crate) fn whole(cache: &Cache) -> Result<PathBuf> {
    built(cache, &[], None)
}

fn built(cache: &Cache, args: &[&str], flags: Option<&str>) -> Result<PathBuf> {
    setup::ensure(cache, &[Need::Build])?;
    step_if_slow("build of kmodtrace", || {
        let mut command = setup::cargo_with_tools(cache)?;
        command
            .args(["build", "--quiet", "--locked"])
            .args(["--package", "kmodtrace", "--bin", "kmodtrace"])
            .args(args)
            .arg("--message-format=json-render-diagnostics")
            .stdin(Stdio::null())
            .stderr(Stdio::inherit());
        if let Some(flags) = flags {
            command
                .env("RUSTFLAGS", flags)
                .env_remove("CARGO_ENCODED_RUSTFLAGS");
        }
        let done = command.output().context("cannot run cargo")?;
        if !done.status.success() {
            bail!("kmodtrace does not build; see cargo's messages above");
        }
        executable(&String::from_utf8_lossy(&done.stdout))
            .context("cargo reported no executable for kmodtrace")
    })
}

/// The executable that cargo's messages name.
fn executable(messages: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| message.reason == "compiler-artifact")
        .find_map(|message| message.executable)
}

/// The binary that an earlier `build` left.
pub(crate) fn already_built() -> Result<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| crate::cache::workspace().join("target"), PathBuf::from);
    let binary = target.join(TARGET).join("release/kmodtrace");
    if !binary.is_file() {
        bail!(
            "there is no {}; run `cargo xtask build` first",
            binary.display()
        );
    }
    Ok(binary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_executable() {
        let text = "{\"reason\":\"compiler-artifact\",\"executable\":null}\n\
                    {\"reason\":\"compiler-artifact\",\"executable\":\"/t/kmodtrace\"}\n\
                    {\"reason\":\"build-finished\",\"success\":true}\n";
        assert_eq!(executable(text), Some(PathBuf::from("/t/kmodtrace")));
        assert_eq!(executable("noise"), None);
    }
}
