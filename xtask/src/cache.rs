//! The cache directory: where it is, its locks, and atomic writes into it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// Root of the workspace, known from where this crate was built.
pub(crate) fn workspace() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// The directory that keeps downloads, kernels, images and tools.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    root: PathBuf,
}

impl Cache {
    /// Opens `$KMODTRACE_CACHE`, or `target/xtask` of the workspace.
    pub(crate) fn open() -> Result<Self> {
        let root = match std::env::var_os("KMODTRACE_CACHE") {
            Some(dir) if !dir.is_empty() => PathBuf::from(dir),
            _ => workspace().join("target/xtask"),
        };
        fs::create_dir_all(&root)
            .with_context(|| format!("cannot make the cache directory {}", root.display()))?;
        let root = root.canonicalize()?;
        Ok(Self { root })
    }

    /// A path below the cache.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.root.join(name)
    }

    /// A directory below the cache, made if need be.
    pub(crate) fn dir(&self, name: impl AsRef<Path>) -> Result<PathBuf> {
        let dir = self.path(name);
        fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        Ok(dir)
    }

    /// Waits for the lock `name`; it is held until the returned value is dropped.
    pub(crate) fn lock(&self, name: &str) -> Result<Lock> {
        let path = self.dir("locks")?.join(name);
        let file = File::create(&path)
            .with_context(|| format!("cannot create the lock {}", path.display()))?;
        let op = rustix::fs::FlockOperation::LockExclusive;
        rustix::io::retry_on_intr(|| rustix::fs::flock(&file, op))
            .with_context(|| format!("cannot lock {}", path.display()))?;
        Ok(Lock { _file: file })
    }

    /// Returns `name`, calling `make` with a temporary path first where it is missing.
    ///
    /// `make` writes a file or a directory; it appears under its own name only when complete.
    pub(crate) fn make(
        &self,
        name: &str,
        what: &str,
        make: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        let path = self.path(name);
        if path.exists() {
            return Ok(path);
        }
        let _lock = self.lock(&name.replace('/', "_"))?;
        if path.exists() {
            return Ok(path);
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let part = with_suffix(&path, ".part");
        remove(&part)?;
        step(what, || make(&part))?;
        fs::rename(&part, &path).with_context(|| format!("{what} left no {}", part.display()))?;
        Ok(path)
    }
}

/// A held lock of the cache.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// `path` with `suffix` appended to its last component.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Removes a file or a whole directory; a missing one is fine.
pub(crate) fn remove(path: &Path) -> Result<()> {
    let done = match fs::symlink_metadata(path) {
        Err(_) => return Ok(()),
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    };
    done.with_context(|| format!("cannot remove {}", path.display()))
}

/// Runs one set-up step and says on standard error what it was and how long it took.
pub(crate) fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    let result = work();
    let seconds = start.elapsed().as_secs_f64();
    match result {
        Ok(value) => {
            eprintln!("xtask: {what} [{seconds:.1} s]");
            Ok(value)
        }
        Err(error) => {
            eprintln!("xtask: {what}: FAILED [{seconds:.1} s]");
            Err(error)
        }
    }
}

/// Like [`step`], but silent when it succeeds at once: for work that is mostly done already.
pub(crate) fn step_if_slow<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    let result = work();
    let seconds = start.elapsed().as_secs_f64();
    if seconds > 3.0 || result.is_err() {
        let word = if result.is_ok() { "" } else { ": FAILED" };
        eprintln!("xtask: {what}{word} [{seconds:.1} s]");
    }
    result
}

/// A stable name for a sequence of byte strings (FNV-1a, 64 bits): cache keys, no security.
pub(crate) fn key<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        let len = part.len().to_le_bytes();
        for byte in part.iter().chain(&len) {
            hash ^= u64::from(*byte);
            hash = hash.wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

/// All regular files below `dir` (symbolic links are not followed), sorted.
pub(crate) fn files_below(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut todo = vec![dir.to_path_buf()];
    while let Some(dir) = todo.pop() {
        let entries =
            fs::read_dir(&dir).with_context(|| format!("cannot list {}", dir.display()))?;
        for entry in entries {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                todo.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The only sub-directory of `dir`.
pub(crate) fn only_dir_in(dir: &Path) -> Result<PathBuf> {
    let mut dirs = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            dirs.push(entry.path());
        }
    }
    match dirs.pop() {
        Some(only) if dirs.is_empty() => Ok(only),
        _ => bail!("expected exactly one directory in {}", dir.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_depends_on_where_parts_end() {
        assert_ne!(key([b"ab".as_slice(), b"c"]), key([b"a".as_slice(), b"bc"]));
        assert_eq!(key([b"ab".as_slice()]), key([b"ab".as_slice()]));
    }

    #[test]
    fn make_is_atomic_and_runs_once() -> Result<()> {
        let dir = tempfile::tempdir()?;
        let cache = Cache {
            root: dir.path().to_path_buf(),
        };
        let failed = cache.make("a/b", "a failing step", |part| {
            fs::write(part, "half")?;
            bail!("no")
        });
        assert!(failed.is_err());
        assert!(!cache.path("a/b").exists());
        let path = cache.make("a/b", "a step", |part| Ok(fs::write(part, "whole")?))?;
        cache.make("a/b", "never run", |_| bail!("ran twice"))?;
        assert_eq!(fs::read_to_string(path)?, "whole");
        Ok(())
    }
}
