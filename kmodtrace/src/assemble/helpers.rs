//! Which helper process belongs to which load.

use std::collections::VecDeque;

use crate::{
    event::{HelperRecord, LoadKey},
    model::{Load, LoadId, Parent},
};

/// Requests and helpers that are remembered.
const MAX_REMEMBERED: usize = 1024;

/// A helper that a load has asked for.
#[derive(Debug)]
struct Helper {
    parent: LoadKey,
    /// When the asking load ended, ns, once it has.
    parent_end_ns: Option<u64>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Asked for under this address.
    Requested { subprocess: u64 },
    /// It is this process since then, ns.
    Running { pid: u32, since_ns: u64 },
}

/// The helpers of the run.
#[derive(Debug, Default)]
pub(super) struct Helpers(VecDeque<Helper>);

impl Helpers {
    /// A load asks for a helper.
    pub(super) fn requested(&mut self, record: &HelperRecord) {
        if self.0.len() == MAX_REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(Helper {
            parent: record.key,
            parent_end_ns: None,
            state: State::Requested {
                subprocess: record.subprocess,
            },
        });
    }

    /// A helper begins to exist; helpers that no load has asked for are passed over.
    pub(super) fn began(&mut self, record: &HelperRecord) {
        let asked = self.0.iter_mut().rev().find(|helper| {
            matches!(helper.state, State::Requested { subprocess } if subprocess == record.subprocess)
        });
        if let Some(helper) = asked {
            helper.state = State::Running {
                pid: record.key.pid(),
                since_ns: record.time_ns,
            };
        }
    }

    /// A load has ended at this time, ns.
    pub(super) fn parent_ended(&mut self, key: LoadKey, end_ns: u64) {
        for helper in self.0.iter_mut().filter(|helper| helper.parent == key) {
            helper.parent_end_ns = Some(end_ns);
        }
    }

    /// The load inside which this one was made: by the helper itself, or by a process started by it.
    pub(super) fn parent_of(&self, load: &Load) -> Option<Parent> {
        let key = load.id.0;
        let by = |pid: u32, probable: bool| {
            let helper = self.0.iter().rev().find(|helper| helper.made(load, pid))?;
            Some(Parent {
                id: LoadId(helper.parent),
                probable,
            })
        };
        by(key.pid(), false).or_else(|| by(load.parent_pid?, true))
    }
}

impl Helper {
    /// True if the process `pid` can only have made `load` as this helper, inside the asking load.
    fn made(&self, load: &Load, pid: u32) -> bool {
        let State::Running { pid: own, since_ns } = self.state else {
            return false;
        };
        let end_ns = load.start_ns.saturating_add(load.total_ns);
        let inside = self.parent.start_ns <= load.start_ns
            && self
                .parent_end_ns
                .is_none_or(|parent_end_ns| end_ns <= parent_end_ns);
        own == pid && since_ns <= load.start_ns && inside && self.parent != load.id.0
    }
}
