//! Extractors of hooks that count in any task.

use aya_ebpf::helpers::bpf_get_current_pid_tgid;
use kmodtrace_common::{
    catalogue::{HookId, Scope},
    wire::{EDGE_ENTRY, KIND_HELPER_TASK, Mark},
};

use crate::{args::Args, atomic::Shared, load, record};

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
        let mark = Mark {
            time_ns: load::now(),
            hook: HookId::MEM_FREE.0,
            edge: EDGE_ENTRY,
            flags: 0,
            reserved: 0,
            a: args.arg(0),
            b: 0,
        };
        load::mark(load, mark);
    }
}

/// `call_usermodehelper_exec_async(void *data)`, the first function of the new task
#[inline(always)]
pub(crate) fn helper_task(args: &impl Args) {
    if load::any_in_flight() {
        record::helper(
            KIND_HELPER_TASK,
            bpf_get_current_pid_tgid(),
            0,
            load::now(),
            args.arg(0),
        );
    }
}
