//! Which loads are printed.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _, path::Path};

use globset::{GlobBuilder, GlobMatcher};

use super::args::FilterArgs;
use crate::{
    event::Name,
    model::{Load, Unload},
};

/// A glob over names.
#[derive(Clone, Debug)]
pub struct NameGlob {
    matcher: GlobMatcher,
    /// True if `-` in a name counts as `_`.
    folded: bool,
}

impl NameGlob {
    /// For names of modules, in which `-` and `_` are the same.
    ///
    /// # Errors
    /// When it is not a glob.
    pub fn module(glob: &str) -> Result<Self, String> {
        Self::new(&fold_glob(glob), true)
    }

    /// For other names.
    ///
    /// # Errors
    /// When it is not a glob.
    pub fn exact(glob: &str) -> Result<Self, String> {
        Self::new(glob, false)
    }

    fn new(glob: &str, folded: bool) -> Result<Self, String> {
        let glob = GlobBuilder::new(glob).backslash_escape(true).build();
        let glob = glob.map_err(|error| error.kind().to_string())?;
        let matcher = glob.compile_matcher();
        Ok(Self { matcher, folded })
    }

    fn matches(&self, name: &[u8]) -> bool {
        let mut name = name.to_vec();
        if self.folded {
            for byte in &mut name {
                if *byte == b'-' {
                    *byte = b'_';
                }
            }
        }
        self.matcher.is_match(Path::new(OsStr::from_bytes(&name)))
    }
}

/// `_` for `-`, except inside of brackets, where it makes a range.
fn fold_glob(glob: &str) -> String {
    let mut brackets = false;
    let fold = |c| {
        match c {
            '[' => brackets = true,
            ']' => brackets = false,
            _ => {}
        }
        if c == '-' && !brackets { '_' } else { c }
    };
    glob.chars().map(fold).collect()
}

/// Tells which loads are printed: those that match one of each kind of filter that was given.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    modules: Vec<NameGlob>,
    pids: Vec<u32>,
    comms: Vec<NameGlob>,
}

impl Filter {
    /// The filter that was asked for.
    #[must_use]
    pub fn new(args: &FilterArgs) -> Self {
        Self {
            modules: args.module.clone(),
            pids: args.pid.clone(),
            comms: args.comm.clone(),
        }
    }

    /// True if the load is to be printed.
    ///
    /// A load that failed before its module's name was known is taken by its file's name, without
    /// `.ko` and what follows; one without either matches no `--module`.
    #[must_use]
    pub fn matches(&self, load: &Load) -> bool {
        let pid = load.id.0.pid();
        (self.pids.is_empty() || self.pids.contains(&pid))
            && any(&self.comms, || Some(load.comm.0.as_slice()))
            && any(&self.modules, || module_name(load))
    }
}

impl Filter {
    /// True if the unload is to be printed.
    #[must_use]
    pub fn matches_unload(&self, unload: &Unload) -> bool {
        let pid = unload.id.0.pid();
        (self.pids.is_empty() || self.pids.contains(&pid))
            && any(&self.comms, || Some(unload.comm.0.as_slice()))
            && any(&self.modules, || {
                unload.module.as_ref().map(|name| name.0.as_slice())
            })
    }
}

/// True if there are no globs, or one of them matches.
fn any<'n>(globs: &[NameGlob], name: impl FnOnce() -> Option<&'n [u8]>) -> bool {
    if globs.is_empty() {
        return true;
    }
    name().is_some_and(|name| globs.iter().any(|glob| glob.matches(name)))
}

fn module_name(load: &Load) -> Option<&[u8]> {
    let known = |name: &&Name| !name.is_empty();
    if let Some(module) = load.module.as_ref().filter(known) {
        return Some(&module.0);
    }
    let file = load.file.as_ref().filter(known)?.0.as_slice();
    let end = file.windows(3).position(|part| part == b".ko");
    Some(end.map_or(file, |end| file.get(..end).unwrap_or(file)))
}

#[cfg(test)]
mod tests;
