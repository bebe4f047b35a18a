//! What is wrong, how bad that is, and the way out.

use serde::Serialize;

use crate::{
    catalogue::phase::Phase,
    kernel::{
        environment::Environment,
        facts::{KernelFacts, Source},
    },
    plan::{CannotTrace, PhaseView, explain::PhaseRow},
};

/// How bad a problem is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum Severity {
    /// Nothing is lost.
    Hint,
    /// Something is lost.
    Degraded,
    /// Nothing can be traced until a setting or a privilege changes.
    NotPermitted,
    /// Nothing can be traced on this kernel.
    Cannot,
}

/// One problem.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Problem {
    /// How bad that is.
    pub(super) severity: Severity,
    /// What is wrong and what that costs.
    pub(super) what: String,
    /// What to do about it.
    pub(super) way_out: String,
}

fn problem(severity: Severity, what: impl Into<String>, way_out: &str) -> Problem {
    Problem {
        severity,
        what: what.into(),
        way_out: way_out.to_owned(),
    }
}

/// Every problem, the worst first.
pub(super) fn find(
    facts: &KernelFacts,
    environment: Option<&Environment>,
    cannot: Option<&CannotTrace>,
    phases: &[PhaseRow],
) -> Vec<Problem> {
    let mut problems = Vec::new();
    problems.extend(environment.map(of_environment).into_iter().flatten());
    problems.extend(of_facts(facts, environment.is_none()));
    // Without a System.map the configuration alone is judged.
    let judged = environment.is_some() || !facts.symbols.is_empty();
    problems.extend(cannot.filter(|_| judged).map(of_kernel));
    problems.extend(of_phases(phases));
    problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
    problems
}

fn of_environment(environment: &Environment) -> Vec<Problem> {
    use Severity::{Degraded, Hint, NotPermitted};
    let off = |switch: Option<i64>| switch == Some(0);
    let mut problems = Vec::new();
    if !environment.may_trace() {
        problems.push(problem(
            NotPermitted,
            "this process may not load tracing programs",
            "run kmodtrace as root, or with CAP_BPF and CAP_PERFMON",
        ));
    }
    if off(environment.ftrace_enabled) {
        problems.push(problem(
            NotPermitted,
            "kernel.ftrace_enabled is 0: trampolines and kprobes on ftrace sites stay silent",
            "sysctl kernel.ftrace_enabled=1",
        ));
    }
    if environment.kprobes_enabled == Some(false) {
        problems.push(problem(
            NotPermitted,
            "kprobes are switched off",
            "echo 1 > /sys/kernel/debug/kprobes/enabled",
        ));
    }
    if environment.perf_may_be_refused() && environment.may_trace() {
        problems.push(problem(
            Hint,
            "kernel.perf_event_paranoid is above 2: Debian's kernels then keep kprobes from all without CAP_SYS_ADMIN",
            "sysctl kernel.perf_event_paranoid=2",
        ));
    }
    if off(environment.bpf_jit_enable) {
        problems.push(problem(
            Degraded,
            "programs are interpreted: each hook costs several times more",
            "sysctl net.core.bpf_jit_enable=1",
        ));
    }
    if environment.tracefs.is_none() && environment.may_trace() {
        problems.push(problem(
            Degraded,
            "tracefs is not mounted: kprobes cost more, and which functions forbid them is not known",
            "mount -t tracefs tracefs /sys/kernel/tracing",
        ));
    }
    problems
}

fn of_facts(facts: &KernelFacts, offline: bool) -> Vec<Problem> {
    use Severity::{Degraded, Hint, NotPermitted};
    let mut problems = Vec::new();
    if facts.lockdown.as_deref() == Some("confidentiality") {
        problems.push(problem(
            NotPermitted,
            "lockdown is at confidentiality: kprobes are refused, and programs may not read the kernel",
            "boot without lockdown=confidentiality",
        ));
    }
    if !offline {
        if let Some(why) = facts.unread.get(&Source::Btf) {
            problems.push(problem(
                Degraded,
                format!(
                    "no BTF ({why}): no trampolines, and names and sizes of files are not known"
                ),
                "a kernel with CONFIG_DEBUG_INFO_BTF, or --btf FILE with the BTF of this very kernel",
            ));
        }
        if facts.addresses_hidden {
            problems.push(problem(
                Hint,
                "kernel addresses are hidden: where ftrace sites are is not known, so some kprobes cost more",
                "sysctl kernel.kptr_restrict=1, and kmodtrace as root",
            ));
        }
    }
    problems
}

fn of_kernel(cannot: &CannotTrace) -> Problem {
    let way_out = match cannot {
        CannotTrace::NoSymbols(_) => "CONFIG_KALLSYMS, and kmodtrace as root",
        CannotTrace::NoModules => "a kernel with CONFIG_MODULES",
        CannotTrace::NoBpf => "a kernel with CONFIG_BPF_SYSCALL",
        CannotTrace::NoProbes => {
            "a kernel with CONFIG_KPROBES, CONFIG_PERF_EVENTS and CONFIG_BPF_EVENTS"
        }
        CannotTrace::NoSyscall(_) | CannotTrace::NoLoad(_) => {
            "a kernel where these functions may be probed; CONFIG_KPROBES and CONFIG_KRETPROBES help"
        }
    };
    problem(Severity::Cannot, cannot.to_string(), way_out)
}

fn of_phases(phases: &[PhaseRow]) -> Option<Problem> {
    let lost =
        |row: &&PhaseRow| row.phase.always_happens() && !matches!(row.view, PhaseView::Own(_));
    let lost: Vec<_> = phases
        .iter()
        .filter(lost)
        .map(|row| Phase::name(row.phase))
        .collect();
    (!lost.is_empty()).then(|| {
        problem(
            Severity::Degraded,
            format!("not told apart from the phase before: {}", lost.join(", ")),
            "none on this build of the kernel: the functions that begin them cannot be hooked",
        )
    })
}
