//! What each hook reads from its arguments.
//!
//! An entry extractor returns what its mark shall carry, or `None` if the hit is not to be marked;
//! it may also keep facts in the load's state. Extractors of hooks that count in any task get no load.
//! Prototypes that they rely on stand above each; they were the same on Linux 5.10 to 7.3.

use aya_ebpf::helpers::{
    bpf_get_current_pid_tgid, bpf_get_current_task, bpf_probe_read_kernel_str_bytes,
    bpf_probe_read_user, bpf_probe_read_user_str_bytes,
};
use kmodtrace_common::{
    catalogue::{HookId, Scope},
    config::Counter,
    offsets::ABSENT,
    wire::{
        EDGE_ENTRY, Freed, Header, Helper, KIND_FREED, KIND_HELPER_REQUEST, KIND_HELPER_TASK,
        KIND_TEXT, LoadState, MARK_WAITED, Mark, SEGMENT_DESCENDANT, SEGMENT_IN_INIT,
        SEGMENT_PARAMS_SENT, SEGMENT_RESOLVING, Segment, TEXT_BYTES, TEXT_PARAMS, Text,
        WIRE_VERSION,
    },
};

use crate::{
    args::Args,
    atomic::Shared,
    load,
    maps::{self, EVENTS, count},
    read,
};

/// The kworker that frees init memory (as `pid_tgid`), and since when, ns.
static FREEING: Shared = Shared::new();
static FREEING_SINCE: Shared = Shared::new();

/// What a mark shall carry.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) a: u64,
    pub(crate) b: u64,
    pub(crate) flags: u8,
}

#[inline(always)]
fn seen(a: u64, b: u64) -> Option<Seen> {
    Some(Seen { a, b, flags: 0 })
}

/// Ancestors that are looked at to tell whether a task descends from the tracer.
const GENERATIONS: usize = 8;
/// `enum module_state`: the module's init has succeeded, or it goes away.
const MODULE_STATE_LIVE: u64 = 0;
const MODULE_STATE_GOING: u64 = 2;
const MODULE_STATE_COMING: u64 = 1;
/// `enum mod_mem_type`: the first of three types of init memory (Linux 6.4 and later).
const MOD_INIT_TEXT: u32 = 4;

/// Offsets of the first three system call arguments in the `struct pt_regs` that a system call
/// function is given; part of the architecture's user ABI.
#[cfg(bpf_target_arch = "x86_64")]
const SYSCALL_ARGS: [u32; 3] = [112, 104, 96];
#[cfg(bpf_target_arch = "aarch64")]
const SYSCALL_ARGS: [u32; 3] = [0, 8, 16];

/// Process facts of the loading task, at the beginning of a load.
#[inline(always)]
pub(crate) fn task(segment: &mut Segment) {
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
    let regs = args.arg(0);
    load.segment.image_bytes = read::at(regs, SYSCALL_ARGS[1]).unwrap_or(0);
    user_params(
        &mut load.segment,
        read::at(regs, SYSCALL_ARGS[2]).unwrap_or(0),
    );
    None
}

/// `finit_module(int fd, const char __user *uargs, int flags)`
#[inline(always)]
pub(crate) fn sys_finit_module(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    let regs = args.arg(0);
    load.segment.fd = read::at(regs, SYSCALL_ARGS[0]).unwrap_or(-1);
    load.segment.finit_flags = read::at(regs, SYSCALL_ARGS[2]).unwrap_or(0);
    user_params(
        &mut load.segment,
        read::at(regs, SYSCALL_ARGS[1]).unwrap_or(0),
    );
    None
}

/// `kernel_read_file(struct file *file, ...)`
#[inline(always)]
pub(crate) fn read_file(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    let file = args.arg(0);
    let segment = &mut load.segment;
    if let Some(inode) = read::at::<u64>(file, maps::FILE_INODE.load()) {
        segment.file_bytes = read::at(inode, maps::INODE_SIZE.load()).unwrap_or(0);
        segment.image_bytes = segment.file_bytes;
    }
    if let Some(dentry) = read::at::<u64>(file, maps::FILE_DENTRY.load())
        && let Some(name) = read::at::<u64>(dentry, maps::DENTRY_NAME.load())
    {
        read::name(name, 0, &mut segment.file_name);
    }
    seen(file, 0)
}

