//! Where phases begin and end: the second half of the catalogue.
//!
//! A load only ever moves forward through the phases. Each row says what one kind of mark means for
//! that: a hook that is not in a kernel simply never makes its mark, and the phase before then covers
//! the one that was not seen to begin. Code that runs in a gap between two anchors is named here; only
//! such a gap may be filled by an inferred phase.

use std::sync::LazyLock;

use kmodtrace_common::wire;

use super::{HookId, by_hook::ByHook, phase::Phase};

/// Which hit of a hook.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Edge {
    /// At the function's entry.
    Entry,
    /// At its return.
    Return,
    /// The tracepoint fired.
    Tracepoint,
}

impl Edge {
    /// The name used in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Return => "return",
            Self::Tracepoint => "tracepoint",
        }
    }

    /// The edge of a mark, one of the `wire::EDGE_` constants.
    #[must_use]
    pub fn of_wire(edge: u8) -> Option<Self> {
        match edge {
            wire::EDGE_ENTRY => Some(Self::Entry),
            wire::EDGE_RETURN => Some(Self::Return),
            wire::EDGE_TRACEPOINT => Some(Self::Tracepoint),
            _ => None,
        }
    }
}

/// What the mark's values must be for the row to apply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// Anything.
    Always,
    /// `a`, as a signed number, is an error.
    Fails,
    /// `a` is 0: no memory.
    IsNull,
    /// `b`, as a signed number, is an error.
    InitFails,
    /// `a` is this `enum module_state`.
    State(u64),
    /// The hook named is not attached: a fall-back.
    Without(HookId),
    /// `a` is the address of memory that this load has allocated.
    OwnMemory,
    /// The load has not reached this phase yet.
    Before(Phase),
    /// The load has reached this phase.
    Reached(Phase),
}

/// What a mark means for the phases.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// The entry of the function that begins this phase; exact for the end of the one before too.
    Begin(Phase),
    /// The return of the function that ends the first phase. The second one fills the gap up to the
    /// next border: its beginning is inferred.
    EndInto(Phase, Phase),
    /// As [`Step::Begin`], but dropped again if another border follows: the phase before went on.
    BeginTentative(Phase),
    /// The return of the function that ends the load proper: whatever phase it is in ends exactly
    /// here, this one fills the rest.
    EndAllInto(Phase),
    /// A failing call has returned, or the first step of cleaning up begins: the load is unwound.
    Unwind,
}

/// One row: a mark and what it means.
#[derive(Clone, Copy, Debug)]
pub struct Border {
    /// The hook.
    pub hook: HookId,
    /// Which hit of it.
    pub edge: Edge,
    /// Which values.
    pub when: When,
    /// What it means.
    pub step: Step,
}

const fn row(hook: HookId, edge: Edge, when: When, step: Step) -> Border {
    Border {
        hook,
        edge,
        when,
        step,
    }
}

const GOING: u64 = 2;
const LIVE: u64 = 0;

