//! Properties of the kernel and of the running system, as people read them.

use crate::kernel::{
    environment::{Capability, Environment},
    facts::{KernelFacts, Source},
};

/// Name and value of each; without an environment only those of the kernel.
pub(super) fn lines(
    facts: &KernelFacts,
    environment: Option<&Environment>,
) -> Vec<(&'static str, String)> {
    let unread = |source| match facts.unread.get(&source) {
        Some(why) => format!("not known: {why}"),
        None => "not known".to_owned(),
    };
    let mut lines = vec![
        (
            "BTF",
            match &facts.btf {
                Some(btf) => format!("yes, {} bytes", btf.bytes),
                None => match facts.unread.get(&Source::Btf) {
                    Some(why) => format!("no: {why}"),
                    None => "no".to_owned(),
                },
            },
        ),
        (
            "lockdown",
            facts
                .lockdown
                .clone()
                .unwrap_or_else(|| unread(Source::Lockdown)),
        ),
        (
            "configuration",
            match &facts.config {
                Some(_) => "read".to_owned(),
                None => unread(Source::Config),
            },
        ),
        (
            "ftrace list",
            match &facts.ftrace {
                Some(list) => format!("read, {} functions of ours", list.len()),
                None => unread(Source::Ftrace),
            },
        ),
    ];
    if let Some(environment) = environment {
        lines.extend(running(environment));
    }
    lines
}

fn running(environment: &Environment) -> Vec<(&'static str, String)> {
    let switch = |value: Option<i64>| match value {
        Some(0) => "off".to_owned(),
        Some(1) => "on".to_owned(),
        Some(value) => format!("on ({value})"),
        None => "no such switch".to_owned(),
    };
    let number = |value: Option<i64>| value.map_or("none".to_owned(), |value| value.to_string());
    let capabilities = [
        (Capability::SysAdmin, "CAP_SYS_ADMIN"),
        (Capability::Bpf, "CAP_BPF"),
        (Capability::Perfmon, "CAP_PERFMON"),
    ];
    let held: Vec<_> = capabilities
        .iter()
        .filter(|(capability, _)| environment.has(*capability))
        .map(|(_, name)| *name)
        .collect();
    let uid = environment
        .euid
        .map_or("unknown".to_owned(), |id| id.to_string());
    vec![
        (
            "privileges",
            format!(
                "uid {uid}, {}",
                if held.is_empty() {
                    "no capabilities that help".to_owned()
                } else {
                    held.join(" ")
                }
            ),
        ),
        (
            "tracefs",
            match &environment.tracefs {
                Some(path) => path.display().to_string(),
                None => "not mounted, or not to be entered".to_owned(),
            },
        ),
        (
            "debugfs",
            if environment.debugfs {
                "mounted".to_owned()
            } else {
                "not mounted, or not to be entered".to_owned()
            },
        ),
        (
            "kprobes",
            switch(environment.kprobes_enabled.map(i64::from)),
        ),
        ("BPF JIT", switch(environment.bpf_jit_enable)),
        ("ftrace", switch(environment.ftrace_enabled)),
        (
            "limits",
            format!(
                "perf_event_paranoid {}, kptr_restrict {}, unprivileged_bpf_disabled {}",
                number(environment.perf_event_paranoid),
                number(environment.kptr_restrict),
                number(environment.unprivileged_bpf_disabled),
            ),
        ),
    ]
}
