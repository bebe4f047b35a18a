//! `kmodtrace inspect` over every module of real kernels, and beside binutils and kmod.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::cache::{self, Cache};
use crate::kernel::Kernel;
use crate::measure::{self, Cost};
use crate::process::{self, tail};
use crate::report::Outcome;
use crate::rootfs::Root;
use crate::setup::{self, Need};
use crate::testmods;

/// The series whose modules are read.
pub(crate) const SERIES: [&str; 5] = ["5.10", "6.1", "6.12", "6.18", "newest"];

/// The series that is measured and compared.
const MEASURED: &str = "6.12";

/// One module in so many is compared with what binutils and kmod say.
const SAMPLE: usize = 40;

/// How often each program is measured; the fastest counts.
const ROUNDS: usize = 3;

/// The module files of a series.
fn files(cache: &Cache, series: &str) -> Result<(Kernel, Vec<PathBuf>)> {
    let root = Root::open(cache)?;
    let kernel = Kernel::fetch(cache, &root, series)?;
    let modules = kernel.modules.as_deref().context("there are no modules")?;
    let mut files = cache::files_below(modules)?;
    files.retain(|path| path.to_string_lossy().contains(".ko"));
    if files.is_empty() {
        bail!("no modules below {}", modules.display());
    }
    Ok((kernel, files))
}

/// Reads every module of a series: none may fail, and each is one line of JSON.
pub(crate) fn inspected(cache: &Cache, binary: &Path, series: &str) -> Result<Outcome> {
    let (kernel, files) = files(cache, series)?;
    let done = Command::new(binary)
        .args(["inspect", "--json"])
        .args(&files)
        .stdin(Stdio::null())
        .output()?;
    let said = String::from_utf8_lossy(&done.stderr);
    if !done.status.success() || !said.is_empty() {
        return Ok(Outcome::Failed(tail(&said, 20)));
    }
    let mut modules = 0;
    for line in done.stdout.split(|&byte| byte == b'\n') {
        if line.is_empty() {
            continue;
        }
        check_line(line, &kernel.release)?;
        modules += 1;
    }
    if modules != files.len() {
        bail!("{modules} lines for {} files", files.len());
    }
    Ok(Outcome::Passed(format!("{modules} modules")))
}

/// What holds of every module of a distribution's kernel.
fn check_line(line: &[u8], release: &str) -> Result<()> {
    let object: serde_json::Value = serde_json::from_slice(line)?;
    let file = object["file"].as_str().unwrap_or_default();
    let text = |field: &str| object[field].as_str().unwrap_or_default();
    let unknown = |object: &serde_json::Value| {
        let name = object["type"].as_str();
        name.is_none_or(|name| !name.starts_with("R_"))
    };
    let kinds = object["relocations"]["kinds"].as_array();
    let problem = if text("name").is_empty() || text("license").is_empty() {
        "no name or licence"
    } else if !text("vermagic").starts_with(release) {
        "another kernel's vermagic"
    } else if kinds.is_none_or(|kinds| kinds.iter().any(unknown)) {
        "relocations of unknown type"
    } else if object["signature"]["problem"].is_string() {
        "a damaged signature"
    } else {
        return Ok(());
    };
    bail!("{file}: {problem}")
}

/// Compares answers with readelf, nm and modinfo, then time and memory with modinfo.
pub(crate) fn beside_others(cache: &Cache, binary: &Path) -> Result<Outcome> {
    setup::ensure(cache, &[Need::Compare])?;
    let (kernel, files) = files(cache, MEASURED)?;
    let own = testmods::built(cache, &Root::open(cache)?, &kernel, false)?;
    let sample: Vec<&PathBuf> = files.iter().step_by(SAMPLE).chain(&own).collect();
    let list: Vec<String> = sample
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let mut tests = setup::cargo_with_tools(cache)?;
    tests
        .args([
            "test",
            "--quiet",
            "--locked",
            "--package",
            "kmodtrace-tests",
        ])
        .args(["--test", "inspect", "tools::"])
        .env("KMODTRACE_MODULE_FILES", list.join("\n"));
    process::quiet(&mut tests)?;
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    for _ in 0..ROUNDS {
        ours.push(measure::run(
            Command::new(binary).arg("inspect").args(&files),
        )?);
        theirs.push(measure::run(Command::new(modinfo()?).args(&files))?);
    }
    let (ours, theirs) = (best(&ours), best(&theirs));
    let ratio = |a: f64, b: f64| format!("{:.2}", a / b.max(f64::MIN_POSITIVE));
    let mib = |kib: u64| f64::from(u32::try_from(kib).unwrap_or(u32::MAX)) / 1024.0;
    Ok(Outcome::Passed(format!(
        "{} compared; {} modules in {:.1} s, modinfo {:.1} s (ratio {}); {:.1} MiB, modinfo {:.1} MiB (ratio {})",
        sample.len(),
        files.len(),
        ours.wall.as_secs_f64(),
        theirs.wall.as_secs_f64(),
        ratio(ours.wall.as_secs_f64(), theirs.wall.as_secs_f64()),
        mib(ours.peak_kib),
        mib(theirs.peak_kib),
        ratio(mib(ours.peak_kib), mib(theirs.peak_kib)),
    )))
}

/// kmod's modinfo, which ordinary users may not have on their path.
fn modinfo() -> Result<PathBuf> {
    setup::which("modinfo")
        .or_else(|| Some(PathBuf::from("/sbin/modinfo")).filter(|path| path.exists()))
        .context("there is no modinfo")
}

/// The fastest run, and the most memory of all.
fn best(costs: &[Cost]) -> Cost {
    Cost {
        wall: costs.iter().map(|cost| cost.wall).min().unwrap_or_default(),
        peak_kib: costs.iter().map(|cost| cost.peak_kib).max().unwrap_or(0),
    }
}
