//! From what was typed to a module that can be loaded.

use std::{
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use super::loader::{self, Prepared};
use crate::{
    cli::inspect::{Tree, file, name_of},
    error::{BenchError, Failure},
    event::Given,
    image::{Appended, ImageError, ModuleImage, compression},
};

/// A module, and what else it takes.
#[derive(Debug)]
pub(super) struct Module {
    pub(super) prepared: Prepared,
    /// Modules that it needs, in the order in which they are loaded.
    pub(super) needs: Vec<String>,
    pub(super) signed: bool,
}

/// What a word means: a file, else the name of a module of the tree.
pub(super) fn find(
    root: &Path,
    word: &Path,
    tree: Option<&Tree>,
    dir: &Path,
) -> Result<Module, Failure> {
    if is_file(word) {
        return read(root, word, tree);
    }
    let name = name_of(&word.to_string_lossy());
    match tree.and_then(|tree| tree.file_of(&name)) {
        Some(path) => read(root, &path, tree),
        None if super::modules::is_built_in(root, dir, &name) => {
            Err(BenchError::BuiltIn(name).into())
        }
        None => Err(BenchError::Missing(name, dir.to_owned()).into()),
    }
}

/// What has a slash or `.ko` in it is a file, even if there is none: then that is the error.
fn is_file(word: &Path) -> bool {
    let bytes = word.as_os_str().as_bytes();
    bytes.contains(&b'/') || bytes.windows(3).any(|part| part == b".ko") || word.is_file()
}

/// Reads a module's file.
pub(super) fn read(root: &Path, path: &Path, tree: Option<&Tree>) -> Result<Module, Failure> {
    let bytes = file::read(path)?;
    let not_module = |error: ImageError| Failure::not_module(path, error);
    let bare = compression::decompress(&bytes).map_err(not_module)?;
    let image = ModuleImage::parse(&bare).map_err(not_module)?;
    let nameless = || BenchError::Nameless(path.to_owned());
    let name = image.name.ok_or_else(nameless)?;
    let name = std::str::from_utf8(name)
        .map_err(|_| nameless())?
        .to_owned();
    if let Some(registered) = image.registered_name.filter(|it| *it != name.as_bytes()) {
        return Err(BenchError::TwoNames {
            file: path.to_owned(),
            told: name,
            registered: String::from_utf8_lossy(registered).into_owned(),
        }
        .into());
    }
    // `delete_module(2)` wants what undoes an init function.
    if image.init.is_some() && image.exit.is_none() {
        return Err(BenchError::NoExit(name).into());
    }
    let known = tree.and_then(|tree| tree.needs(&name));
    let in_tree = tree.and_then(|tree| tree.file_of(&name));
    let of_tree = in_tree.is_some_and(|file| same(&file, path));
    let needs = match known.filter(|_| of_tree) {
        Some(needs) => needs,
        None => declared(&image, tree),
    };
    let signed = matches!(image.appended, Appended::Signature(_));
    let given = loader::given(root, &bytes);
    Ok(Module {
        prepared: Prepared {
            path: path.to_owned(),
            name,
            given,
            image: match given {
                Given::Image => bare.into_owned(),
                Given::File | Given::Compressed => Vec::new(),
            },
        },
        needs,
        signed,
    })
}

fn same(a: &Path, b: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(a).is_some_and(|a: PathBuf| Some(a) == real(b))
}

/// What a file that is not the tree's says that it needs, each behind what that needs.
fn declared(image: &ModuleImage<'_>, tree: Option<&Tree>) -> Vec<String> {
    let mut needs = Vec::new();
    let names = image.info("depends").unwrap_or_default();
    for name in names
        .split(|&byte| byte == b',')
        .filter(|name| !name.is_empty())
    {
        let name = name_of(&String::from_utf8_lossy(name));
        let below = tree.and_then(|tree| tree.needs(&name)).unwrap_or_default();
        for name in below.into_iter().chain([name]) {
            if !needs.contains(&name) {
                needs.push(name);
            }
        }
    }
    needs
}