/// Every border, in kernel order. For one mark the first row that applies counts.
pub static BORDERS: &[Border] = {
    use Edge::{Entry, Tracepoint};
    use HookId as H;
    use Phase::*;
    use Step::{Begin, BeginTentative, EndAllInto, EndInto};
    use When::{Always, Before, Fails, InitFails, IsNull, OwnMemory, Reached, State, Without};
    &[
        // Argument checks, security hooks and the look-up of the file belong to `read`.
        row(H::SYS_INIT_MODULE, Entry, Always, Begin(Read)),
        row(H::SYS_FINIT_MODULE, Entry, Always, Begin(Read)),
        row(H::IDEMPOTENT, Entry, Always, BeginTentative(Wait)),
        row(H::READ_FILE, Entry, Always, Begin(Read)),
        row(H::COPY_FROM_USER, Entry, Always, Begin(Read)),
        row(H::DECOMPRESS, Entry, Always, Begin(Decompress)),
        // The signature check is the first thing load_module() does.
        row(H::LOAD_MODULE, Entry, Always, Begin(Signature)),
        row(H::SIG_CHECK, Edge::Return, Fails, Step::Unwind),
        row(H::VERIFY_SIG, Edge::Return, Fails, Step::Unwind),
        row(H::SIG_CHECK, Edge::Return, Always, EndInto(Signature, Elf)),
        row(H::VERIFY_SIG, Edge::Return, Always, EndInto(Signature, Elf)),
        row(H::FINISHED_LOADING, Entry, Always, Begin(Wait)),
        row(H::FROB_ARCH, Entry, Always, Begin(Layout)),
        row(H::EXECMEM_ALLOC, Entry, Always, Begin(Alloc)),
        row(H::MODULE_ALLOC, Entry, Always, Begin(Alloc)),
        row(H::EXECMEM_ALLOC, Edge::Return, IsNull, Step::Unwind),
        row(H::MODULE_ALLOC, Edge::Return, IsNull, Step::Unwind),
        row(H::EXECMEM_ALLOC, Edge::Return, Always, EndInto(Alloc, Copy)),
        row(H::MODULE_ALLOC, Edge::Return, Always, EndInto(Alloc, Copy)),
        // Called among the early checks too; the second call is the first step of the insertion.
        row(H::CHECK_EXISTS, Entry, Reached(Alloc), Begin(Insert)),
        row(H::TREE_INSERT, Entry, Always, Begin(Insert)),
        row(H::TREE_NODE_INSERT, Entry, Always, Begin(Insert)),
        row(
            H::TREE_INSERT,
            Edge::Return,
            Always,
            EndInto(Insert, Sections),
        ),
        row(
            H::TREE_NODE_INSERT,
            Edge::Return,
            Always,
            EndInto(Insert, Sections),
        ),
        row(H::RESOLVE_SYMBOL, Entry, Always, Begin(Symbols)),
        row(H::APPLY_RELOCATE, Entry, Always, Begin(Relocate)),
        row(H::ADD_KALLSYMS, Entry, Always, Begin(Finalize)),
        row(H::FINALIZE, Entry, Always, Begin(Finalize)),
        row(H::COPY_ARGS, Entry, Always, Begin(Prepare)),
        row(H::PROTECT, Entry, Always, Begin(Permissions)),
        row(
            H::PROTECT_END,
            Edge::Return,
            Always,
            EndInto(Permissions, Ftrace),
        ),
        row(H::KLP_COMING, Entry, Always, Begin(Coming)),
        row(H::COMING_CHAIN, Entry, Always, Begin(Coming)),
        row(H::PARSE_ARGS, Entry, Always, Begin(Params)),
        row(H::SYSFS, Entry, Always, Begin(Sysfs)),
        // The temporary copy is freed early only when the load fails.
        row(H::VFREE, Entry, Before(Sysfs), Step::Unwind),
        row(H::DECOMPRESS_CLEANUP, Entry, Before(Sysfs), Step::Unwind),
        row(H::VFREE, Entry, Always, Begin(Cleanup)),
        row(H::DECOMPRESS_CLEANUP, Entry, Always, Begin(Cleanup)),
        row(H::DO_INIT, Entry, Always, Begin(Init)),
        row(H::INITCALL_FINISH, Tracepoint, InitFails, Step::Unwind),
        row(H::ONE_INITCALL, Edge::Return, InitFails, Step::Unwind),
        row(
            H::INITCALL_FINISH,
            Tracepoint,
            Without(H::NOTIFY),
            EndInto(Init, Live),
        ),
        row(
            H::ONE_INITCALL,
            Edge::Return,
            Without(H::NOTIFY),
            EndInto(Init, Live),
        ),
        row(H::NOTIFY, Entry, State(LIVE), Begin(Live)),
        row(H::NOTIFY, Entry, State(GOING), Step::Unwind),
        row(H::UNLOAD_FREE, Entry, Always, Step::Unwind),
        row(H::ARCH_CLEANUP, Entry, Always, Step::Unwind),
        row(H::MEM_FREE, Entry, OwnMemory, Step::Unwind),
        row(H::LOAD_MODULE, Edge::Return, Always, EndAllInto(Return)),
    ]
};

/// The rows of one hook, in the same order.
#[must_use]
pub fn borders_of(hook: HookId) -> &'static [&'static Border] {
    static ROWS: LazyLock<ByHook<Border>> = LazyLock::new(|| ByHook::new(BORDERS, |row| row.hook));
    ROWS.of(hook)
}

/// The phase that this hook's successful return ends, and the one that fills the gap behind it.
#[must_use]
pub fn ends(hook: HookId) -> Option<(Phase, Phase)> {
    BORDERS.iter().find_map(|row| match row.step {
        Step::EndInto(phase, follower) if row.hook == hook => Some((phase, follower)),
        _ => None,
    })
}

/// True for hooks whose return value is the address of memory for the module.
#[must_use]
pub fn allocates(hook: HookId) -> bool {
    matches!(hook, HookId::EXECMEM_ALLOC | HookId::MODULE_ALLOC)
}

/// True for hooks whose function every load calls that gets as far: that it was not hit then says
/// something. An unsigned file has no signature to verify.
#[must_use]
pub fn always_called(hook: HookId) -> bool {
    hook != HookId::VERIFY_SIG
}

/// The code that runs in the gap that an inferred phase fills (`kernel/module/main.c`, 5.10 to 7.3).
#[must_use]
pub fn code_in_gap(phase: Phase) -> Option<&'static str> {
    Some(match phase {
        Phase::Elf => {
            "elf_validity_check, setup_load_info, blacklisted, rewrite_section_headers, check_modinfo"
        }
        Phase::Copy => {
            "memset of the last block, memcpy of every section (move_module), add_unformed_module"
        }
        Phase::Sections => {
            "percpu_modalloc, module_unload_init, find_module_sections, licence checks, setup_modinfo"
        }
        Phase::Ftrace => "prepare_coming_module: ftrace_module_enable",
        Phase::Live => "LIVE notifiers, async_synchronize_full, read-only after init",
        Phase::Return => "release of the file and of its buffer",
        _ => return None,
    })
}
