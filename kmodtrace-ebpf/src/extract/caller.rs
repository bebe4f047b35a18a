//! Who asks for a load, and with which parameters.

use aya_ebpf::helpers::{
    bpf_get_current_task, bpf_probe_read_kernel_str_bytes, bpf_probe_read_user,
    bpf_probe_read_user_str_bytes, generated,
};
use kmodtrace_common::{
    config::{Counter, NO_WAKEUP},
    wire::{
        BLOB_COMMAND_LINE, Facts, KIND_TEXT, LoadState, SEGMENT_DESCENDANT, SEGMENT_PARAMS_SENT,
        Segment, TEXT_BYTES, TEXT_PARAMS, Text,
    },
};

use super::Seen;
use crate::{
    args::Args,
    blob,
    maps::{self, EVENTS, PROCESSES, count},
    read, record,
};

/// Ancestors that are looked at to tell whether a task descends from the tracer.
const GENERATIONS: usize = 16;

/// Where the first three system call arguments lie, next to each other, in the `struct pt_regs` that a system call
/// function is given, and in which order; part of the architecture's user ABI.
#[cfg(bpf_target_arch = "x86_64")]
const SYSCALL_ARGS: (u32, [usize; 3]) = (96, [2, 1, 0]);
#[cfg(bpf_target_arch = "aarch64")]
const SYSCALL_ARGS: (u32, [usize; 3]) = (0, [0, 1, 2]);

/// The first three arguments of a system call.
#[inline(always)]
fn syscall_args(args: &impl Args) -> Option<[u64; 3]> {
    let (at, order) = SYSCALL_ARGS;
    let registers: [u64; 3] = read::at(args.opaque(0), at)?;
    Some(order.map(|index| registers[index]))
}

/// Process facts of the loading task, at the beginning of a load.
#[inline(always)]
pub(crate) fn task(segment: &mut Segment, facts: &mut Facts) {
    // SAFETY: neither helper has preconditions.
    let (ids, cgroup) = unsafe {
        (
            generated::bpf_get_current_uid_gid(),
            generated::bpf_get_current_cgroup_id(),
        )
    };
    facts.uid = ids as u32;
    facts.gid = (ids >> 32) as u32;
    facts.cgroup = cgroup;
    if maps::BRIEF.load() == 0 {
        let process = (segment.header.pid_tgid >> 32) as u32;
        // SAFETY: the value is copied at once.
        if let Some(known) = unsafe { PROCESSES.get(process) } {
            facts.user_since_ns = known.since_ns;
            facts.user_since = known.since as u32;
        }
    }
    // SAFETY: the helper has no preconditions.
    let task = unsafe { bpf_get_current_task() };
    segment.task_start_ns = read::at(task, maps::TASK_START.load()).unwrap_or(0);
    let tracer = maps::TRACER_TGID.load();
    let mut ancestor = task;
    for generation in 0..GENERATIONS {
        let Some(parent) = read::at::<u64>(ancestor, maps::TASK_PARENT.load()) else {
            return;
        };
        let Some(tgid) = read::at::<u32>(parent, maps::TASK_TGID.load()) else {
            return;
        };
        if generation == 0 {
            segment.parent_pid = tgid;
        }
        if tracer == 0 || tgid == 0 {
            return;
        }
        if tgid == tracer {
            segment.flags |= SEGMENT_DESCENDANT;
            return;
        }
        ancestor = parent;
    }
}

/// `init_module(void __user *umod, unsigned long len, const char __user *uargs)`
#[inline(always)]
pub(crate) fn sys_init_module(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    let [_image, bytes, params] = syscall_args(args).unwrap_or_default();
    load.segment.image_bytes = bytes;
    command_line(load);
    user_params(&mut load.segment, params);
    None
}

