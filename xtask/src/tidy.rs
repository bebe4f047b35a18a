//! `cargo xtask tidy`: rules of the repository that no compiler checks.

mod rooms;
mod unsafety;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::apt::sources;
use crate::cache;
use crate::process;

/// Source files longer than this ought to be split.
const MAX_LINES: usize = 400;

/// What the rules found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Broken rules.
    pub(crate) errors: Vec<String>,
    /// Things to look at.
    pub(crate) warnings: Vec<String>,
}

/// Runs `cargo xtask tidy` and returns its exit status.
pub(crate) fn main() -> Result<u8> {
    let found = check()?;
    for warning in &found.warnings {
        eprintln!("warning: {warning}");
    }
    for error in &found.errors {
        eprintln!("error: {error}");
    }
    Ok(u8::from(!found.errors.is_empty()))
}

/// Applies every rule to every file of the repository.
pub(crate) fn check() -> Result<Found> {
    let root = cache::workspace();
    let mirrors = mirror_names();
    let mut found = Found::default();
    let files = files(&root)?;
    let table = files.iter().find(|file| {
        let name = file.strip_prefix(&root).unwrap_or(file);
        rooms::is_hook_table(&name.display().to_string())
    });
    let table = table.context("the hook table is not where it should be")?;
    let symbols = rooms::symbols(&fs::read_to_string(table)?);
    ensure!(!symbols.is_empty(), "no symbols in {}", table.display());
    for file in files {
        let Ok(text) = fs::read_to_string(&file) else {
            continue;
        };
        let name = file
            .strip_prefix(&root)
            .unwrap_or(&file)
            .display()
            .to_string();
        if name.ends_with(".rs") {
            rust_rules(&name, &text, &mut found);
            found.errors.extend(rooms::check(&name, &text, &symbols));
            found.errors.extend(unsafety::check(&name, &text));
        }
        for mirror in mirrors
            .iter()
            .filter(|mirror| text.contains(mirror.as_str()))
        {
            found
                .errors
                .push(format!("{name}: names the package mirror {mirror}"));
        }
    }
    Ok(found)
}

/// Files of the repository: those that git tracks or would.
fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut git = Command::new("git");
    git.current_dir(root)
        .args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    if let Ok(list) = process::output(&mut git) {
        let files = list.lines().map(|name| root.join(name));
        return Ok(files.filter(|path| path.is_file()).collect());
    }
    let built = root.join("target");
    let mut files = cache::files_below(root)?;
    files.retain(|path| !path.starts_with(&built));
    Ok(files)
}

/// Rules for Rust sources.
fn rust_rules(name: &str, text: &str, found: &mut Found) {
    if !text
        .lines()
        .next()
        .is_some_and(|line| line.starts_with("//!"))
    {
        found.errors.push(format!(
            "{name}: does not start with a `//!` module documentation"
        ));
    }
    let lines = text.lines().count();
    if lines > MAX_LINES {
        found
            .warnings
            .push(format!("{name}: {lines} lines, more than {MAX_LINES}"));
    }
}

/// Host names of package mirrors: the well-known ones, and those this machine uses.
fn mirror_names() -> Vec<String> {
    let domain = concat!("debian", ".org");
    let labels = ["archive", "deb", "ftp", "security", "snapshot"];
    let mut names: Vec<String> = labels
        .iter()
        .map(|label| format!("{label}.{domain}"))
        .collect();
    names.extend(
        sources::read_all(Path::new("/etc/apt"))
            .unwrap_or_default()
            .iter()
            .flat_map(|source| source.hosts().into_iter().filter(|host| host.contains('.'))),
    );
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn module_documentation_is_asked_for() {
        let mut found = Found::default();
        rust_rules("a.rs", "//! Good.\n", &mut found);
        assert!(found.errors.is_empty());
        rust_rules("b.rs", "use std::fs;\n", &mut found);
        rust_rules("c.rs", "", &mut found);
        assert_eq!(found.errors.len(), 2);
        rust_rules("d.rs", &"//! x\n".repeat(401), &mut found);
        assert_eq!(found.warnings.len(), 1);
    }
}
