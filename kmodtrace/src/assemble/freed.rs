//! Whose init memory a kworker has freed.

use std::collections::VecDeque;

use crate::{
    event::{FreedRecord, LoadKey, Name},
    model::{Load, LoadId, Update},
};

/// Loads whose init memory is waited for.
const MAX_LOADS: usize = 1024;
/// Frees kept for loads whose end has not come yet.
const MAX_UNCLAIMED: usize = 256;

/// Init memory of a load that was told.
#[derive(Debug)]
struct Owner {
    key: LoadKey,
    module: Option<Name>,
    /// From here on the addresses were the load's own, ns.
    since_ns: u64,
    /// Addresses not freed yet.
    left: Vec<u64>,
    /// What the current batch has freed of it.
    freed: Vec<FreedRecord>,
}

/// The init memory of recent loads.
#[derive(Debug, Default)]
pub(super) struct InitMemory {
    owners: VecDeque<Owner>,
    /// Frees that no load has claimed, oldest first.
    unclaimed: VecDeque<FreedRecord>,
    /// The batch that goes on, ns.
    batch_ns: u64,
}

impl InitMemory {
    /// Remembers the init memory of a load: its addresses, and since when they were its own, ns.
    pub(super) fn remember(
        &mut self,
        load: &Load,
        addresses: &[u64],
        since_ns: u64,
        out: &mut Vec<Update>,
    ) {
        let left: Vec<_> = addresses.iter().copied().filter(|&a| a != 0).collect();
        if left.is_empty() {
            return;
        }
        for owner in &mut self.owners {
            owner.left.retain(|address| !left.contains(address));
        }
        if self.owners.len() == MAX_LOADS {
            self.owners.pop_front();
        }
        self.owners.push_back(Owner {
            key: load.id.0,
            module: load.module.clone(),
            since_ns,
            left,
            freed: Vec::new(),
        });
        let newest = self.owners.back();
        // Nobody else has claimed them when they came.
        let claimed = |freed: &FreedRecord| newest.is_some_and(|owner| owner.owns(freed));
        if self.unclaimed.iter().any(claimed) {
            for freed in std::mem::take(&mut self.unclaimed) {
                self.claim(freed, out);
            }
        }
    }

    /// Memory was freed.
    pub(super) fn freed(&mut self, freed: FreedRecord, out: &mut Vec<Update>) {
        if freed.batch_ns != self.batch_ns {
            self.end_batch(out);
            self.batch_ns = freed.batch_ns;
        }
        self.claim(freed, out);
    }

    /// Tells what the batch that goes on has freed so far.
    pub(super) fn end_batch(&mut self, out: &mut Vec<Update>) {
        out.extend(self.owners.iter_mut().filter_map(Owner::update));
        self.owners.retain(|owner| !owner.left.is_empty());
    }

    fn claim(&mut self, freed: FreedRecord, out: &mut Vec<Update>) {
        let mut owners = self.owners.iter_mut().rev();
        let owner = owners.find(|owner| owner.owns(&freed));
        let Some(owner) = owner else {
            if self.unclaimed.len() == MAX_UNCLAIMED {
                self.unclaimed.pop_front();
            }
            return self.unclaimed.push_back(freed);
        };
        if owner
            .freed
            .last()
            .is_some_and(|last| last.batch_ns != freed.batch_ns)
        {
            out.extend(owner.update());
        }
        owner.left.retain(|&address| address != freed.address);
        owner.freed.push(freed);
        if owner.left.is_empty() {
            out.extend(owner.update());
            self.owners.retain(|owner| !owner.left.is_empty());
        }
    }
}

impl Owner {
    fn owns(&self, freed: &FreedRecord) -> bool {
        self.since_ns <= freed.time_ns && self.left.contains(&freed.address)
    }

    fn update(&mut self) -> Option<Update> {
        let freed = std::mem::take(&mut self.freed);
        let last = freed.last()?;
        Some(Update::FreeInit {
            id: LoadId(self.key),
            module: self.module.clone(),
            batch_ns: last.batch_ns,
            time_ns: last.time_ns,
            addresses: freed.iter().map(|freed| freed.address).collect(),
        })
    }
}
