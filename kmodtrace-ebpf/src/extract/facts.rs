//! What `struct module` says of itself.

use kmodtrace_common::{
    offsets::ABSENT,
    wire::{
        Facts, KNOWN_END, KNOWN_LAYOUT, KNOWN_MEMORY, KNOWN_MODULE, LoadState, MEMORY_CORE,
        MEMORY_INIT, MEMORY_KINDS, Memory, SINCE_LOAD,
    },
};

use crate::{
    load,
    maps::{self, InUserSpace, PROCESSES},
    read,
};

/// `MODULE_REF_BASE`: the reference that a module holds itself.
const OWN_REFERENCE: i32 = 1;

/// The module's memory, as far as it was allocated.
#[inline(always)]
pub(crate) fn memory(facts: &mut Facts, module: u64) {
    let (array, stride) = (maps::MODULE_MEM.load(), maps::MODULE_MEMORY_SIZE.load());
    if array != ABSENT && stride != ABSENT {
        for kind in 0..MEMORY_KINDS {
            let at = module.wrapping_add(u64::from(array + kind as u32 * stride));
            (facts.memory[kind].base, facts.memory[kind].size) = module_memory(at);
        }
        facts.known |= KNOWN_MEMORY;
    } else if maps::MODULE_CORE_LAYOUT.load() != ABSENT {
        let core = module.wrapping_add(u64::from(maps::MODULE_CORE_LAYOUT.load()));
        facts.memory[MEMORY_CORE] = layout(core);
        let init = module.wrapping_add(u64::from(maps::MODULE_INIT_LAYOUT.load()));
        facts.memory[MEMORY_INIT] = layout(init);
        facts.known |= KNOWN_LAYOUT;
    }
}

/// Address and size of a `struct module_memory`, since Linux 6.4, whose first member is the address. In one read
/// where the size is one of the two words behind it, as everywhere so far.
#[inline(always)]
fn module_memory(at: u64) -> (u64, u32) {
    let behind = match maps::MEMORY_SIZE.load() {
        8 => 0,
        12 => 1,
        other => {
            let size = read::at(at, other).unwrap_or(0);
            return (read::at(at, 0).unwrap_or(0), size);
        }
    };
    let begins: Begin = read::at(at, 0).unwrap_or_default();
    (begins.base, begins.words[behind])
}

/// What a `struct module_memory` begins with.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Begin {
    base: u64,
    words: [u32; 2],
}

/// `struct module_layout`, before Linux 6.4.
#[inline(always)]
fn layout(at: u64) -> Memory {
    Memory {
        base: read::at(at, maps::LAYOUT_BASE.load()).unwrap_or(0),
        size: read::at(at, maps::LAYOUT_SIZE.load()).unwrap_or(0),
        text_size: read::at(at, maps::LAYOUT_TEXT_SIZE.load()).unwrap_or(0),
        ro_size: read::at(at, maps::LAYOUT_RO_SIZE.load()).unwrap_or(0),
        ro_after_init_size: read::at(at, maps::LAYOUT_RO_AFTER_INIT_SIZE.load()).unwrap_or(0),
    }
}

/// Everything that stands when init is about to begin.
#[inline(always)]
pub(crate) fn before_init(facts: &mut Facts, module: u64) {
    // Where it lies has not changed since it was allocated.
    if facts.known & (KNOWN_MEMORY | KNOWN_LAYOUT) == 0 {
        memory(facts, module);
    }
    if maps::MODULE_STATE.load() == ABSENT {
        return;
    }
    facts.taints = read::at(module, maps::MODULE_TAINTS.load()).unwrap_or(0);
    facts.init = read::at(module, maps::MODULE_INIT.load()).unwrap_or(0);
    facts.percpu = read::at(module, maps::MODULE_PERCPU.load()).unwrap_or(0);
    let bytes = read::at::<u32>(module, maps::MODULE_PERCPU_SIZE.load());
    facts.percpu_bytes = u64::from(bytes.unwrap_or(0));
    facts.exports = read::at(module, maps::MODULE_NUM_SYMS.load()).unwrap_or(0);
    facts.gpl_exports = read::at(module, maps::MODULE_NUM_GPL_SYMS.load()).unwrap_or(ABSENT);
    let signed = read::at::<u8>(module, maps::MODULE_SIG_OK.load());
    facts.signature_ok = u32::from(signed.unwrap_or(0) != 0);
    facts.build_id = read::at(module, maps::MODULE_BUILD_ID.load()).unwrap_or_default();
    facts.known |= KNOWN_MODULE;
}

/// What stands when the system call returns; from here on the process is in user space again.
#[inline(always)]
pub(crate) fn at_end(load: &mut LoadState, end_ns: u64) {
    let module = load.segment.module;
    let facts = &mut load.facts;
    if load.segment.ret == 0
        && !load::is_unload(&load.segment)
        && facts.known & KNOWN_MODULE != 0
        && let Some(state) = read::at(module, maps::MODULE_STATE.load())
    {
        facts.state = state;
        let references: i32 = read::at(module, maps::MODULE_REFCNT.load()).unwrap_or(0);
        facts.references = references.wrapping_sub(OWN_REFERENCE);
        facts.known |= KNOWN_END;
    }
    if maps::BRIEF.load() != 0 {
        return;
    }
    let process = (load.segment.header.pid_tgid >> 32) as u32;
    if let Some(known) = PROCESSES.get_ptr_mut(process) {
        // SAFETY: the map gave a valid pointer; only the process's own hits write to its entry.
        unsafe {
            *known = InUserSpace {
                since_ns: end_ns,
                since: u64::from(SINCE_LOAD),
            };
        }
    }
}
