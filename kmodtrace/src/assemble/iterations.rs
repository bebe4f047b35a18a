//! Loads that `kmodtrace bench` makes.

use std::collections::VecDeque;

use crate::event::{Iteration, LoadKey};

/// Announcements that are remembered: records of a load come at most a moment after it.
const MAX_REMEMBERED: usize = 4096;

/// What a task has announced: which load, the task, and when.
#[derive(Debug, Default)]
pub(super) struct Iterations(VecDeque<(Iteration, u64, u64)>);

impl Iterations {
    /// A task is about to load a module.
    pub(super) fn announced(&mut self, iteration: Iteration, pid_tgid: u64, time_ns: u64) {
        if self.0.len() == MAX_REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((iteration, pid_tgid, time_ns));
    }

    /// Which announced load this one is. What its task had announced before was never seen.
    pub(super) fn of(&mut self, key: LoadKey) -> Option<Iteration> {
        let its = |&(_, task, time_ns): &(Iteration, u64, u64)| {
            task == key.pid_tgid && time_ns <= key.start_ns
        };
        let last = *self.0.iter().rfind(|announced| its(announced))?;
        self.0.retain(|announced| !its(announced));
        Some(last.0)
    }
}