/// `module_decompress(struct load_info *info, const void *buf, size_t size)`
#[inline(always)]
pub(crate) fn decompress(_load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    seen(args.arg(2), 0)
}

/// `load_module(struct load_info *info, const char __user *uargs, int flags)`
#[inline(always)]
pub(crate) fn load_module(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    let info = args.arg(0);
    let segment = &mut load.segment;
    segment.load_info = info;
    segment.copy = read::at(info, maps::LOAD_INFO_HDR.load()).unwrap_or(0);
    if let Some(bytes) = read::at(info, maps::LOAD_INFO_LEN.load()) {
        segment.image_bytes = bytes;
    }
    seen(segment.image_bytes, 0)
}

/// `module_patient_check_exists(const char *name, ...)`
#[inline(always)]
pub(crate) fn check_exists(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    module_name(&mut load.segment, args.arg(0), 0);
    seen(0, 0)
}

/// `module_frob_arch_sections(Elf_Ehdr *, Elf_Shdr *, char *, struct module *mod)`; `mod` is the
/// temporary one inside the image copy.
#[inline(always)]
pub(crate) fn frob_arch(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    module_name(&mut load.segment, args.arg(3), maps::MODULE_NAME.load());
    seen(0, 0)
}

/// `execmem_alloc(enum execmem_type type, size_t size)`
#[inline(always)]
pub(crate) fn execmem_alloc(_load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    seen(args.arg(1), args.arg(0) & 0xffff_ffff)
}

/// `module_alloc(unsigned long size)`
#[inline(always)]
pub(crate) fn module_alloc(_load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    seen(args.arg(0), 0)
}

/// `mod_tree_insert(struct module *mod)`
#[inline(always)]
pub(crate) fn tree_insert(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    load.segment.module = args.arg(0);
    seen(load.segment.module, 0)
}

/// `__mod_tree_insert(struct mod_tree_node *node)`; the module is the node's first member.
#[inline(always)]
pub(crate) fn tree_node_insert(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    load.segment.module = read::at(args.arg(0), 0).unwrap_or(0);
    seen(load.segment.module, 0)
}

/// `resolve_symbol(struct module *mod, const struct load_info *info, const char *name, char ownername[])`
///
/// Called once per undefined symbol, and again for the same symbol while its owner is still loading.
#[inline(always)]
pub(crate) fn resolve_symbol(load: &mut LoadState, args: &impl Args, now: u64) -> Option<Seen> {
    let name = args.arg(2);
    let segment = &mut load.segment;
    let before = segment.symbols.last_ns;
    let resolving = segment.flags & SEGMENT_RESOLVING != 0;
    let again = resolving && segment.symbols.last_at == name;
    let first = !resolving && segment.symbols.count == 0;
    if resolving {
        account_symbol(segment, now);
    }
    if !again {
        segment.symbols.count += 1;
    }
    segment.flags |= SEGMENT_RESOLVING;
    segment.symbols.last_ns = now;
    segment.symbols.last_at = name;
    if again {
        Some(Seen {
            a: before,
            b: 0,
            flags: MARK_WAITED,
        })
    } else if first {
        seen(0, 0)
    } else {
        None
    }
}

#[inline(always)]
fn account_symbol(segment: &mut Segment, now: u64) {
    let symbols = &mut segment.symbols;
    let spent = now - symbols.last_ns;
    symbols.total_ns += spent;
    if spent > symbols.longest_ns {
        symbols.longest_ns = spent;
        symbols.longest_at = symbols.last_at;
    }
}

/// Ends the symbol in progress, if any, and fetches the name of the longest one while it still exists.
#[inline(always)]
pub(crate) fn close_symbols(segment: &mut Segment, now: u64) {
    if segment.flags & SEGMENT_RESOLVING == 0 {
        return;
    }
    account_symbol(segment, now);
    segment.flags &= !SEGMENT_RESOLVING;
    read::name(segment.symbols.longest_at, 0, &mut segment.longest_symbol);
}

