//! Which ways to attach a kernel offers, and which of them suit a probe.

use super::{How, Preference};
use crate::{
    catalogue::{Hook, Point, borders::Edge},
    kernel::facts::KernelFacts,
};

/// Length of the call that an ftrace site is, on x86-64, bytes.
const SITE: u32 = 5;

/// More arguments than these are refused by trampolines of older kernels.
const SURE_ARGS: u8 = 6;

/// The ways that a kernel offers and that are wanted. What its configuration does not tell is offered:
/// the kernel refuses what it cannot do, and the next way is tried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer {
    preference: Preference,
    kprobes: bool,
    kretprobes: bool,
    trampolines: bool,
    raw_tracepoints: bool,
    /// True if kprobes are allowed on functions that ftrace cannot hook.
    pub(super) on_notrace: bool,
}

impl Offer {
    pub(super) fn of(facts: &KernelFacts, preference: Preference) -> Self {
        let all = |options: &[&str]| {
            let mut options = options.iter();
            options.all(|option| facts.option(option) != Some(false))
        };
        let programs = all(&["CONFIG_BPF_EVENTS"]);
        let kprobes = programs
            && all(&[
                "CONFIG_KPROBES",
                "CONFIG_KPROBE_EVENTS",
                "CONFIG_PERF_EVENTS",
            ]);
        Self {
            preference,
            kprobes,
            kretprobes: kprobes && all(&["CONFIG_KRETPROBES"]),
            trampolines: programs
                && preference != Preference::Kprobe
                && facts.btf.is_some()
                && all(&[
                    "CONFIG_BPF_JIT",
                    "CONFIG_DYNAMIC_FTRACE",
                    "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS",
                ]),
            raw_tracepoints: programs && all(&["CONFIG_TRACEPOINTS"]),
            on_notrace: facts.option("CONFIG_KPROBE_EVENTS_ON_NOTRACE") == Some(true),
        }
    }

    /// True if no function can be hooked at all.
    pub(super) fn is_empty(self) -> bool {
        !self.kprobes && !self.trampolines
    }

    /// The ways for one probe, best first.
    pub(super) fn ways(
        self,
        hook: &Hook,
        edge: Edge,
        symbol: &str,
        facts: &KernelFacts,
    ) -> Vec<How> {
        let trampoline = self.trampoline(hook, edge, symbol, facts);
        let mut ways: Vec<How> = match edge {
            Edge::Tracepoint => [How::RawTracepoint]
                .into_iter()
                .filter(|_| self.raw_tracepoints)
                .collect(),
            Edge::Return => [How::Kretprobe]
                .into_iter()
                .filter(|_| self.kretprobes)
                .collect(),
            Edge::Entry => self.entry_kprobes(symbol, facts),
        };
        if let Some((how, first)) = trampoline {
            let at = if first { 0 } else { ways.len() };
            ways.insert(at, how);
        }
        ways
    }

    fn entry_kprobes(self, symbol: &str, facts: &KernelFacts) -> Vec<How> {
        if !self.kprobes {
            return Vec::new();
        }
        // Past an ftrace site a kprobe becomes a jump: neither a trap nor an ftrace hook.
        let has_site = facts
            .ftrace
            .as_ref()
            .is_some_and(|list| list.contains(symbol));
        if has_site && facts.machine == "x86_64" && self.preference != Preference::Kprobe {
            vec![How::KprobePastFtrace, How::Kprobe]
        } else {
            vec![How::Kprobe]
        }
    }

    /// The trampoline for an edge, and whether it is better than a kprobe.
    ///
    /// A return costs less that way than through a kretprobe, of which only a few can be under way at
    /// once. At an entry the kprobe is better: a trampoline's program that is preempted is passed over
    /// by every other task that comes to it on the same CPU.
    fn trampoline(
        self,
        hook: &Hook,
        edge: Edge,
        symbol: &str,
        facts: &KernelFacts,
    ) -> Option<(How, bool)> {
        let &args = facts.btf.as_ref()?.functions.get(symbol)?;
        let reachable = self.trampolines
            && facts
                .ftrace
                .as_ref()
                .is_none_or(|list| list.contains(symbol));
        let held = hook.point == Point::Entry || facts.trampoline_images;
        // An fexit program finds the return value behind as many arguments as the catalogue says.
        let (how, fits) = match edge {
            Edge::Entry => (How::Fentry, true),
            Edge::Return => (How::Fexit, args == hook.args),
            Edge::Tracepoint => return None,
        };
        let sure = args <= SURE_ARGS;
        let wanted = edge == Edge::Return || self.preference == Preference::Fentry;
        (reachable && held && fits).then_some((how, sure && wanted))
    }
}

/// See [`super::Probe::past_ftrace`].
pub(super) fn past_ftrace(symbol: &str, facts: &KernelFacts) -> u64 {
    let site = facts.ftrace_sites.get(symbol).copied().unwrap_or(0);
    u64::from(site) + u64::from(SITE)
}
