//! Exports, read by programs of others' making: `tests/exports`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::build;
use crate::cache::{self, Cache};
use crate::npm;
use crate::process;
use crate::python;
use crate::report::Outcome;
use crate::setup::{self, Need};

/// A reader.
pub(crate) struct Reader {
    /// Name of the step.
    pub(crate) name: &'static str,
    script: &'static str,
    args: &'static [&'static str],
}

/// The readers, one step each.
pub(crate) const READERS: [Reader; 7] = [
    reader("perfetto by its schema", "perfetto_schema.py", &[]),
    reader("chrome by its specification", "chrome.py", &[]),
    reader("chrome by trace-model", "chrome_model.cjs", &[]),
    reader("csv by Python", "tables.py", &[]),
    reader("otlp by a receiver", "otlp.py", &[]),
    reader("parquet by DuckDB", "parquet_readers.py", &["duckdb"]),
    reader("parquet by Spark", "parquet_readers.py", &["spark"]),
];

const fn reader(name: &'static str, script: &'static str, args: &'static [&'static str]) -> Reader {
    Reader { name, script, args }
}

/// A step of `cargo xtask test --full`: the reader finds in the exports of every recording what `report --json` says.
pub(crate) fn step(cache: &Cache, reader: &Reader) -> Result<Outcome> {
    setup::ensure(cache, &[Need::Build, Need::Exports])?;
    let binary = build::whole(cache)?;
    let recordings = recordings(cache)?;
    let mut command = if reader.script.ends_with(".cjs") {
        let mut node = Command::new("node");
        node.env(
            "NODE_PATH",
            npm::packages(cache, &scripts())?.join("node_modules"),
        );
        node
    } else {
        let mut python = Command::new(python::with(cache, &scripts().join("requirements.txt"))?);
        python.env("PYTHONDONTWRITEBYTECODE", "1");
        python
    };
    command
        .arg(scripts().join(reader.script))
        .arg(binary)
        .args(reader.args)
        .args(&recordings);
    let said = process::output(&mut command)?;
    // Each recording is told in a line, or more where it came in several ways.
    let told = said.lines().filter(|line| line.contains(" phases")).count();
    if told < recordings.len() {
        bail!("{told} of {} recordings were read", recordings.len());
    }
    Ok(Outcome::Passed(format!("{} recordings", recordings.len())))
}

/// A step: the binary for boards says which build has the exports that it leaves out.
pub(crate) fn left_out(cache: &Cache, binary: &Path) -> Result<Outcome> {
    let recordings = recordings(cache)?;
    let recording = recordings.first().context("there are no recordings")?;
    for format in ["otlp", "parquet", "parquet-phases"] {
        let mut export = Command::new(binary);
        export.arg("export").arg(recording).args(["--to", format]);
        let done = export.stdin(Stdio::null()).output()?;
        let said = String::from_utf8_lossy(&done.stderr);
        if done.status.code() != Some(2) || !said.contains("cargo xtask build --features") {
            bail!("{format}: {}: {said}", done.status);
        }
    }
    Ok(Outcome::Passed(String::new()))
}

fn scripts() -> PathBuf {
    cache::workspace().join("tests/exports")
}

/// The recordings of real kernels, and their hostile twins.
fn recordings(cache: &Cache) -> Result<Vec<PathBuf>> {
    let dir = cache.dir("exports/recordings")?;
    let mut write = setup::cargo_with_tools(cache)?;
    write
        .args(["run", "--quiet", "--locked", "--package", "kmodtrace-tests"])
        .args(["--example", "recordings", "--"])
        .arg(&dir);
    process::quiet(&mut write)?;
    let mut files = cache::files_below(&dir)?;
    files.sort();
    Ok(files)
}
