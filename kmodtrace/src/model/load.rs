//! A finished (or abandoned) load.

use std::borrow::Cow;

use super::{Contest, Facts, Overhead};
use crate::{
    catalogue::{HOOKS, HookId, phase::Phase},
    event::{Iteration, LoadKey, Name},
};

/// Identity of a load in outputs: `<start_ns>.<tid>`; unique within a boot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LoadId(pub LoadKey);

impl std::fmt::Display for LoadId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0.start_ns, self.0.tid())
    }
}

/// Which system call it was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Syscall {
    /// `init_module(2)`: an image in memory.
    InitModule,
    /// `finit_module(2)`: a file.
    FinitModule {
        /// File descriptor; -1 if it could not be read.
        fd: i32,
        /// `MODULE_INIT_*` flags (`include/uapi/linux/module.h`).
        flags: u32,
    },
}

/// An error number, positive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Errno(pub i32);

/// How the load ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The system call returned 0 or -errno.
    Returned(Result<(), Errno>),
    /// Its return was never seen.
    Unknown,
    /// The loading task disappeared in the middle.
    TaskGone,
}

/// The load whose init asked for this one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parent {
    /// Its identity.
    pub id: LoadId,
    /// False if linked by the kernel's own pointer; true if only by circumstance.
    pub probable: bool,
}

/// How exactly both ends of a phase are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bounds {
    /// Both ends are entries or returns of functions that the catalogue names for it.
    Measured,
    /// An end lies somewhere between two anchors.
    Inferred,
}

/// One end of a phase: a hook's hit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Anchor {
    /// The hook's catalogue name, for instance `load_module`.
    pub hook: &'static str,
    /// `entry`, `return` or `tracepoint`.
    pub edge: &'static str,
}

/// A phase of a load, or several that this kernel does not let tell apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PhaseSpan {
    /// The phases it covers, in kernel order; at least one.
    pub covers: Vec<Phase>,
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
    /// What was called in it, in order of time.
    pub calls: Vec<Call>,
}

impl PhaseSpan {
    /// `signature+elf` for a span that covers two phases.
    #[must_use]
    pub fn name(&self) -> Cow<'static, str> {
        if let [phase] = self.covers[..] {
            return Cow::Borrowed(phase.name());
        }
        let names: Vec<_> = self.covers.iter().map(|phase| phase.name()).collect();
        Cow::Owned(names.join("+"))
    }

    /// Its end, ns of `CLOCK_MONOTONIC`.
    #[must_use]
    pub fn end_ns(&self) -> u64 {
        self.start_ns + self.duration_ns
    }
}

/// A call seen inside a phase.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// The hook's catalogue name.
    pub name: &'static str,
    /// Entry, ns of `CLOCK_MONOTONIC`.
    pub start_ns: u64,
    /// Entry to return, ns; `None` where only the entry is hooked.
    pub duration_ns: Option<u64>,
    /// Named values: sizes in bytes, pages, addresses, return values, as the name says.
    pub values: Vec<(&'static str, CallValue)>,
}

impl Call {
    /// The hook that it is a call of; `None` for a name that this version does not know.
    #[must_use]
    pub fn hook(&self) -> Option<HookId> {
        let mut hooks = HOOKS.iter();
        let found = hooks.find(|hook| hook.name == self.name);
        found.map(|hook| hook.id)
    }
}

/// A value of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallValue {
    /// A kernel address.
    Address(u64),
    /// A count or a size, in the unit that the value's name says.
    Number(u64),
    /// A signed number: a return value.
    Status(i64),
}

/// Symbol resolution, aggregated in the kernel.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Symbols {
    /// How many undefined symbols were looked up.
    pub count: u64,
    /// Time of all, ns, from each call to the next event.
    pub total_ns: u64,
    /// The longest, ns.
    pub longest_ns: u64,
    /// Its name.
    pub longest: Option<Name>,
}

