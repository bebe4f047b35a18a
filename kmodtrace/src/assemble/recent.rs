//! Loads that were told already.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{
    event::LoadKey,
    model::{Load, LoadId, Outcome, Syscall},
};

/// Loads and tasks that are remembered.
const MAX_REMEMBERED: usize = 4096;

/// The last loads of the run, and the last one of each task.
#[derive(Debug, Default)]
pub(super) struct Recent {
    keys: BTreeSet<LoadKey>,
    order: VecDeque<LoadKey>,
    last: BTreeMap<u64, Last>,
}

/// What matters of a task's last load.
#[derive(Debug)]
struct Last {
    key: LoadKey,
    task_start_ns: Option<u64>,
    failed_finit: bool,
}

impl Recent {
    /// True if this load was told.
    pub(super) fn contains(&self, key: LoadKey) -> bool {
        self.keys.contains(&key)
    }

    /// The load that this one repeats: its task's last one, if that was a failed `finit_module`.
    pub(super) fn retried_by(&self, load: &Load) -> Option<LoadId> {
        let last = self.last.get(&load.id.0.pid_tgid)?;
        let same_task = match (last.task_start_ns, load.task_start_ns) {
            (Some(before), Some(now)) => before == now,
            _ => true,
        };
        let repeats = load.syscall == Syscall::InitModule && last.failed_finit;
        let after = last.key.start_ns < load.start_ns;
        (same_task && repeats && after).then_some(LoadId(last.key))
    }

    /// Remembers that something was told.
    pub(super) fn remember_key(&mut self, key: LoadKey) {
        if self.order.len() == MAX_REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.keys.remove(&oldest);
            if self
                .last
                .get(&oldest.pid_tgid)
                .is_some_and(|last| last.key == oldest)
            {
                self.last.remove(&oldest.pid_tgid);
            }
        }
        if self.keys.insert(key) {
            self.order.push_back(key);
        }
    }

    /// Remembers a load.
    pub(super) fn remember(&mut self, load: &Load) {
        let key = load.id.0;
        self.remember_key(key);
        let failed = matches!(load.outcome, Outcome::Returned(Err(_)));
        let last = Last {
            key,
            task_start_ns: load.task_start_ns,
            failed_finit: failed && matches!(load.syscall, Syscall::FinitModule { .. }),
        };
        self.last.insert(key.pid_tgid, last);
    }
}
