//! What a run leaves on disk: a private directory, gone at its end, and the console log.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use crate::cache::{self, Cache};

/// Names of the private directories begin so; the process follows.
const PREFIX: &str = "kmodtrace-vm-";

/// A word that no output contains by chance.
pub(super) fn token() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let seed = format!("{now} {} {count}", std::process::id());
    format!(
        "kt-end-{}{}",
        cache::key([seed.as_bytes()]),
        cache::key([b"2", seed.as_bytes()])
    )
}

/// A fresh console log, old ones beyond the last 40 removed.
pub(super) fn console_path(cache: &Cache, release: &str) -> Result<PathBuf> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let dir = cache.dir("console")?;
    let mut old: Vec<PathBuf> = fs::read_dir(&dir)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    old.sort();
    for path in old.iter().rev().skip(40) {
        let _ = fs::remove_file(path);
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    Ok(dir.join(format!(
        "{now}-{release}-{}-{count}.log",
        std::process::id()
    )))
}

/// A private directory of one run, removed at its end.
pub(super) struct WorkDir(PathBuf);

impl WorkDir {
    /// Makes one; short, because socket paths have a limit.
    pub(super) fn new() -> Result<Self> {
        remove_stale();
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{count}", std::process::id());
        let dir = std::env::temp_dir().join(name);
        fs::create_dir(&dir)
            .or_else(|_| fs::remove_dir_all(&dir).and_then(|()| fs::create_dir(&dir)))
            .with_context(|| format!("cannot make {}", dir.display()))?;
        Ok(Self(dir))
    }

    /// The directory.
    pub(super) fn dir(&self) -> &Path {
        &self.0
    }

    /// A file in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for WorkDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Removes the directories of runs that were killed.
fn remove_stale() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if owner(&name).is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The process that a private directory's name tells.
fn owner(name: &str) -> Option<&str> {
    let (pid, _) = name.strip_prefix(PREFIX)?.split_once('-')?;
    pid.chars().all(|c| c.is_ascii_digit()).then_some(pid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ() {
        assert_ne!(token(), token());
    }

    #[test]
    fn owners() {
        assert_eq!(owner("kmodtrace-vm-123-0"), Some("123"));
        assert_eq!(owner("kmodtrace-vm-x-0"), None);
        assert_eq!(owner("other-123-0"), None);
    }
}
