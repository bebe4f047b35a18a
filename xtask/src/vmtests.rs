//! The VM tests: which guest scripts run on which kernel, and the checks of what they leave.

mod aa;
mod checks;
mod matrix;
mod power;

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::cache::{self, Cache};
use crate::process::{self, tail};
use crate::report::{Outcome, Report};
use crate::vm::{self, Status, VmOutcome, VmSpec};
use matrix::{Boot, Script};

/// Runs the tests whose name contains `filter`, as many guests at a time as there are cores but never
/// more than two, then the checks of their results, and reports each.
pub(crate) fn run(cache: &Cache, binary: &Path, full: bool, filter: &str, report: &mut Report) {
    let boots = matrix::boots(full, filter);
    let results = cache::workspace().join("target/vm-results");
    let todo = Mutex::new(boots.iter().collect::<VecDeque<_>>());
    let workers = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(2);
    let shared = Mutex::new(&mut *report);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(boot) = next(&todo) {
                    let share = results.join(boot.kernel);
                    let rows = boot.rows(cache, binary, &share);
                    let mut report = locked(&shared);
                    for (name, outcome, took) in rows {
                        report.add(&name, outcome, took);
                    }
                }
            });
        }
    });
    checks::run(cache, &boots, &results, report);
    if full {
        aa::run(cache, binary, &results, filter, report);
    }
    power::run(cache, binary, &results, full, filter, report);
}

/// Takes the next item off the list.
fn next<T: Copy>(todo: &Mutex<VecDeque<T>>) -> Option<T> {
    locked(todo).pop_front()
}

/// Locks, whatever became of another holder.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A row of the report.
type Row = (String, Outcome, Duration);

impl Boot {
    /// Boots the kernel, runs the scripts, and returns a row for each and one for the kernel itself.
    fn rows(&self, cache: &Cache, binary: &Path, share: &Path) -> Vec<Row> {
        let start = Instant::now();
        let mut done = self.boot(cache, binary, share);
        if done.as_ref().is_ok_and(never_came_up) {
            eprintln!("xtask: {}: booting again", self.name());
            done = self.boot(cache, binary, share);
        }
        let done = match done {
            Ok(done) => done,
            Err(error) => {
                let failed = Outcome::Failed(format!("{error:#}\n"));
                return vec![(self.name(), failed, start.elapsed())];
            }
        };
        let mut rows = vec![(self.name(), kernel_outcome(&done), done.wall)];
        for script in &self.scripts {
            let (outcome, took) = script_outcome(&share.join(script.name));
            rows.push((self.script_name(script), outcome, took));
        }
        rows
    }

    /// Boots the kernel and runs the scripts, which leave their results in `share`.
    fn boot(&self, cache: &Cache, binary: &Path, share: &Path) -> Result<VmOutcome> {
        for script in &self.scripts {
            let dir = share.join(script.name);
            cache::remove(&dir)?;
            fs::create_dir_all(&dir)?;
            if let Some(program) = script.program {
                compile(program, &dir.join("bin"))?;
            }
        }
        let mut command = vec!["sh".to_owned(), "/guest/scenarios.sh".to_owned()];
        command.extend(self.scripts.iter().map(Script::argument));
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let mut spec = VmSpec::new(self.kernel, &words);
        spec.twins = self.scripts.iter().any(|script| script.twins);
        spec.tools = self.scripts.iter().any(|script| script.tools);
        spec.binary = Some(binary.to_path_buf());
        spec.share = Some(share.to_path_buf());
        spec.icount = self.icount;
        spec.append = self.append();
        let seconds: u64 = self.scripts.iter().map(|script| script.timeout).sum();
        spec.timeout = Duration::from_secs(60 + seconds);
        vm::run(cache, &spec)
    }
}

/// Whether the guest failed before it ran anything of ours: an emulated kernel now and then dies while
/// it patches its own code, which says nothing about kmodtrace.
fn never_came_up(done: &VmOutcome) -> bool {
    matches!(done.status, Status::Failed(_)) && done.boot.is_none()
}

/// Compiles `tests/guest/NAME.c` into a static program.
pub(crate) fn compile(name: &str, program: &Path) -> Result<()> {
    let source = cache::workspace()
        .join("tests/guest")
        .join(format!("{name}.c"));
    let mut gcc = Command::new("gcc");
    gcc.args(["-O2", "-Wall", "-static", "-o"]);
    process::quiet(gcc.arg(program).arg(source))
}

/// How it went for the kernel.
fn kernel_outcome(done: &VmOutcome) -> Outcome {
    if done.success() && done.kernel_warnings.is_empty() {
        return Outcome::Passed(match &done.warning {
            Some(warning) => format!("on {}: {warning}", done.release),
            None => format!("on {}", done.release),
        });
    }
    let mut text = match &done.status {
        Status::Exited(code) => format!("exit status {code} on {}\n", done.release),
        Status::PowerCut => format!("the power failed on {}\n", done.release),
        Status::Failed(why) => format!("{why} on {}\n{}", done.release, done.console_tail(30)),
    };
    for line in &done.kernel_warnings {
        text.push_str(&format!("the kernel logged: {line}\n"));
    }
    for stream in [&done.stdout, &done.stderr] {
        text.push_str(&tail(&String::from_utf8_lossy(stream), 20));
    }
    text.push_str(&format!("console: {}\n", done.console_path.display()));
    Outcome::Failed(text)
}

/// How a script went that left its results in `dir`.
fn script_outcome(dir: &Path) -> (Outcome, Duration) {
    let read = |name: &str| fs::read_to_string(dir.join(name)).unwrap_or_default();
    let status = read("status");
    let mut words = status.split_whitespace();
    let code = words.next();
    let mut seconds = words.map(|word| word.parse().unwrap_or(0.0));
    let (start, end): (f64, f64) = (seconds.next().unwrap_or(0.0), seconds.next().unwrap_or(0.0));
    let took = Duration::try_from_secs_f64(end - start).unwrap_or_default();
    let outcome = match code {
        Some("0") => Outcome::Passed(String::new()),
        Some(code) => {
            let stdout = read("stdout");
            let failed = stdout.lines().filter(|line| line.starts_with("FAILED"));
            let mut text = format!("exit status {code}\n");
            text.extend(failed.map(|line| format!("{line}\n")));
            text.push_str(&tail(&stdout, 20));
            text.push_str(&tail(&read("stderr"), 20));
            text.push_str(&format!("results: {}\n", dir.display()));
            Outcome::Failed(text)
        }
        None => Outcome::Failed("the script did not come to its end\n".to_owned()),
    };
    (outcome, took)
}

/// The directory of a script's results.
fn dir_of(results: &Path, kernel: &str, script: &str) -> PathBuf {
    results.join(kernel).join(script)
}

/// What a file of results says, all on one line.
fn line_of(path: &Path) -> Result<String> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
}
