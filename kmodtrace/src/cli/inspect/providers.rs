//! Which modules of a tree provide symbols: those that the module depends on, asked one by one.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::{Path, PathBuf},
};

use super::file;
use crate::{
    error::Failure,
    image::{ModuleImage, compression},
};

/// A directory as `/lib/modules/RELEASE`.
#[derive(Debug)]
pub(in crate::cli) struct Tree {
    dir: PathBuf,
    /// By the module's name: its path, and those of all that it depends on.
    lines: HashMap<String, (String, Vec<String>)>,
}

impl Tree {
    /// Reads `modules.dep`.
    pub(in crate::cli) fn read(dir: &Path) -> Result<Self, Failure> {
        let path = dir.join("modules.dep");
        let text = fs::read(&path).map_err(|error| Failure::open(&path, error))?;
        Ok(Self {
            dir: dir.to_owned(),
            lines: lines(&String::from_utf8_lossy(&text)),
        })
    }

    /// The file of a module, by the kernel's name of it.
    pub(in crate::cli) fn file_of(&self, module: &str) -> Option<PathBuf> {
        let (path, _) = self.lines.get(module)?;
        Some(self.dir.join(path))
    }

    /// The names of what a module needs, in the order in which that is loaded; `None` if the tree does not have it.
    pub(in crate::cli) fn needs(&self, module: &str) -> Option<Vec<String>> {
        let (_, needs) = self.lines.get(module)?;
        // depmod names first what is loaded last.
        Some(needs.iter().rev().map(|path| name_of(path)).collect())
    }

    /// Which of the undefined symbols come from modules: those of its line in `modules.dep`, and those
    /// of `depends=`, as the module may not be part of the tree. A module that cannot be read provides
    /// nothing, with a warning.
    pub(super) fn providers(&self, image: &ModuleImage<'_>) -> HashMap<Vec<u8>, Vec<u8>> {
        let mut missing: BTreeSet<&[u8]> = image.undefined.iter().map(|s| s.name).collect();
        let mut providers = HashMap::new();
        for path in self.dependencies(image) {
            if missing.is_empty() {
                break;
            }
            let path = self.dir.join(path);
            match exports(&path) {
                Ok((module, symbols)) => {
                    for symbol in symbols {
                        if missing.remove(symbol.as_slice()) {
                            providers.insert(symbol, module.clone());
                        }
                    }
                }
                Err(failure) => eprintln!("kmodtrace: {failure}"),
            }
        }
        providers
    }

    fn dependencies(&self, image: &ModuleImage<'_>) -> Vec<&str> {
        let name = String::from_utf8_lossy(image.name.unwrap_or_default());
        let own = self.lines.get(name.as_ref());
        let own = own.into_iter().flat_map(|(_, needs)| needs);
        let declared = image.info("depends").unwrap_or_default();
        let declared = declared.split(|&byte| byte == b',').filter_map(|name| {
            let name = name_of(&String::from_utf8_lossy(name));
            self.lines.get(&name).map(|(path, _)| path)
        });
        let mut paths: Vec<&str> = Vec::new();
        let mut seen = BTreeSet::new();
        for path in own.chain(declared) {
            if seen.insert(path) {
                paths.push(path);
            }
        }
        paths
    }
}

/// A module's name, and what it exports.
fn exports(path: &Path) -> Result<(Vec<u8>, Vec<Vec<u8>>), Failure> {
    let not_module = |error| Failure::not_module(path, error);
    let file = file::read(path)?;
    let bytes = compression::decompress(&file).map_err(not_module)?;
    let image = ModuleImage::parse(&bytes).map_err(not_module)?;
    let name = match image.name {
        Some(name) => name.to_vec(),
        None => name_of(&path.to_string_lossy()).into_bytes(),
    };
    let exports = image.exports.iter().map(|export| export.name.to_vec());
    Ok((name, exports.collect()))
}

/// `path: needed needed…`, one module a line.
fn lines(text: &str) -> HashMap<String, (String, Vec<String>)> {
    let mut lines = HashMap::new();
    for line in text.lines() {
        if let Some((path, needs)) = line.split_once(':') {
            let needs = needs.split_whitespace().map(str::to_owned).collect();
            lines.insert(name_of(path), (path.to_owned(), needs));
        }
    }
    lines
}

/// The module's name behind a path: `virtio_rng` of `kernel/drivers/…/virtio-rng.ko.xz`.
pub(in crate::cli) fn name_of(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.split(".ko").next().unwrap_or(file);
    stem.replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_dep_is_read_by_name() {
        let lines = lines(
            "kernel/a/nf-tables.ko.xz: kernel/b/libcrc32c.ko.xz kernel/c.ko\nx\nkernel/c.ko:\n",
        );
        assert_eq!(lines.len(), 2);
        let (path, needs) = &lines["nf_tables"];
        assert_eq!(path, "kernel/a/nf-tables.ko.xz");
        assert_eq!(needs, &["kernel/b/libcrc32c.ko.xz", "kernel/c.ko"]);
    }
}
