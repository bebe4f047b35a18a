//! Statistics, asked of SciPy: `tests/stats`.

use std::process::Command;

use anyhow::{Context, Result};

use crate::cache::{self, Cache};
use crate::process;
use crate::python;
use crate::report::Outcome;
use crate::setup::{self, Need};

/// A step of `cargo xtask test --full`: kmodtrace and SciPy say the same of random values.
pub(crate) fn step(cache: &Cache) -> Result<Outcome> {
    setup::ensure(cache, &[Need::Build, Need::Exports])?;
    let scripts = cache::workspace().join("tests/stats");
    let mut build = setup::cargo_with_tools(cache)?;
    build
        .args([
            "build",
            "--quiet",
            "--locked",
            "--package",
            "kmodtrace-tests",
        ])
        .args(["--example", "statistics", "--message-format", "json"]);
    let said = process::output(&mut build)?;
    let example = said
        .split('"')
        .find(|word| word.ends_with("/examples/statistics"))
        .context("cargo names no example")?
        .to_owned();
    let mut ask = Command::new(python::with(cache, &scripts.join("requirements.txt"))?);
    ask.env("PYTHONDONTWRITEBYTECODE", "1");
    let said = process::output(ask.arg(scripts.join("compare.py")).arg(example))?;
    Ok(Outcome::Passed(said.trim().to_owned()))
}
