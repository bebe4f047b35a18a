//! The VM tests: which guest script runs on which kernel.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::cache::Cache;
use crate::process::tail;
use crate::test::{Outcome, Report};
use crate::vm::{self, Status, VmSpec};

/// A script of `tests/guest` on a kernel series.
#[derive(Clone, Copy, Debug)]
struct VmTest {
    kernel: &'static str,
    script: &'static str,
    /// Runs only with `--full`.
    full: bool,
    timeout: u64,
}

/// A test of every run.
const fn quick(kernel: &'static str, script: &'static str) -> VmTest {
    VmTest {
        kernel,
        script,
        full: false,
        timeout: 300,
    }
}

/// The matrix.
const TESTS: &[VmTest] = &[
    quick("5.10", "smoke.sh"),
    quick("6.1", "smoke.sh"),
    quick("6.12", "smoke.sh"),
    quick("6.18", "smoke.sh"),
    quick("newest", "smoke.sh"),
    quick("5.10", "modules.sh"),
    quick("6.1", "modules.sh"),
    quick("6.12", "modules.sh"),
    quick("newest", "modules.sh"),
];

/// Runs the tests whose name contains `filter`, as many at a time as there are cores but never
/// more than two, and reports each.
pub(crate) fn run(cache: &Cache, binary: &Path, full: bool, filter: &str, report: &mut Report) {
    let wanted = |test: &&VmTest| (full || !test.full) && test.name().contains(filter);
    let todo: Mutex<VecDeque<VmTest>> = Mutex::new(TESTS.iter().filter(wanted).copied().collect());
    let workers = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(2);
    let report = Mutex::new(report);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(test) = next(&todo) {
                    let start = Instant::now();
                    let outcome = test
                        .run(cache, binary)
                        .unwrap_or_else(|error| Outcome::Failed(format!("{error:#}\n")));
                    locked(&report).add(&test.name(), outcome, start.elapsed());
                }
            });
        }
    });
}

/// Takes the next test off the list.
fn next(todo: &Mutex<VecDeque<VmTest>>) -> Option<VmTest> {
    locked(todo).pop_front()
}

/// Locks, whatever became of another holder.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl VmTest {
    /// Name in the report.
    fn name(&self) -> String {
        format!("vm {} {}", self.kernel, self.script)
    }

    /// Boots the kernel and runs the script.
    fn run(&self, cache: &Cache, binary: &Path) -> Result<Outcome> {
        let script = format!("/guest/{}", self.script);
        let mut spec = VmSpec::new(self.kernel, &["sh", &script]);
        spec.binary = Some(binary.to_path_buf());
        spec.timeout = Duration::from_secs(self.timeout);
        let done = vm::run(cache, &spec)?;
        let clean = done.kernel_warnings.is_empty();
        if done.success() && clean {
            return Ok(match done.warning {
                Some(warning) => Outcome::Passed(format!("on {}: {warning}", done.release)),
                None => Outcome::Passed(format!("on {}", done.release)),
            });
        }
        let log = self.keep(cache, &done.stdout, &done.stderr)?;
        let stdout = String::from_utf8_lossy(&done.stdout);
        let mut text = match &done.status {
            Status::Exited(code) => format!("exit status {code} on {}\n", done.release),
            Status::Failed(why) => {
                format!("{why} on {}\n{}", done.release, done.console_tail(30))
            }
        };
        for line in &done.kernel_warnings {
            text.push_str(&format!("the kernel logged: {line}\n"));
        }
        for line in stdout.lines().filter(|line| line.starts_with("FAILED")) {
            text.push_str(&format!("{line}\n"));
        }
        text.push_str(&tail(&stdout, 20));
        text.push_str(&tail(&String::from_utf8_lossy(&done.stderr), 20));
        text.push_str(&format!(
            "output: {}\nconsole: {}\n",
            log.display(),
            done.console_path.display()
        ));
        Ok(Outcome::Failed(text))
    }

    /// Keeps the output of a failed test.
    fn keep(&self, cache: &Cache, stdout: &[u8], stderr: &[u8]) -> Result<PathBuf> {
        let name = format!("{}-{}.log", self.kernel, self.script);
        let path = cache.dir("test-logs")?.join(name);
        let both = [stdout, b"\n--- standard error ---\n", stderr].concat();
        fs::write(&path, both).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Kernels;

    #[test]
    fn kernels_and_scripts_exist() {
        let kernels = Kernels::load().unwrap();
        for test in TESTS {
            kernels.booted(test.kernel).unwrap();
            let script = crate::cache::workspace()
                .join("tests/guest")
                .join(test.script);
            assert!(script.is_file(), "{}", script.display());
        }
    }
}
