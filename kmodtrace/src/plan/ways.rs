//! Which ways to attach a kernel offers, and which of them suit a probe.

use super::{How, Preference};
use crate::{
    catalogue::{Hook, HookId, Point, borders::Edge},
    kernel::facts::{Exit, KernelFacts},
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
    /// True if no ftrace hook is wanted, and as few hits as possible.
    pub(super) brief: bool,
    /// True if kprobes are allowed on functions that ftrace cannot hook.
    pub(super) on_notrace: bool,
}

impl Offer {
    pub(super) fn of(facts: &KernelFacts, preference: Preference, brief: bool) -> Self {
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
            brief,
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
        if self.kprobes && edge == Edge::Return && !self.exits(hook, symbol, facts).is_empty() {
            ways.insert(0, How::KprobeAtExits);
        }
        ways
    }

    /// Where a function returns, if a kprobe at each of these places is wanted for the hook: all lie in it, or in the
    /// function that calls init, which no load calls twice. At an end that it shares with others, their returns would
    /// count.
    pub(super) fn exits(self, hook: &Hook, symbol: &str, facts: &KernelFacts) -> Vec<Exit> {
        let exits = facts.exits.get(symbol).cloned().unwrap_or_default();
        let starts_init = HookId::DO_INIT.hook().map_or(&[][..], |hook| hook.symbols);
        let own =
            |exit: &Exit| exit.symbol == symbol || starts_init.contains(&exit.symbol.as_str());
        if self.brief && hook.point == Point::Ends && exits.iter().all(own) {
            exits
        } else {
            Vec::new()
        }
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
