//! Python environments with pinned packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::cache::{self, Cache};
use crate::process;

/// A Python with the packages of a list of requirements.
pub(crate) fn with(cache: &Cache, requirements: &Path) -> Result<PathBuf> {
    let key = cache::key([fs::read(requirements)?.as_slice()]);
    let dir = cache.make(&format!("exports/python-{key}"), "Python packages", |dir| {
        process::quiet(Command::new("python3").args(["-m", "venv"]).arg(dir))?;
        let mut pip = Command::new(dir.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--requirement"]);
        process::quiet(pip.arg(requirements))
    })?;
    Ok(dir.join("bin/python"))
}
