//! Runs the checks of the guests' results: test programs of the `tests` crate.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result};

use super::matrix::Boot;
use super::{dir_of, line_of};
use crate::cache::Cache;
use crate::process::{passed, shown, tail};
use crate::report::{Outcome, Report};
use crate::setup;

/// Runs the checks of every script that has some, kernel by kernel.
pub(super) fn run(cache: &Cache, boots: &[Boot], results: &Path, report: &mut Report) {
    for boot in boots {
        for script in boot.scripts.iter().filter(|script| script.checked) {
            let start = Instant::now();
            let outcome = check(cache, results, boot.kernel, script.name)
                .unwrap_or_else(|error| Outcome::Failed(format!("{error:#}\n")));
            let name = format!("{}: checks", boot.script_name(script));
            report.add(&name, outcome, start.elapsed());
        }
    }
}

/// Checks what one script left on one kernel.
pub(super) fn check(cache: &Cache, results: &Path, kernel: &str, script: &str) -> Result<Outcome> {
    let dir = dir_of(results, kernel, script);
    if !dir.join("status").is_file() {
        return Ok(Outcome::Failed("there is nothing to check\n".to_owned()));
    }
    let mut cargo = setup::cargo_with_tools(cache)?;
    cargo.args([
        "test",
        "--quiet",
        "--locked",
        "--package",
        "kmodtrace-tests",
    ]);
    cargo.args(["--features", "vm", "--test"]);
    cargo.arg(format!("vm_{script}"));
    cargo.args(["--", &format!("{}::", module_of(kernel))]);
    cargo.env("KMODTRACE_VM_RESULTS", results);
    cargo.env("RUST_BACKTRACE", "0");
    let done = cargo
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run `{}`", shown(&cargo)))?;
    let stdout = String::from_utf8_lossy(&done.stdout);
    if done.status.success() {
        let count = passed(&stdout);
        if count == 0 {
            let why = format!("vm_{script}.rs has no checks for {kernel}\n");
            return Ok(Outcome::Failed(why));
        }
        let mut remark = format!("{count} checks");
        for figures in figures(&dir) {
            remark.push_str(&format!("; {figures}"));
        }
        return Ok(Outcome::Passed(remark));
    }
    let stderr = String::from_utf8_lossy(&done.stderr);
    let log = dir.join("checks.log");
    fs::create_dir_all(&dir)?;
    fs::write(&log, format!("{stdout}{stderr}"))?;
    Ok(Outcome::Failed(format!(
        "{}{}all of it: {}\n",
        tail(&stdout, 60),
        tail(&stderr, 5),
        log.display()
    )))
}

/// The module of a kernel series in the checks.
fn module_of(kernel: &str) -> String {
    if kernel.starts_with(|c: char| c.is_ascii_digit()) {
        format!("v{}", kernel.replace('.', "_"))
    } else {
        kernel.to_owned()
    }
}

/// The figures that the checks have left.
fn figures(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten();
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.file_stem().is_some_and(|stem| stem == "figures"))
        .collect();
    files.sort();
    files.iter().filter_map(|path| line_of(path).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules() {
        assert_eq!(module_of("6.12"), "v6_12");
        assert_eq!(module_of("newest"), "newest");
    }
}
