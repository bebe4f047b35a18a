//! Unloads.

use std::borrow::Cow;

use super::{Anchor, Bounds, Caller, LoadId, LogLine, Memory, Outcome};
use crate::{catalogue::unload::UnloadPhase, event::Name};

/// One `delete_module(2)` call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unload {
    /// Its identity, of the same kind as a load's.
    pub id: LoadId,
    /// `boot_id` of the kernel.
    pub boot_id: String,
    /// True if addresses were taken out: see [`crate::redact`].
    pub redacted: bool,
    /// The module that was named.
    pub module: Option<Name>,
    /// Task name.
    pub comm: Name,
    /// Process id of the parent, where known.
    pub parent_pid: Option<u32>,
    /// True if the task descends from kmodtrace (`run -- CMD`).
    pub descendant: bool,
    /// `O_NONBLOCK`, `O_TRUNC` (forced).
    pub flags: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// Entry of the system call, ns of `CLOCK_MONOTONIC`.
    pub start_ns: u64,
    /// Entry to return, ns.
    pub total_ns: u64,
    /// Its phases: disjoint, in order of time.
    pub phases: Vec<UnloadSpan>,
    /// Sum of the gaps between phases, ns.
    pub unattributed_ns: u64,
    /// Who asked.
    pub caller: Caller,
    /// The memory that the module had, and how its permissions changed.
    pub memory: Memory,
    /// Modules that use it and its line of `/proc/modules`, if it could not be unloaded.
    pub held_by: Option<Held>,
    /// Lines written to the kernel's log meanwhile.
    pub log: Vec<LogLine>,
    /// CPU at entry and at return.
    pub cpus: (u32, u32),
    /// Records of it that were lost.
    pub lost_events: u64,
    /// True if nothing of it was lost and both its ends were seen.
    pub complete: bool,
}

/// What holds a module that could not be unloaded.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Held {
    /// Its line of `/proc/modules`.
    pub line: Option<Name>,
    /// References, as that line tells.
    pub references: Option<u64>,
    /// Modules that use it.
    pub used_by: Vec<Name>,
}

impl Held {
    /// True if the module was neither there nor gone: its line says `Loading` or `Unloading`.
    #[must_use]
    pub fn between_states(&self) -> bool {
        self.line
            .as_ref()
            .is_some_and(|line| is_between_states(&line.0))
    }
}

/// True if a line of `/proc/modules` (`name size references users state address`) is of a module that is
/// neither there nor gone.
#[must_use]
pub fn is_between_states(line: &[u8]) -> bool {
    let state = line.split(|&byte| byte == b' ').nth(4);
    matches!(state, Some(b"Loading" | b"Unloading"))
}

/// A phase of an unload, or several that cannot be told apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnloadSpan {
    /// The phases it covers, in order; at least one.
    pub covers: Vec<UnloadPhase>,
    /// Its beginning, ns of `CLOCK_MONOTONIC`.
    pub start_ns: u64,
    /// Its length, ns.
    pub duration_ns: u64,
    /// How exactly its ends are known.
    pub bounds: Bounds,
    /// The anchor at which it begins.
    pub begin: Anchor,
    /// The anchor at which it ends.
    pub end: Anchor,
}

impl UnloadSpan {
    /// Its name: `check+exit`.
    #[must_use]
    pub fn name(&self) -> Cow<'static, str> {
        if let [phase] = self.covers[..] {
            return Cow::Borrowed(phase.name());
        }
        let names: Vec<_> = self.covers.iter().map(|phase| phase.name()).collect();
        Cow::Owned(names.join("+"))
    }
}

impl Unload {
    /// True if the system call returned 0.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.outcome == Outcome::Returned(Ok(()))
    }

    /// Bytes of the module's memory that were freed.
    #[must_use]
    pub fn freed_bytes(&self) -> u64 {
        if !self.succeeded() {
            return 0;
        }
        self.memory.kept_and_freed().0
    }
}
