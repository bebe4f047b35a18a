//! Options of the kernel's configuration, and what each costs where it is off.

use super::problems::Severity;

/// An option that tracing wants.
pub(super) struct Wanted {
    pub(super) option: &'static str,
    /// How bad it is if it is off.
    pub(super) severity: Severity,
    /// What is lost then.
    pub(super) cost: &'static str,
}

const fn row(option: &'static str, severity: Severity, cost: &'static str) -> Wanted {
    Wanted {
        option,
        severity,
        cost,
    }
}

/// In the order in which one would switch them on.
pub(super) static WANTED: &[Wanted] = {
    use Severity::{Cannot, Degraded, Hint};
    &[
        row("CONFIG_MODULES", Cannot, "no modules: nothing to trace"),
        row("CONFIG_BPF", Cannot, "no BPF at all"),
        row(
            "CONFIG_BPF_SYSCALL",
            Cannot,
            "no program can be loaded into the kernel",
        ),
        row(
            "CONFIG_PERF_EVENTS",
            Cannot,
            "no program can be attached to a kprobe",
        ),
        row(
            "CONFIG_BPF_EVENTS",
            Cannot,
            "no program can be attached to kprobes, tracepoints or trampolines",
        ),
        row(
            "CONFIG_KALLSYMS",
            Cannot,
            "functions have no names, so that none can be hooked",
        ),
        row(
            "CONFIG_KALLSYMS_ALL",
            Hint,
            "tracepoints can be told from tracefs only",
        ),
        row(
            "CONFIG_KPROBES",
            Degraded,
            "only trampolines are left: compiler variants of functions cannot be hooked",
        ),
        row(
            "CONFIG_KPROBE_EVENTS",
            Degraded,
            "only trampolines are left: compiler variants of functions cannot be hooked",
        ),
        row(
            "CONFIG_KRETPROBES",
            Degraded,
            "the return of a function is seen through trampolines only",
        ),
        row(
            "CONFIG_OPTPROBES",
            Hint,
            "a kprobe costs a trap instead of a jump (not every architecture has jumps)",
        ),
        row(
            "CONFIG_BPF_JIT",
            Degraded,
            "programs are interpreted, which costs several times more; no trampolines",
        ),
        row(
            "CONFIG_FUNCTION_TRACER",
            Degraded,
            "no trampolines: returns cost a kretprobe; which functions forbid probes is not known",
        ),
        row(
            "CONFIG_DYNAMIC_FTRACE",
            Degraded,
            "no trampolines: returns cost a kretprobe; which functions forbid probes is not known",
        ),
        row(
            "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS",
            Hint,
            "no trampolines: returns cost a kretprobe",
        ),
        row(
            "CONFIG_DEBUG_INFO_BTF",
            Degraded,
            "no trampolines; names and sizes of files and the parents of tasks are not known",
        ),
        row(
            "CONFIG_TRACEPOINTS",
            Degraded,
            "the end of an init function is seen by a kretprobe only",
        ),
        row(
            "CONFIG_DEBUG_FS",
            Hint,
            "the list of functions that kprobes refuse cannot be read",
        ),
    ]
};
