//! Packages from npm, for tests only.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::cache::Cache;
use crate::process;

/// A directory in the cache with the packages that `package.json` in `tests` names.
pub(crate) fn packages(cache: &Cache, tests: &Path) -> Result<PathBuf> {
    let wanted = tests.join("package.json");
    let wanted = fs::read(&wanted).with_context(|| wanted.display().to_string())?;
    let key = crate::cache::key([wanted.as_slice()]);
    cache.make(&format!("npm/{key}"), "Node packages", |dir| {
        fs::create_dir_all(dir)?;
        fs::write(dir.join("package.json"), &wanted)?;
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts"]);
        process::quiet(npm.current_dir(dir))
    })
}
