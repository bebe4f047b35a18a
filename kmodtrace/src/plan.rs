//! What to attach, and what is missing: pure, from kernel facts alone.

mod resolve;

pub use resolve::plan;

use kmodtrace_common::catalogue::HookId;
use serde::{Deserialize, Serialize};

use crate::catalogue::{borders::Edge, phase::Phase};

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
}

/// How a phase's beginning is found on this kernel.
#[derive(Clone, PartialEq, Eq, Debug)]
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
}

/// A kernel that cannot be traced at all: the loads' own entry and return cannot be seen.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CannotTrace {
    /// No module support.
    #[error(
        "this kernel has no loadable modules (CONFIG_MODULES is off): there is nothing to trace"
    )]
    NoModules,
    /// Neither kprobes nor BPF trampolines.
    #[error(
        "this kernel can attach neither kprobes nor BPF trampolines: it needs CONFIG_KPROBES, or CONFIG_FUNCTION_TRACER with CONFIG_DEBUG_INFO_BTF"
    )]
    NoProbes,
    /// The entry or return of the system calls cannot be hooked.
    #[error("the module system calls of this kernel cannot be probed ({0})")]
    NoSyscall(String),
}
