//! Paths of cgroups.

use std::collections::BTreeMap;

use crate::event::Name;

/// Paths that are remembered.
const MAX_REMEMBERED: usize = 4096;

/// The cgroups that loads were made in.
#[derive(Debug, Default)]
pub(super) struct Cgroups(BTreeMap<u64, Name>);

impl Cgroups {
    /// A cgroup has this path.
    pub(super) fn learn(&mut self, id: u64, path: Name) {
        if self.0.len() == MAX_REMEMBERED {
            self.0.pop_first();
        }
        self.0.insert(id, path);
    }

    /// Its path, if it is known.
    pub(super) fn path(&self, id: u64) -> Option<Name> {
        self.0.get(&id).cloned()
    }
}
