//! What processes do after their loads.

use std::collections::BTreeMap;

use crate::{
    event::{ExitRecord, Name},
    model::{Load, LoadId, Since, Update},
};

/// Processes that are remembered.
const MAX_REMEMBERED: usize = 4096;

/// The last load of each process that began its program while we watched.
#[derive(Debug, Default)]
pub(super) struct Processes(BTreeMap<u32, Last>);

/// A process's last load.
#[derive(Debug)]
struct Last {
    id: LoadId,
    module: Option<Name>,
    end_ns: u64,
}

impl Processes {
    /// A load was told. What came between it and the one before it is known now.
    pub(super) fn loaded(&mut self, load: &Load) -> Option<Update> {
        let pid = load.id.0.pid();
        let user = load.facts.caller.user?;
        let before = self.0.remove(&pid);
        if self.0.len() == MAX_REMEMBERED {
            self.0.pop_first();
        }
        let last = Last {
            id: load.id,
            module: load.module.clone(),
            end_ns: load.start_ns.saturating_add(load.total_ns),
        };
        self.0.insert(pid, last);
        before
            .filter(|_| user.since == Since::Load)
            .map(|before| before.update(user.before_ns, false))
    }

    /// A process has ended.
    pub(super) fn ended(&mut self, exit: &ExitRecord) -> Option<Update> {
        let pid = u32::try_from(exit.pid_tgid >> 32).ok()?;
        let last = self.0.remove(&pid)?;
        let after_ns = exit.time_ns.checked_sub(last.end_ns)?;
        Some(last.update(after_ns, true))
    }
}

impl Last {
    fn update(self, after_ns: u64, ended: bool) -> Update {
        Update::UserAfter {
            id: self.id,
            module: self.module,
            after_ns,
            ended,
        }
    }
}