/// `finit_module(int fd, const char __user *uargs, int flags)`
#[inline(always)]
pub(crate) fn sys_finit_module(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    command_line(load);
    let mut params = 0;
    if let Some([fd, at, flags]) = syscall_args(args) {
        load.segment.fd = fd as i32;
        load.segment.finit_flags = flags as u32;
        params = at;
    }
    user_params(&mut load.segment, params);
    None
}

/// Sends the process's command line from where it was put when its program began.
#[inline(always)]
fn command_line(load: &mut LoadState) {
    if maps::BRIEF.load() != 0 {
        return;
    }
    // SAFETY: the helper has no preconditions.
    let task = unsafe { bpf_get_current_task() };
    let Some(mm) = read::at::<u64>(task, maps::TASK_MM.load()) else {
        return;
    };
    let ends = read::pair(mm, maps::MM_ARG_START.load(), maps::MM_ARG_END.load());
    let [begin, end] = ends.unwrap_or_default();
    if begin != 0 && begin < end {
        blob::user(load, BLOB_COMMAND_LINE, begin, end - begin);
    }
}

/// `delete_module(const char __user *name_user, unsigned int flags)`
#[inline(always)]
pub(crate) fn sys_delete_module(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    command_line(load);
    let [name, flags, _] = syscall_args(args).unwrap_or_default();
    load.segment.finit_flags = flags as u32;
    load.segment.flags |= SEGMENT_PARAMS_SENT;
    // SAFETY: the helper checks the address and writes at most the length of the room.
    let _ =
        unsafe { bpf_probe_read_user_str_bytes(name as *const u8, &mut load.segment.module_name) };
    None
}

#[inline(always)]
fn user_params(segment: &mut Segment, at: u64) {
    // SAFETY: the helper checks the address and fails instead of faulting.
    match unsafe { bpf_probe_read_user(at as *const u8) } {
        Ok(0) => segment.flags |= SEGMENT_PARAMS_SENT,
        Ok(_) => send_params(segment, |into| {
            // SAFETY: as above; the helper writes at most the length of `into`.
            unsafe { bpf_probe_read_user_str_bytes(at as *const u8, into) }.map(<[u8]>::len)
        }),
        Err(_) => {}
    }
}

/// Sends the parameter string from the kernel's own copy, unless it was sent before.
#[inline(always)]
pub(super) fn kernel_params(segment: &mut Segment, at: u64) {
    if segment.flags & SEGMENT_PARAMS_SENT != 0 {
        return;
    }
    match read::at::<u8>(at, 0) {
        Some(0) => segment.flags |= SEGMENT_PARAMS_SENT,
        Some(_) => send_params(segment, |into| {
            // SAFETY: the helper checks the address and writes at most the length of `into`.
            unsafe { bpf_probe_read_kernel_str_bytes(at as *const u8, into) }.map(<[u8]>::len)
        }),
        None => {}
    }
}

#[inline(always)]
fn send_params(
    segment: &mut Segment,
    read_into: impl FnOnce(&mut [u8; TEXT_BYTES]) -> Result<usize, i32>,
) {
    let Some(mut entry) = EVENTS.reserve::<Text>(0) else {
        count(Counter::LostRecords);
        segment.lost += 1;
        segment.flags |= SEGMENT_PARAMS_SENT;
        return;
    };
    // SAFETY: every field is written before the entry is submitted; the ring's memory is initialised.
    let text = unsafe { &mut *entry.as_mut_ptr() };
    let Ok(length) = read_into(&mut text.bytes) else {
        entry.discard(NO_WAKEUP);
        return;
    };
    text.header = record::header(KIND_TEXT, segment.header.pid_tgid, segment.header.start_ns);
    text.header.count = length as u32;
    text.what = TEXT_PARAMS;
    text.truncated = u16::from(length == TEXT_BYTES - 1);
    text.reserved = 0;
    entry.submit(NO_WAKEUP);
    count(Counter::Sent);
    segment.flags |= SEGMENT_PARAMS_SENT;
}