/// `apply_relocate_add(Elf_Shdr *, const char *, unsigned int symindex, unsigned int relsec, struct module *)`
#[inline(always)]
pub(crate) fn apply_relocate(_load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    seen(args.arg(3) & 0xffff_ffff, 0)
}

/// `blocking_notifier_call_chain_robust(head, unsigned long val_up, unsigned long val_down, void *v)`
#[inline(always)]
pub(crate) fn coming_chain(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    if args.arg(3) != load.segment.module || args.arg(1) != MODULE_STATE_COMING {
        return None;
    }
    seen(args.arg(1), 0)
}

/// `parse_args(const char *doing, char *args, ...)`
#[inline(always)]
pub(crate) fn parse_args(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    // Sent already, unless the page with the user's string was not resident at entry.
    kernel_params(&mut load.segment, args.arg(1));
    seen(0, 0)
}

/// `vfree(const void *addr)`
#[inline(always)]
pub(crate) fn vfree(load: &mut LoadState, args: &impl Args, now: u64) -> Option<Seen> {
    if load.segment.copy == 0 || args.arg(0) != load.segment.copy {
        return None;
    }
    free_copy(load, args, now)
}

/// The temporary copy of the image is about to be freed: the last chance for a failed load's name.
#[inline(always)]
pub(crate) fn free_copy(load: &mut LoadState, _args: &impl Args, _now: u64) -> Option<Seen> {
    let segment = &mut load.segment;
    if let Some(name) = read::at::<u64>(segment.load_info, maps::LOAD_INFO_NAME.load()) {
        module_name(segment, name, 0);
    }
    seen(segment.copy, 0)
}

/// `do_init_module(struct module *mod)`
#[inline(always)]
pub(crate) fn do_init(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    let module = args.arg(0);
    let segment = &mut load.segment;
    segment.module = module;
    segment.flags |= SEGMENT_IN_INIT;
    module_name(segment, module, maps::MODULE_NAME.load());
    let (memory, size) = (maps::MODULE_MEM.load(), maps::MODULE_MEMORY_SIZE.load());
    if memory != ABSENT && size != ABSENT {
        for kind in 0..3u32 {
            let base = read::at(module, memory + (MOD_INIT_TEXT + kind) * size);
            segment.init_memory[kind as usize] = base.unwrap_or(0);
        }
    } else if maps::MODULE_INIT_LAYOUT.load() != ABSENT {
        let layout = module.wrapping_add(u64::from(maps::MODULE_INIT_LAYOUT.load()));
        segment.init_memory[0] = read::at(layout, maps::LAYOUT_BASE.load()).unwrap_or(0);
    }
    seen(module, 0)
}

/// Tracepoint `initcall_finish(initcall_t func, int ret)`
#[inline(always)]
pub(crate) fn initcall_finish(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    load.segment.flags &= !SEGMENT_IN_INIT;
    seen(args.arg(0), sign_extend(args.arg(1)))
}

/// Return of `int do_one_initcall(initcall_t fn)`
#[inline(always)]
pub(crate) fn initcall_return(load: &mut LoadState, ret: u64) -> Seen {
    load.segment.flags &= !SEGMENT_IN_INIT;
    Seen {
        a: 0,
        b: sign_extend(ret),
        flags: 0,
    }
}

/// `blocking_notifier_call_chain(struct blocking_notifier_head *nh, unsigned long val, void *v)`
#[inline(always)]
pub(crate) fn notify(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    let state = args.arg(1);
    if args.arg(2) != load.segment.module || load.segment.module == 0 {
        return None;
    }
    if state == MODULE_STATE_LIVE || state == MODULE_STATE_GOING {
        load.segment.flags &= !SEGMENT_IN_INIT;
    }
    seen(state, 0)
}

/// A function whose first argument is the `struct module *` of this load.
#[inline(always)]
pub(crate) fn of_module(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    (args.arg(0) == load.segment.module).then(Seen::default)
}

/// `set_memory_*(unsigned long addr, int numpages)`
#[inline(always)]
pub(crate) fn two_args(_load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    seen(args.arg(0), args.arg(1) & 0xffff_ffff)
}

