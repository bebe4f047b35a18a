//! Where modules lie: what the records of a load tell of it, and the modules of recent loads.

use std::collections::VecDeque;

use kmodtrace_common::{
    catalogue::HookId,
    wire::{EDGE_RETURN, Mark, SEGMENT_FINAL},
};

use super::address::Place;
use crate::event::{Event, FreedRecord};

/// Modules that are remembered.
const MAX_MODULES: usize = 1024;
/// Allocations of one load that are looked at.
const MAX_ALLOCATED: usize = 64;

/// What records tell of where a module lies.
#[derive(Clone, Debug, Default)]
pub(super) struct Traces {
    /// Its memory, address and bytes, as the kernel lists it.
    memory: Vec<(u64, u64)>,
    /// What was allocated: all that is known of a load that failed early.
    allocated: Vec<(u64, u64)>,
    asked_bytes: u64,
    init_memory: Vec<u64>,
    since_ns: u64,
    failed: bool,
    /// True if it is not loaded here, but unloaded.
    unload: bool,
}

impl Traces {
    pub(super) fn see(&mut self, event: &Event) {
        match event {
            Event::Facts(record) => {
                let memory = record.facts.memory.iter();
                // What was freed after init still has an address, but no size.
                let memory = memory.filter(|memory| memory.size > 0);
                self.memory = memory
                    .map(|memory| (memory.base, memory.size.into()))
                    .collect();
            }
            Event::Segment(record) => {
                record.marks.iter().for_each(|mark| self.mark(mark));
                let facts = &record.facts;
                self.init_memory = facts.init_memory.to_vec();
                self.unload = facts.syscall == u32::from(HookId::SYS_DELETE_MODULE.0);
                self.failed = facts.flags & SEGMENT_FINAL != 0 && facts.ret < 0;
            }
            _ => {}
        }
    }

    pub(super) fn mark(&mut self, mark: &Mark) {
        match (HookId(mark.hook), mark.edge) {
            (HookId::EXECMEM_ALLOC | HookId::MODULE_ALLOC, EDGE_RETURN) => {
                if self.allocated.len() < MAX_ALLOCATED {
                    self.allocated.push((mark.a, self.asked_bytes));
                }
                self.asked_bytes = 0;
            }
            (HookId::EXECMEM_ALLOC | HookId::MODULE_ALLOC, _) => self.asked_bytes = mark.a,
            (HookId::DO_INIT, _) => self.since_ns = mark.time_ns,
            _ => {}
        }
    }

    /// The place of the module of the load with this number.
    pub(super) fn place(&self, number: u64) -> Place {
        Place::new(number, self.blocks().iter().copied())
    }

    fn blocks(&self) -> &[(u64, u64)] {
        if self.memory.is_empty() {
            &self.allocated
        } else {
            &self.memory
        }
    }
}

/// A module whose load has ended.
#[derive(Debug)]
struct Module {
    place: Place,
    /// Its init memory that was not freed yet, and since when that was its own, ns.
    init_memory: Vec<u64>,
    since_ns: u64,
}

/// The modules of recent loads.
#[derive(Debug, Default)]
pub(super) struct Modules(VecDeque<Module>);

impl Modules {
    /// A load has ended; one that failed leaves nothing, and neither does an unload.
    pub(super) fn remember(&mut self, place: Place, traces: &Traces) {
        if traces.failed || traces.unload {
            return;
        }
        let mut own = traces.init_memory.clone();
        own.retain(|&address| address != 0);
        for module in &mut self.0 {
            module.init_memory.retain(|address| !own.contains(address));
        }
        if self.0.len() == MAX_MODULES {
            self.0.pop_front();
        }
        self.0.push_back(Module {
            place,
            init_memory: own,
            since_ns: traces.since_ns,
        });
    }

    /// What is told instead of an address in one of them.
    pub(super) fn told(&self, address: u64) -> Option<u64> {
        let latest_first = self.0.iter().rev();
        latest_first
            .map(|module| &module.place)
            .find_map(|place| place.told(address))
    }

    /// The place of a module that is unloaded: where its load told it to lie, if that was seen.
    pub(super) fn unloaded(&self, traces: &Traces) -> Option<Place> {
        let Some(&(address, _)) = traces.blocks().first() else {
            return traces.unload.then(Place::default);
        };
        if !traces.unload {
            return None;
        }
        let mut latest_first = self.0.iter().rev();
        let module = latest_first.find(|module| module.place.told(address).is_some())?;
        Some(module.place.clone())
    }

    /// The place of the module whose init memory this was; once for each.
    pub(super) fn freed(&mut self, freed: &FreedRecord) -> Option<Place> {
        let mut latest_first = self.0.iter_mut().rev();
        let owner = latest_first.find(|module| {
            module.since_ns <= freed.time_ns && module.init_memory.contains(&freed.address)
        })?;
        owner
            .init_memory
            .retain(|&address| address != freed.address);
        Some(owner.place.clone())
    }

    /// Another boot begins.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}
