//! Extractors of hooks that count in any task.

use aya_ebpf::{
    bindings::BPF_ANY,
    helpers::{bpf_get_current_comm, bpf_get_current_pid_tgid},
};
use kmodtrace_common::{
    catalogue::{HookId, Scope},
    wire::{
        EDGE_ENTRY, Exit, KIND_EXIT, KIND_HELPER_REQUEST, KIND_HELPER_TASK, KIND_REQUEST,
        LoadState, Mark, NAME_BYTES, Request, SINCE_EXEC, SINCE_LOAD,
    },
};

use crate::{
    args::Args,
    atomic::Shared,
    load,
    maps::{InUserSpace, PROCESSES},
    read, record,
};

/// The kworker that frees init memory (as `pid_tgid`), and since when, ns.
static FREEING: Shared = Shared::new();
static FREEING_SINCE: Shared = Shared::new();

/// `do_free_init(struct work_struct *w)`
#[inline(always)]
pub(crate) fn free_init_begin(_args: &impl Args) {
    FREEING_SINCE.set(load::now());
    FREEING.set(bpf_get_current_pid_tgid());
}

#[inline(always)]
pub(crate) fn free_init_end(_ret: u64) {
    FREEING.set(0);
}

/// `execmem_free(void *ptr)`, `module_memfree(void *module_region)`
#[inline(always)]
pub(crate) fn mem_free(args: &impl Args) {
    let pid_tgid = bpf_get_current_pid_tgid();
    if FREEING.get() == pid_tgid {
        record::freed(pid_tgid, FREEING_SINCE.get(), args.arg(0));
    } else if let Some(load) = load::current_in(Scope::OutsideInit) {
        let now = load::now();
        mark(load, HookId::MEM_FREE, now, args.arg(0));
        load::spent(load, now);
    }
}

/// `call_usermodehelper_exec(struct subprocess_info *sub_info, int wait)`
#[inline(always)]
pub(crate) fn helper_exec(args: &impl Args) {
    let (subprocess, now) = (args.arg(0), load::now());
    let asking = bpf_get_current_pid_tgid();
    let Some(load) = load::current() else {
        return record::helper(KIND_HELPER_REQUEST, asking, 0, now, subprocess);
    };
    mark(load, HookId::HELPER_EXEC, now, subprocess);
    let start_ns = load.segment.header.start_ns;
    record::helper(KIND_HELPER_REQUEST, asking, start_ns, now, subprocess);
    load::spent(load, now);
}

/// `call_usermodehelper_exec_async(void *data)`, the first function of the new task
#[inline(always)]
pub(crate) fn helper_task(args: &impl Args) {
    let task = bpf_get_current_pid_tgid();
    record::helper(KIND_HELPER_TASK, task, 0, load::now(), args.arg(0));
}

/// Tracepoint `module_request(char *name, bool wait, unsigned long ip)`
#[inline(always)]
pub(crate) fn module_request(args: &impl Args) {
    let now = load::now();
    let load = load::current();
    let start_ns = load.as_ref().map_or(0, |load| load.segment.header.start_ns);
    let mut request = Request {
        header: record::header(KIND_REQUEST, bpf_get_current_pid_tgid(), start_ns),
        time_ns: now,
        wait: u32::from(args.arg(1) & 0xff != 0),
        reserved: 0,
        comm: bpf_get_current_comm().unwrap_or_default(),
        name: [0; NAME_BYTES],
    };
    read::name(args.arg(0), 0, &mut request.name);
    record::send(&request);
    if let Some(load) = load {
        load::spent(load, now);
    }
}

/// Tracepoint `sched_process_exec(struct task_struct *p, pid_t old_pid, struct linux_binprm *bprm)`
#[inline(always)]
pub(crate) fn exec(_args: &impl Args) {
    let process = (bpf_get_current_pid_tgid() >> 32) as u32;
    let begun = InUserSpace {
        since_ns: load::now(),
        since: u64::from(SINCE_EXEC),
    };
    let _ = PROCESSES.insert(process, begun, u64::from(BPF_ANY));
}

/// Tracepoint `sched_process_exit(struct task_struct *p, ...)`
#[inline(always)]
pub(crate) fn exit(_args: &impl Args) {
    let pid_tgid = bpf_get_current_pid_tgid();
    let process = (pid_tgid >> 32) as u32;
    if process != pid_tgid as u32 {
        return;
    }
    // SAFETY: the value is looked at, not kept.
    let since = unsafe { PROCESSES.get(process) }.map(|known| known.since);
    let Some(since) = since else { return };
    if since == u64::from(SINCE_LOAD) {
        record::send(&Exit {
            header: record::header(KIND_EXIT, pid_tgid, 0),
            time_ns: load::now(),
        });
    }
    let _ = PROCESSES.remove(process);
}

#[inline(always)]
fn mark(load: &mut LoadState, hook: HookId, time_ns: u64, a: u64) {
    let mark = Mark {
        time_ns,
        hook: hook.0,
        edge: EDGE_ENTRY,
        flags: 0,
        reserved: 0,
        a,
        b: 0,
    };
    load::mark(load, mark);
}
