//! What to attach, and what is missing: pure, from kernel facts alone.

pub mod explain;
mod resolve;
mod ways;

pub use resolve::plan;

use std::collections::BTreeMap;

use kmodtrace_common::catalogue::HookId;
use serde::{Deserialize, Serialize};

use crate::{
    catalogue::{borders::Edge, phase::Phase},
    kernel::facts::Exit,
};

/// A way to attach a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// A kprobe behind the function's ftrace site: costs no ftrace hook, becomes a jump. x86-64 only.
    KprobePastFtrace,
    /// A kprobe at the function's entry.
    Kprobe,
    /// A kretprobe.
    Kretprobe,
    /// A kprobe at each place where the function returns: costs no ftrace hook. x86-64 only.
    KprobeAtExits,
    /// A BPF trampoline at the entry.
    Fentry,
    /// A BPF trampoline at the return.
    Fexit,
    /// A raw tracepoint.
    RawTracepoint,
}

/// Which ways to attach are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Preference {
    /// The cheapest that the kernel offers, hook by hook.
    #[default]
    Auto,
    /// Only kprobes and kretprobes at the functions' entries.
    Kprobe,
    /// BPF trampolines wherever possible.
    Fentry,
}

/// One probe to attach.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Probe {
    /// The hook it serves.
    pub hook: HookId,
    /// Entry, return or tracepoint.
    pub edge: Edge,
    /// Symbol, with its suffix, or tracepoint.
    pub symbol: String,
    /// Ways to attach it, best first; the next is tried when the kernel refuses one.
    pub ways: Vec<How>,
    /// Attach every way that works, not only the best: whichever hits first counts. For the end of a
    /// load, which must not be missed; see `plan::ways` on what each way can miss.
    pub all_ways: bool,
    /// Offset of [`How::KprobePastFtrace`] from the symbol, bytes: the first instruction behind the
    /// ftrace site. Where the site is not known it is taken to stand at the very beginning; the kernel
    /// refuses an offset that is inside of an instruction.
    pub past_ftrace: u64,
    /// Places of [`How::KprobeAtExits`]: one of them is passed whenever it returns.
    pub exits: Vec<Exit>,
}

/// A hook that nothing can serve.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Missing {
    /// The hook.
    pub hook: HookId,
    /// Each symbol tried and why it will not do.
    pub tried: Vec<(String, Refusal)>,
}

/// Why a symbol cannot serve a hook.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// No such symbol: inlined, not configured, or not in this version.
    Absent,
    /// Several functions bear the name.
    Ambiguous,
    /// The kernel forbids probes on it (notrace or blacklist).
    NotProbeable,
    /// No such tracepoint.
    NoTracepoint,
    /// It exists, but no way to attach that is wanted, and that this kernel has, reaches it.
    NoWay,
    /// What it works on cannot be read: the kernel's BTF does not tell how it is laid out.
    UnknownLayout,
}

/// How a phase's beginning is found on this kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PhaseView {
    /// It begins at this hook.
    Own(HookId),
    /// It cannot be told from the phase before it.
    MergedInto(Phase),
    /// This kernel has no such phase.
    Absent,
}

/// The plan for one kernel.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Plan {
    /// What to attach, in order of hook id.
    pub probes: Vec<Probe>,
    /// Hooks that cannot be served, except those whose substitute is.
    pub missing: Vec<Missing>,
    /// Values for the programs' offset globals; absent ones are left out.
    pub offsets: Vec<(String, u32)>,
    /// Functions that trampolines may be put on → their type ids in the BTF of the running kernel.
    pub type_ids: BTreeMap<String, u32>,
}

/// A kernel that cannot be traced at all: the loads' own entry and return cannot be seen.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CannotTrace {
    /// The list of symbols is missing: neither hooks nor probes can be named.
    #[error(
        "the kernel's symbols cannot be read ({0}): it needs CONFIG_KALLSYMS, and we the permission"
    )]
    NoSymbols(String),
    /// No module support.
    #[error(
        "this kernel has no loadable modules (CONFIG_MODULES is off): there is nothing to trace"
    )]
    NoModules,
    /// No BPF.
    #[error("this kernel cannot run BPF programs: it needs CONFIG_BPF_SYSCALL")]
    NoBpf,
    /// Neither kprobes nor BPF trampolines.
    #[error(
        "this kernel can attach neither kprobes nor BPF trampolines: it needs CONFIG_KPROBES, or CONFIG_FUNCTION_TRACER with CONFIG_DEBUG_INFO_BTF"
    )]
    NoProbes,
    /// The entry or return of the system calls cannot be hooked.
    #[error("the module system calls of this kernel cannot be probed ({0})")]
    NoSyscall(String),
    /// The entry or return of the load proper cannot be hooked.
    #[error("the load of a module cannot be probed on this kernel ({0})")]
    NoLoad(String),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Absent => "no such symbol",
            Self::Ambiguous => "several functions of that name",
            Self::NotProbeable => "the kernel forbids probes on it",
            Self::NoTracepoint => "no such tracepoint",
            Self::NoWay => "no way to attach reaches it",
            Self::UnknownLayout => "no BTF tells the layout of what it works on",
        })
    }
}

impl How {
    /// The name used in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::KprobePastFtrace => "kprobe+",
            Self::Kprobe => "kprobe",
            Self::Kretprobe => "kretprobe",
            Self::KprobeAtExits => "kprobe at exits",
            Self::Fentry => "fentry",
            Self::Fexit => "fexit",
            Self::RawTracepoint => "raw_tp",
        }
    }
}

impl Probe {
    /// A way to attach it, as outputs name it: `kprobe+9` for a kprobe past an ftrace site.
    #[must_use]
    pub fn way(&self, how: How) -> String {
        match how {
            How::KprobePastFtrace => format!("kprobe+{}", self.past_ftrace),
            _ => how.name().to_owned(),
        }
    }
}

impl Plan {
    /// The probe for one edge of a hook, if there is one.
    #[must_use]
    pub fn probe(&self, hook: HookId, edge: Edge) -> Option<&Probe> {
        let mut probes = self.probes.iter();
        probes.find(|probe| probe.hook == hook && probe.edge == edge)
    }

    /// True if the programs are told how a task's ancestors are found.
    #[must_use]
    pub fn tells_descent(&self) -> bool {
        let known = |wanted: &str| self.offsets.iter().any(|(name, _)| name == wanted);
        known("TASK_PARENT") && known("TASK_TGID")
    }

    /// True if any edge of the hook is to be attached.
    #[must_use]
    pub fn serves(&self, hook: HookId) -> bool {
        self.probes.iter().any(|probe| probe.hook == hook)
    }
}
