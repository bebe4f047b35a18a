//! The list of kernels (`kernels.toml`) and the choice of a package from an archive.

use std::cmp::Ordering;

use anyhow::{Context, Result};
use serde::Deserialize;

/// One series of Debian kernels.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Series {
    /// Name on the command line: `6.12`, or `newest`.
    pub(crate) series: String,
    /// Debian architecture.
    #[serde(default = "amd64")]
    pub(crate) arch: String,
    /// Debian suite that has it.
    pub(crate) suite: String,
    /// Names of its image packages, with one `*`.
    pub(crate) pattern: String,
    /// Kernel release that was tested last.
    pub(crate) last_seen: String,
    /// Whether the project's own test modules are built for it.
    #[serde(default)]
    pub(crate) own_modules: bool,
    /// Whether the modules that do much of one thing, and their twins, are built as well: for measurements.
    #[serde(default)]
    pub(crate) twins: bool,
}

/// Default of [`Series::arch`].
fn amd64() -> String {
    "amd64".to_owned()
}

/// The whole of `kernels.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kernels {
    /// Kernels that are booted.
    pub(crate) kernel: Vec<Series>,
    /// Kernels whose facts alone are read.
    pub(crate) facts: Vec<Series>,
}

impl Kernels {
    /// Reads the list that was compiled in.
    pub(crate) fn load() -> Result<Self> {
        toml::from_str(include_str!("../kernels.toml")).context("xtask/kernels.toml")
    }

    /// The booted series of that name.
    pub(crate) fn booted(&self, name: &str) -> Result<&Series> {
        self.kernel
            .iter()
            .find(|series| series.series == name)
            .with_context(|| {
                let names: Vec<&str> = self.kernel.iter().map(|s| s.series.as_str()).collect();
                format!("unknown kernel {name}: choose one of {}", names.join(", "))
            })
    }
}

/// A kernel release picked for a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pick {
    /// Release, as `uname -r` says it.
    pub(crate) release: String,
    /// What is odd about the choice, for people to read.
    pub(crate) warning: Option<String>,
}

impl Series {
    /// Picks from package names: the release last seen, else the highest of the series, else the
    /// nearest other series.
    pub(crate) fn pick(&self, packages: &[String]) -> Option<Pick> {
        let releases: Vec<&str> = packages
            .iter()
            .filter_map(|name| name.strip_prefix("linux-image-"))
            .filter(|release| is_plain(release, &self.arch))
            .collect();
        if releases.contains(&self.last_seen.as_str()) {
            return Some(Pick {
                release: self.last_seen.clone(),
                warning: None,
            });
        }
        let same = releases
            .iter()
            .filter(|r| matches(&self.pattern, &format!("linux-image-{r}")));
        if let Some(release) = same.max_by(|a, b| compare(a, b)) {
            return Some(Pick {
                release: (*release).to_owned(),
                warning: None,
            });
        }
        let goal = number(&self.last_seen);
        let nearest = releases.iter().min_by(|a, b| {
            let distance = |r: &str| number(r).abs_diff(goal);
            distance(a).cmp(&distance(b)).then_with(|| compare(b, a))
        })?;
        Some(Pick {
            release: (*nearest).to_owned(),
            warning: Some(format!(
                "{} has no kernel of series {} any more: {nearest} stands in for it",
                self.suite, self.series
            )),
        })
    }

    /// A regular expression for `apt-cache search` that finds all candidates.
    pub(crate) fn search(&self) -> String {
        format!("^linux-image-[0-9].*-{}$", self.arch)
    }
}

/// Whether a release is the plain flavour: no cloud, real-time, 16k, unsigned or debug build.
fn is_plain(release: &str, arch: &str) -> bool {
    let Some(version) = release.strip_suffix(arch).and_then(|v| v.strip_suffix('-')) else {
        return false;
    };
    let full = version.split('.').count() >= 3;
    let words = ["cloud", "rt", "dbg", "unsigned", "trunk"];
    full && !version.split('-').any(|part| words.contains(&part))
}

/// Whether `name` fits `pattern`, in which one `*` stands for anything.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => {
            name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail)
        }
    }
}

/// The numbers in a release, in order.
fn numbers(release: &str) -> Vec<u64> {
    release
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|part| part.parse().ok())
        .collect()
}

/// Compares releases by their numbers, then as text.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    numbers(a).cmp(&numbers(b)).then_with(|| a.cmp(b))
}

/// Major and minor version as one number.
fn number(release: &str) -> u64 {
    let parts = numbers(release);
    parts.first().unwrap_or(&0) * 1000 + parts.get(1).unwrap_or(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packages(releases: &[&str]) -> Vec<String> {
        releases
            .iter()
            .map(|r| format!("linux-image-{r}"))
            .collect()
    }

    fn series(name: &str) -> Series {
        Kernels::load().unwrap().booted(name).unwrap().clone()
    }

    #[test]
    fn the_list_is_sound() {
        let kernels = Kernels::load().unwrap();
        for series in &kernels.kernel {
            assert!(matches(
                &series.pattern,
                &format!("linux-image-{}", series.last_seen)
            ));
            assert!(is_plain(&series.last_seen, &series.arch));
        }
        assert!(
            kernels
                .booted("4.19")
                .unwrap_err()
                .to_string()
                .contains("5.10")
        );
    }

    #[test]
    fn prefers_what_was_seen_last() {
        let names = packages(&["6.1.0-56-amd64", "6.1.0-60-amd64"]);
        assert_eq!(
            series("6.1").pick(&names).unwrap().release,
            "6.1.0-56-amd64"
        );
    }

    #[test]
    fn then_the_highest_plain_build_of_the_series() {
        let names = packages(&[
            "6.1.0-9-amd64",
            "6.1.0-10-amd64",
            "6.1.0-70-cloud-amd64",
            "6.1.0-70-rt-amd64",
            "6.1.0-70-amd64-dbg",
            "6.1.0-70-amd64-unsigned",
            "6.12.9+deb12-amd64",
        ]);
        let pick = series("6.1").pick(&names).unwrap();
        assert_eq!(
            pick,
            Pick {
                release: "6.1.0-10-amd64".to_owned(),
                warning: None
            }
        );
    }

    #[test]
    fn then_the_nearest_series_with_a_warning() {
        let names = packages(&[
            "7.1.2+deb13-amd64",
            "6.19.2+deb13-amd64",
            "6.19.14+deb13-amd64",
        ]);
        let pick = series("6.18").pick(&names).unwrap();
        assert_eq!(pick.release, "6.19.14+deb13-amd64");
        assert!(pick.warning.unwrap().contains("6.18"));
        assert_eq!(series("6.18").pick(&[]), None);
    }

    #[test]
    fn newest_is_the_highest() {
        let names = packages(&[
            "6.12-amd64",
            "7.3.9+deb13-amd64",
            "7.10.1+deb13-amd64",
            "amd64",
        ]);
        assert_eq!(
            series("newest").pick(&names).unwrap().release,
            "7.10.1+deb13-amd64"
        );
    }
}
