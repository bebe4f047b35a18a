//! Which helper process belongs to which load.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    event::{HelperRecord, LoadKey, RequestRecord},
    model::{Load, LoadId, Parent, Request},
};

/// Requests and helpers that are remembered.
const MAX_REMEMBERED: usize = 1024;

/// A helper that a task has asked for.
#[derive(Debug)]
struct Helper {
    /// The asking load; of a task outside of loads `start_ns` is 0.
    parent: LoadKey,
    /// The module that was asked for, if it was that.
    request: Option<RequestRecord>,
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
pub(super) struct Helpers {
    helpers: VecDeque<Helper>,
    /// What each task asked for last.
    asked: BTreeMap<u64, RequestRecord>,
}

impl Helpers {
    /// A task asks for a module; a helper will be asked for next.
    pub(super) fn asked(&mut self, record: RequestRecord) {
        if self.asked.len() == MAX_REMEMBERED {
            self.asked.pop_first();
        }
        self.asked.insert(record.key.pid_tgid, record);
    }

    /// A task asks for a helper.
    pub(super) fn requested(&mut self, record: &HelperRecord) {
        if self.helpers.len() == MAX_REMEMBERED {
            self.helpers.pop_front();
        }
        self.helpers.push_back(Helper {
            parent: record.key,
            request: self.asked.remove(&record.key.pid_tgid),
            parent_end_ns: None,
            state: State::Requested {
                subprocess: record.subprocess,
            },
        });
    }

    /// A helper begins to exist; helpers that nobody was seen to ask for are passed over.
    pub(super) fn began(&mut self, record: &HelperRecord) {
        let asked = self.helpers.iter_mut().rev().find(|helper| {
            matches!(helper.state, State::Requested { subprocess } if subprocess == record.subprocess)
        });
        if let Some(helper) = asked {
            helper.state = State::Running {
                pid: record.key.pid(),
                since_ns: record.time_ns,
            };
        }
    }

    /// The request that made the kernel start the process of a load.
    pub(super) fn request_of(&self, key: LoadKey) -> Option<Request> {
        let is_it = |helper: &&Helper| match helper.state {
            State::Running { pid, since_ns } => pid == key.pid() && since_ns <= key.start_ns,
            State::Requested { .. } => false,
        };
        let helper = self.helpers.iter().rev().find(is_it)?;
        let request = helper.request.as_ref()?;
        Some(Request {
            name: request.name.clone(),
            pid_tgid: request.key.pid_tgid,
            comm: request.comm.clone(),
            time_ns: request.time_ns,
            wait: request.wait,
        })
    }

    /// A load has ended at this time, ns.
    pub(super) fn parent_ended(&mut self, key: LoadKey, end_ns: u64) {
        for helper in self
            .helpers
            .iter_mut()
            .filter(|helper| helper.parent == key)
        {
            helper.parent_end_ns = Some(end_ns);
        }
    }

    /// The load inside which this one was made: by the helper itself, or by a process started by it.
    pub(super) fn parent_of(&self, load: &Load) -> Option<Parent> {
        let key = load.id.0;
        let by = |pid: u32, probable: bool| {
            let helper = self
                .helpers
                .iter()
                .rev()
                .find(|helper| helper.made(load, pid))?;
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
        let inside = self.parent.start_ns != 0
            && self.parent.start_ns <= load.start_ns
            && self
                .parent_end_ns
                .is_none_or(|parent_end_ns| end_ns <= parent_end_ns);
        own == pid && since_ns <= load.start_ns && inside && self.parent != load.id.0
    }
}
