//! Reads what the guest scripts of `tests/guest` have left on the host.
//!
//! `KMODTRACE_VM_RESULTS` names a directory with one subdirectory per kernel and, in it, one per
//! script; `cargo xtask test` makes it. Nothing here uses kmodtrace's own types: what the outputs mean
//! is read from the outputs alone.

pub mod expect;
pub mod facts;
pub mod graph;
pub mod ledger;
pub mod overhead;
pub mod truth;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

pub use ledger::{Load, Output, Phase};
pub use overhead::Overhead;

/// Makes a test of each check for each kernel, named for instance `v6_12::sums_are_exact`.
#[macro_export]
macro_rules! per_kernel {
    ($scenario:literal, [$($module:ident = $kernel:literal),+ $(,)?], $checks:tt) => {
        $(mod $module { $crate::per_kernel!(@tests $scenario $kernel $checks); })+
    };
    (@tests $scenario:literal $kernel:literal [$($check:ident),+ $(,)?]) => {
        $(#[test]
        fn $check() {
            super::$check(&$crate::vm::Results::open($kernel, $scenario));
        })+
    };
}

/// What one script left on one kernel.
#[derive(Debug)]
pub struct Results {
    kernel: &'static str,
    dir: PathBuf,
}

/// A line of `loads.tsv`: a command that the guest ran to load something.
#[derive(Clone, Debug)]
pub struct Truth {
    /// What the script calls it.
    pub label: String,
    /// Process id of the command.
    pub pid: u32,
    /// Its exit status.
    pub status: u32,
    /// Size of the file it loaded, if it loaded a single one.
    pub bytes: Option<u64>,
    /// The command.
    pub command: String,
}

impl Results {
    /// The results of a script on a kernel series.
    ///
    /// # Panics
    /// When there are none, or the script did not come to its end.
    #[must_use]
    pub fn open(kernel: &'static str, scenario: &str) -> Self {
        let root = env::var_os("KMODTRACE_VM_RESULTS")
            .expect("KMODTRACE_VM_RESULTS is not set: `cargo xtask test` sets it");
        let dir = Path::new(&root).join(kernel).join(scenario);
        assert!(dir.is_dir(), "no results in {}", dir.display());
        let status = dir.join("status");
        assert!(
            status.is_file(),
            "no {}: the script did not end",
            status.display()
        );
        Self { kernel, dir }
    }

    /// The kernel series.
    #[must_use]
    pub fn kernel(&self) -> &'static str {
        self.kernel
    }

    /// True if a file is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.dir.join(name).exists()
    }

    /// Where a file is.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// A file's bytes.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        let path = self.dir.join(name);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// A file's text.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        String::from_utf8_lossy(&self.bytes(name)).into_owned()
    }

    /// A number that stands alone in a file.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn number(&self, name: &str) -> u64 {
        let text = self.text(name);
        text.trim()
            .parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text:?}"))
    }

    /// The lines of a file with tabs between fields.
    #[must_use]
    pub fn table(&self, name: &str) -> Vec<Vec<String>> {
        let text = self.text(name);
        let fields = |line: &str| line.split('\t').map(str::to_owned).collect();
        text.lines().map(fields).collect()
    }

    /// What the script notes in `loads.tsv` about the commands it ran.
    ///
    /// # Panics
    /// When a line is not understood.
    #[must_use]
    pub fn truth(&self) -> Vec<Truth> {
        let rows = self.table("loads.tsv");
        let truth = |row: &Vec<String>| -> Option<Truth> {
            let [label, pid, status, bytes, command] = row.as_slice() else {
                return None;
            };
            Some(Truth {
                label: label.clone(),
                pid: pid.parse().ok()?,
                status: status.parse().ok()?,
                bytes: bytes.parse().ok(),
                command: command.clone(),
            })
        };
        rows.iter()
            .map(|row| truth(row).unwrap_or_else(|| panic!("{row:?} in loads.tsv")))
            .collect()
    }

    /// What a run with `--json` printed.
    #[must_use]
    pub fn output(&self, name: &str) -> Output {
        Output::parse(&self.text(name), name)
    }

    /// Keeps figures next to the results, for the report.
    ///
    /// # Panics
    /// When they cannot be written.
    pub fn keep_figures(&self, name: &str, text: &str) {
        let path = self.dir.join(format!("figures.{name}"));
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        println!("{} {text}", self.kernel);
    }
}

/// Fails with every line of `wrong`, if there are any.
///
/// # Panics
/// When there are.
pub fn none_of(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// `part` of `whole` in percent.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "a percentage needs no more than 52 bits"
)]
pub fn percent(part: u64, whole: u64) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

/// Nanoseconds as milliseconds.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "for messages only")]
pub fn ms(ns: u64) -> f64 {
    ns as f64 / 1e6
}
