//! Pages of `export --to html` in Chromium: `tests/browser`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::cache::{self, Cache};
use crate::npm;
use crate::process::{self, tail};
use crate::report::Outcome;
use crate::setup::{self, Need};

/// A step of `cargo xtask test --full`: lints the page's scripts, then opens pages of real recordings, of 10,000 loads,
/// and of hostile strings.
pub(crate) fn step(cache: &Cache) -> Result<Outcome> {
    setup::ensure(cache, &[Need::Build, Need::Browser])?;
    let modules = npm::packages(cache, &tests_dir())?.join("node_modules");
    lint(&modules)?;
    let pages = cache.dir("browser/pages")?;
    let mut make = setup::cargo_with_tools(cache)?;
    make.args(["run", "--quiet", "--locked", "--package", "kmodtrace-tests"])
        .args(["--example", "pages", "--"])
        .arg(&pages);
    process::quiet(&mut make)?;
    let mut tests = node(&modules);
    tests.arg(tests_dir().join("html.mjs")).arg(&pages);
    let done = tests.stdin(Stdio::null()).output();
    let done = done.context("node cannot be run")?;
    let said = String::from_utf8_lossy(&done.stdout);
    let checks = said.lines().filter(|line| line.starts_with("ok: ")).count();
    if !done.status.success() || checks == 0 {
        let errors = String::from_utf8_lossy(&done.stderr);
        bail!("{}\n{}", tail(&said, 40), tail(&errors, 20));
    }
    for line in said.lines().filter(|line| line.contains("loads: opens in")) {
        eprintln!("xtask: {line}");
    }
    Ok(Outcome::Passed(format!("{checks} checks")))
}

fn tests_dir() -> PathBuf {
    cache::workspace().join("tests/browser")
}

fn node(modules: &Path) -> Command {
    let mut node = Command::new("node");
    node.env("KT_NODE_MODULES", modules);
    node
}

/// eslint over the page's scripts and the tests.
fn lint(modules: &Path) -> Result<()> {
    let mut eslint = node(modules);
    eslint
        .arg(modules.join("eslint/bin/eslint.js"))
        .arg("--max-warnings=0")
        .arg("--config")
        .arg(tests_dir().join("eslint.config.mjs"))
        .args(["kmodtrace/src/export/html", "tests/browser"])
        .current_dir(cache::workspace());
    process::quiet(&mut eslint)
}
