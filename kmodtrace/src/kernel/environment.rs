//! What the running system allows us, now: privileges, mounts and switches.

use std::path::{Path, PathBuf};

use super::{file, tracefs};

/// The state of the running system, as far as tracing depends on it. It is looked at when needed and
/// never recorded.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Environment {
    /// Effective user id; `None` if `/proc` cannot be read.
    pub euid: Option<u32>,
    /// Effective capabilities, `CapEff` of `/proc/self/status`.
    pub capabilities: u64,
    /// True in a user namespace other than the first one: capabilities count in it alone.
    pub contained: bool,
    /// Where tracefs is mounted.
    pub tracefs: Option<PathBuf>,
    /// True if debugfs is mounted and can be entered.
    pub debugfs: bool,
    /// `kernel.perf_event_paranoid`.
    pub perf_event_paranoid: Option<i64>,
    /// `kernel.kptr_restrict`.
    pub kptr_restrict: Option<i64>,
    /// `kernel.unprivileged_bpf_disabled`.
    pub unprivileged_bpf_disabled: Option<i64>,
    /// `kernel.ftrace_enabled`: at 0 trampolines and kprobes on ftrace sites attach, but stay silent.
    pub ftrace_enabled: Option<i64>,
    /// `net.core.bpf_jit_enable`: at 0 programs are interpreted.
    pub bpf_jit_enable: Option<i64>,
    /// False if kprobes were switched off (`/sys/kernel/debug/kprobes/enabled`).
    pub kprobes_enabled: Option<bool>,
}

/// A capability that tracing may need.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Capability {
    /// Loading and unloading of modules.
    SysModule = 16,
    /// Everything, on kernels and systems that know no finer ones.
    SysAdmin = 21,
    /// kprobes and raw tracepoints.
    Perfmon = 38,
    /// BPF programs and maps.
    Bpf = 39,
}

impl Environment {
    /// Looks at the system below `root` (`/` for the one we run on).
    #[must_use]
    pub fn read(root: &Path) -> Self {
        let kernel = |name: &str| file::number(&root.join("proc/sys/kernel").join(name));
        let status = file::text(&root.join("proc/self/status")).unwrap_or_default();
        let kprobes = root.join("sys/kernel/debug/kprobes");
        Self {
            euid: field(&status, "Uid:", 1).and_then(|id| id.parse().ok()),
            capabilities: field(&status, "CapEff:", 0)
                .and_then(|set| u64::from_str_radix(set, 16).ok())
                .unwrap_or(0),
            contained: file::text(&root.join("proc/self/uid_map"))
                .is_some_and(|map| is_contained(&map)),
            tracefs: tracefs::mounted(root),
            debugfs: kprobes.exists(),
            perf_event_paranoid: kernel("perf_event_paranoid"),
            kptr_restrict: kernel("kptr_restrict"),
            unprivileged_bpf_disabled: kernel("unprivileged_bpf_disabled"),
            ftrace_enabled: kernel("ftrace_enabled"),
            bpf_jit_enable: file::number(&root.join("proc/sys/net/core/bpf_jit_enable")),
            kprobes_enabled: file::number(&kprobes.join("enabled")).map(|enabled| enabled != 0),
        }
    }

    /// True if the process has the capability, in effect.
    #[must_use]
    pub fn has(&self, capability: Capability) -> bool {
        self.capabilities >> (capability as u8) & 1 == 1
    }

    /// True if the process may load tracing programs and attach them.
    #[must_use]
    pub fn may_trace(&self) -> bool {
        let able = self.has(Capability::SysAdmin)
            || (self.has(Capability::Bpf) && self.has(Capability::Perfmon));
        able && !self.contained
    }

    /// True if the kernel may refuse kprobes to this process: Debian's kernels take perf events from everybody
    /// without `CAP_SYS_ADMIN` where `kernel.perf_event_paranoid` is above 2, which others treat like 2.
    #[must_use]
    pub fn perf_may_be_refused(&self) -> bool {
        self.perf_event_paranoid.is_some_and(|level| level > 2) && !self.has(Capability::SysAdmin)
    }
}

/// Whether `/proc/self/uid_map` is that of another user namespace than the first one, which maps every user to
/// itself.
fn is_contained(uid_map: &str) -> bool {
    let words: Vec<_> = uid_map.split_ascii_whitespace().collect();
    !words.is_empty() && words != ["0", "0", "4294967295"]
}

/// Word `index` behind `key` in a status file.
fn field<'a>(status: &'a str, key: &str, index: usize) -> Option<&'a str> {
    let mut lines = status.lines();
    let rest = lines.find_map(|line| line.strip_prefix(key))?;
    rest.split_ascii_whitespace().nth(index)
}