/// One load.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Load {
    /// Its identity.
    pub id: LoadId,
    /// `boot_id` of the kernel.
    pub boot_id: String,
    /// True if addresses were taken out: see [`crate::redact`].
    pub redacted: bool,
    /// Kernel name of the module, where the load came far enough to know it.
    pub module: Option<Name>,
    /// Task name.
    pub comm: Name,
    /// Process id of the parent, where known.
    pub parent_pid: Option<u32>,
    /// When the loading process began, ns of the boot clock, where known.
    pub task_start_ns: Option<u64>,
    /// True if the loading task descends from kmodtrace (`run -- CMD`).
    pub descendant: bool,
    /// Which system call.
    pub syscall: Syscall,
    /// Parameter string; `None` if it could not be read or was lost.
    pub params: Option<Name>,
    /// True if the parameter string is longer than what was kept.
    pub params_truncated: bool,
    /// Last component of the file's path.
    pub file: Option<Name>,
    /// Size of the file, bytes.
    pub file_bytes: Option<u64>,
    /// Size of the (decompressed) image, bytes.
    pub image_bytes: Option<u64>,
    /// CPU at entry and at return.
    pub cpus: (u32, u32),
    /// The load whose init asked for this one.
    pub parent: Option<Parent>,
    /// The failed load of the same task that this one repeats.
    pub retry_of: Option<LoadId>,
    /// What it went through because the same module or file was loaded by another.
    pub contest: Option<Contest>,
    /// Which load of a benchmark it is; `None` if it is none of `kmodtrace bench`.
    pub iteration: Option<Iteration>,
    /// How it ended.
    pub outcome: Outcome,
    /// Entry of the system call, ns of `CLOCK_MONOTONIC`.
    pub start_ns: u64,
    /// Entry to return, ns; up to the last event seen for loads without a return.
    pub total_ns: u64,
    /// The ledger: disjoint, in order of time.
    pub phases: Vec<PhaseSpan>,
    /// Sum of the gaps between phases, ns.
    pub unattributed_ns: u64,
    /// Symbol resolution.
    pub symbols: Symbols,
    /// What else is known of it.
    pub facts: Box<Facts>,
    /// What tracing cost it.
    pub overhead: Overhead,
    /// Records of this load that were lost.
    pub lost_events: u64,
    /// True if nothing of it was lost, both its ends were seen, and every call whose return is hooked
    /// was seen to begin and to return.
    pub complete: bool,
}

impl Load {
    /// Time in inferred phases, ns.
    #[must_use]
    pub fn inferred_ns(&self) -> u64 {
        let inferred = self
            .phases
            .iter()
            .filter(|phase| phase.bounds == Bounds::Inferred);
        inferred.map(|phase| phase.duration_ns).sum()
    }

    /// The phase in which it failed: the one before the unwinding began, or the last one where there was nothing
    /// to unwind. `None` if it did not fail, or that was not seen.
    #[must_use]
    pub fn failed_in(&self) -> Option<&PhaseSpan> {
        if !matches!(self.outcome, Outcome::Returned(Err(_))) {
            return None;
        }
        let begins = |phase: Phase| move |span: &PhaseSpan| span.covers.first() == Some(&phase);
        if let Some(unwind) = self.phases.iter().position(begins(Phase::Unwind)) {
            return self.phases.get(unwind.checked_sub(1)?);
        }
        let mut rest = self.phases.iter().rev();
        rest.find(|span| !begins(Phase::Return)(span))
            .filter(|_| self.lost_events == 0)
    }

    /// True if the system call returned 0.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.outcome == Outcome::Returned(Ok(()))
    }
}

impl Update {
    /// The load that it is about.
    #[must_use]
    pub fn id(&self) -> LoadId {
        match self {
            Self::FreeInit { id, .. } | Self::UserAfter { id, .. } | Self::Lost { id, .. } => *id,
        }
    }
}

/// A fact that became known after the load had been reported.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Update {
    /// Init memory was freed by a kworker.
    FreeInit {
        /// Which load.
        id: LoadId,
        /// Its module's name.
        module: Option<Name>,
        /// When the kworker's batch began, ns.
        batch_ns: u64,
        /// When the (last) memory was freed, ns.
        time_ns: u64,
        /// Addresses freed.
        addresses: Vec<u64>,
    },
    /// The loading process has left user space again: it has loaded another module, or ended.
    UserAfter {
        /// Which load.
        id: LoadId,
        /// Its module's name.
        module: Option<Name>,
        /// Time in user space after the load, ns.
        after_ns: u64,
        /// True if the process ended, false if its next load began.
        ended: bool,
    },
    /// The load that this one lost against has ended too: see [`Contest::with`].
    Lost {
        /// Which load.
        id: LoadId,
        /// Its module's name.
        module: Option<Name>,
        /// The load that won.
        against: LoadId,
    },
}
