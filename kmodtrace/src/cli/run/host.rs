//! What user space knows itself at the beginning and the end of a run.

use std::{
    fs,
    os::unix::{ffi::OsStrExt as _, fs::MetadataExt as _},
    path::Path,
};

use rustix::{
    io::Errno,
    process::{Pid, test_kill_process},
    time::{ClockId, clock_gettime},
};

use crate::{
    catalogue::area::module_area,
    event::{ClockSample, Environment, InFlight, Name, Session, process_and_thread},
    kernel::{facts::KernelFacts, machine, modules},
    model::is_between_states,
    plan::Plan,
    probe::Tracer,
};

/// The header of this run's recording.
pub(in crate::cli) fn session(
    facts: &KernelFacts,
    plan: &Plan,
    tracer: &Tracer,
    command: &[std::ffi::OsString],
) -> Session {
    let root = Path::new("/");
    let boot_id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let words = command
        .iter()
        .map(|word| Name(word.as_bytes().to_vec()))
        .collect();
    Session {
        kmodtrace: env!("CARGO_PKG_VERSION").into(),
        wire: kmodtrace_common::wire::WIRE_VERSION,
        little_endian: cfg!(target_endian = "little"),
        release: facts.release.clone(),
        machine: facts.machine.clone(),
        boot_id: boot_id.trim().into(),
        cpus: std::thread::available_parallelism()
            .map_or(0, |n| u32::try_from(n.get()).unwrap_or(0)),
        attached: tracer.attached().to_vec(),
        offsets: plan.offsets.clone(),
        clock: clocks(),
        command: (!command.is_empty()).then_some(words),
        module_area: module_area(&facts.machine, facts.option("CONFIG_RANDOMIZE_BASE")),
        environment: Environment {
            cpu_model: machine::cpu_model(root),
            governor: machine::governor(root),
            hypervisor: machine::hypervisor(root),
        },
        descent_known: plan.tells_descent() && pids_are_the_kernels(),
        redacted: false,
    }
}

/// Modules that are being loaded or unloaded just now, but for loads that are `seen`.
pub(in crate::cli) fn under_way(seen: &[InFlight]) -> Vec<Name> {
    let modules = modules::list(Path::new("/")).unwrap_or_default();
    let mut names = between_states(&modules);
    names.retain(|name| !seen.iter().any(|load| load.module == *name));
    names
}

/// Modules of `/proc/modules` that are neither there nor gone.
fn between_states(modules: &[u8]) -> Vec<Name> {
    let lines = modules.split(|&byte| byte == b'\n');
    let between = lines.filter(|line| is_between_states(line));
    between
        .map(|line| Name(modules::name(line).to_vec()))
        .collect()
}

/// The clocks now.
pub(in crate::cli) fn clocks() -> ClockSample {
    ClockSample {
        monotonic_ns: clock(ClockId::Monotonic),
        boottime_ns: clock(ClockId::Boottime),
        realtime_ns: clock(ClockId::Realtime),
    }
}

/// `CLOCK_MONOTONIC`, ns.
pub(in crate::cli) fn now_ns() -> u64 {
    clock(ClockId::Monotonic)
}

/// A clock, ns.
pub(in crate::cli) fn clock(id: ClockId) -> u64 {
    let time = clock_gettime(id);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    seconds
        .saturating_mul(1_000_000_000)
        .saturating_add(u64::try_from(time.tv_nsec).unwrap_or(0))
}

/// True if process ids here are those that the kernel's own programs see.
pub(in crate::cli) fn pids_are_the_kernels() -> bool {
    /// Inode of the initial PID namespace (`PROC_PID_INIT_INO`, `include/linux/proc_ns.h`).
    const INITIAL: u64 = 0xeffffffc;
    fs::metadata("/proc/self/ns/pid").is_ok_and(|namespace| namespace.ino() == INITIAL)
}

/// True while the task exists, a `pid_tgid`. Where `/proc` hides the processes of others (`hidepid`), it is enough that
/// there is one of that id.
pub(in crate::cli) fn task_exists(pid_tgid: u64) -> bool {
    let (pid, tid) = process_and_thread(pid_tgid);
    if Path::new(&format!("/proc/{pid}/task/{tid}")).exists() {
        return true;
    }
    let hidden = !Path::new("/proc/1/task/1").exists();
    let tid = i32::try_from(tid).ok().and_then(Pid::from_raw);
    hidden && tid.is_some_and(|tid| test_kill_process(tid) != Err(Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_between_states() {
        let text =
            b"a 16384 0 - Live 0x0 (E)\nb 4 1 - Loading 0x0 (OE+)\nc 4 0 - Unloading 0x0\n\n";
        assert_eq!(
            between_states(text),
            [Name(b"b".to_vec()), Name(b"c".to_vec())]
        );
    }
}