/// `call_usermodehelper_exec(struct subprocess_info *sub_info, int wait)`
#[inline(always)]
pub(crate) fn helper_exec(load: &mut LoadState, args: &impl Args, now: u64) -> Option<Seen> {
    let Header {
        pid_tgid, start_ns, ..
    } = load.segment.header;
    helper(KIND_HELPER_REQUEST, pid_tgid, start_ns, now, args.arg(0));
    seen(args.arg(0), 0)
}

/// Entry extractor for hooks without values.
#[inline(always)]
pub(crate) fn none(_load: &mut LoadState, _args: &impl Args, _now: u64) -> Option<Seen> {
    seen(0, 0)
}

/// Return extractors.
pub(crate) mod returned {
    use super::{LoadState, Seen, sign_extend};

    /// Nothing of the return value is kept.
    #[inline(always)]
    pub(crate) fn none(_load: &mut LoadState, _ret: u64) -> Seen {
        Seen::default()
    }

    /// An `int`: 0 or -errno.
    #[inline(always)]
    pub(crate) fn status(_load: &mut LoadState, ret: u64) -> Seen {
        Seen {
            a: sign_extend(ret),
            b: 0,
            flags: 0,
        }
    }

    /// A pointer.
    #[inline(always)]
    pub(crate) fn value(_load: &mut LoadState, ret: u64) -> Seen {
        Seen {
            a: ret,
            b: 0,
            flags: 0,
        }
    }

    pub(crate) use super::initcall_return;
}

/// Extractors of hooks that count in any task.
pub(crate) mod anywhere {
    use super::*;

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
            freed(pid_tgid, args.arg(0));
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
            helper(
                KIND_HELPER_TASK,
                bpf_get_current_pid_tgid(),
                0,
                load::now(),
                args.arg(0),
            );
        }
    }
}

#[inline(always)]
fn sign_extend(value: u64) -> u64 {
    i64::from(value as i32) as u64
}

#[inline(always)]
fn module_name(segment: &mut Segment, at: u64, offset: u32) {
    if segment.module_name[0] == 0 {
        read::name(at, offset, &mut segment.module_name);
    }
}

#[inline(always)]
fn send<T: Copy + 'static>(record: T) {
    if let Some(mut entry) = EVENTS.reserve::<T>(0) {
        entry.write(record);
        entry.submit(0);
        count(Counter::Sent);
    } else {
        count(Counter::LostRecords);
    }
}

#[inline(always)]
fn header(kind: u16, pid_tgid: u64, start_ns: u64) -> Header {
    Header {
        kind,
        version: WIRE_VERSION,
        count: 0,
        pid_tgid,
        start_ns,
    }
}

#[inline(always)]
fn helper(kind: u16, pid_tgid: u64, start_ns: u64, time_ns: u64, subprocess: u64) {
    send(Helper {
        header: header(kind, pid_tgid, start_ns),
        time_ns,
        subprocess,
    });
}

#[inline(always)]
fn freed(pid_tgid: u64, address: u64) {
    let batch_ns = FREEING_SINCE.get();
    send(Freed {
        header: header(KIND_FREED, pid_tgid, 0),
        batch_ns,
        time_ns: load::now(),
        address,
    });
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

#[inline(always)]
fn kernel_params(segment: &mut Segment, at: u64) {
    if segment.flags & SEGMENT_PARAMS_SENT != 0 || read::at::<u8>(at, 0).unwrap_or(0) == 0 {
        return;
    }
    send_params(segment, |into| {
        // SAFETY: the helper checks the address and writes at most the length of `into`.
        unsafe { bpf_probe_read_kernel_str_bytes(at as *const u8, into) }.map(<[u8]>::len)
    });
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
        entry.discard(0);
        return;
    };
    text.header = header(KIND_TEXT, segment.header.pid_tgid, segment.header.start_ns);
    text.header.count = length as u32;
    text.what = TEXT_PARAMS;
    text.truncated = u16::from(length == TEXT_BYTES - 1);
    text.reserved = 0;
    entry.submit(0);
    count(Counter::Sent);
    segment.flags |= SEGMENT_PARAMS_SENT;
}
