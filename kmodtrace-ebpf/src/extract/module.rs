//! Extractors of the load proper.

use kmodtrace_common::wire::{
    BLOB_INIT_SYMBOL, LoadState, MEMORY_INIT, NAME_BYTES, SEGMENT_IN_INIT, Segment,
};

use super::{Seen, caller, facts, image, seen, sign_extend};
use crate::{args::Args, blob, load, maps, read};

/// `enum module_state`.
const MODULE_STATE_LIVE: u64 = 0;
const MODULE_STATE_COMING: u64 = 1;
const MODULE_STATE_GOING: u64 = 2;

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
    facts::memory(&mut load.facts, load.segment.module);
    seen(load.segment.module, 0)
}

/// `__mod_tree_insert(struct mod_tree_node *node)`; the module is the node's first member.
#[inline(always)]
pub(crate) fn tree_node_insert(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    load.segment.module = read::at(args.arg(0), 0).unwrap_or(0);
    facts::memory(&mut load.facts, load.segment.module);
    seen(load.segment.module, 0)
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
    caller::kernel_params(&mut load.segment, args.arg(1));
    seen(0, 0)
}

/// `vfree(const void *addr)`
#[inline(always)]
pub(crate) fn vfree(load: &mut LoadState, args: &impl Args, now: u64) -> Option<Seen> {
    if load.segment.copy == 0 || args.opaque(0) != load.segment.copy {
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
    image::send(load);
    seen(load.segment.copy, 0)
}

/// `do_init_module(struct module *mod)`
#[inline(always)]
pub(crate) fn do_init(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    let module = args.arg(0);
    let segment = &mut load.segment;
    segment.module = module;
    segment.flags |= SEGMENT_IN_INIT;
    module_name(segment, module, maps::MODULE_NAME.load());
    facts::before_init(&mut load.facts, module);
    for kind in 0..load.segment.init_memory.len() {
        load.segment.init_memory[kind] = load.facts.memory[MEMORY_INIT + kind].base;
    }
    // Later the kernel forgets the names of what is in init memory.
    if load.facts.init != 0 {
        blob::symbol(load, BLOB_INIT_SYMBOL, load.facts.init);
    }
    seen(module, 0)
}

/// Tracepoint `initcall_finish(initcall_t func, int ret)`
#[inline(always)]
pub(crate) fn initcall_finish(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    load.segment.flags &= !SEGMENT_IN_INIT;
    seen(args.arg(0), sign_extend(args.arg(1)))
}

/// `blocking_notifier_call_chain(struct blocking_notifier_head *nh, unsigned long val, void *v)`
#[inline(always)]
pub(crate) fn notify(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    let state = args.arg(1);
    if load.segment.module == 0 && state == MODULE_STATE_GOING && load::is_unload(&load.segment) {
        unloaded(load, args.arg(2));
    }
    if args.arg(2) != load.segment.module || load.segment.module == 0 {
        return None;
    }
    if state == MODULE_STATE_LIVE || state == MODULE_STATE_GOING {
        load.segment.flags &= !SEGMENT_IN_INIT;
    }
    seen(state, 0)
}

/// The module that is being unloaded is seen for the first time, if it is the one that was named.
#[inline(always)]
fn unloaded(load: &mut LoadState, module: u64) {
    let mut name = [0; NAME_BYTES];
    read::name(module, maps::MODULE_NAME.load(), &mut name);
    // The names end with NULs; the first eight bytes tell modules apart from what else is announced.
    if name[0] != 0 && name[..8] == load.segment.module_name[..8] {
        load.segment.module = module;
        facts::before_init(&mut load.facts, module);
    }
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

/// `notifier(struct notifier_block *, unsigned long val, void *data)`; `data` is the module.
#[inline(always)]
pub(crate) fn notifier(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    if args.arg(2) != load.segment.module {
        return None;
    }
    seen(args.arg(1), 0)
}

#[inline(always)]
fn module_name(segment: &mut Segment, at: u64, offset: u32) {
    if segment.module_name[0] == 0 {
        read::name(at, offset, &mut segment.module_name);
    }
}
