//! What the values of a hook's marks mean: for outputs, and for redaction.

use std::sync::LazyLock;

use super::{HookId, by_hook::ByHook};

/// Which number of which mark.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ValueOf {
    /// First value at the entry, or of the tracepoint.
    EntryA,
    /// Second value there.
    EntryB,
    /// What the function returned.
    Return,
}

/// What kind of number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ValueKind {
    /// A kernel address.
    Address,
    /// A count or a size, in the unit that the name says.
    Number,
    /// A signed number: 0 or -errno.
    Status,
}

/// A value of a hook. Redaction passes on no other addresses than those that stand here.
#[derive(Clone, Copy, Debug)]
pub struct Value {
    /// The hook.
    pub hook: HookId,
    /// Where it stands.
    pub of: ValueOf,
    /// Its name, with its unit if it has one; empty if outputs do not show it.
    pub name: &'static str,
    /// What kind of number it is.
    pub kind: ValueKind,
}

const fn row(hook: HookId, of: ValueOf, name: &'static str, kind: ValueKind) -> Value {
    Value {
        hook,
        of,
        name,
        kind,
    }
}

/// Every value, in order of the hooks.
pub static VALUES: &[Value] = {
    use HookId as H;
    use ValueKind::{Address, Number, Status};
    use ValueOf::{EntryA, EntryB, Return};
    &[
        row(H::READ_FILE, EntryA, "", Address),
        row(H::DECOMPRESS, EntryA, "compressed_bytes", Number),
        row(H::LOAD_MODULE, EntryA, "image_bytes", Number),
        row(H::LOAD_MODULE, Return, "status", Status),
        row(H::SIG_CHECK, Return, "status", Status),
        row(H::VERIFY_SIG, Return, "status", Status),
        row(H::EXECMEM_ALLOC, EntryA, "bytes", Number),
        row(H::EXECMEM_ALLOC, EntryB, "memory_type", Number),
        row(H::EXECMEM_ALLOC, Return, "address", Address),
        row(H::MODULE_ALLOC, EntryA, "bytes", Number),
        row(H::MODULE_ALLOC, Return, "address", Address),
        row(H::TREE_INSERT, EntryA, "module", Address),
        row(H::TREE_NODE_INSERT, EntryA, "module", Address),
        row(H::APPLY_RELOCATE, EntryA, "section", Number),
        row(H::COMING_CHAIN, EntryA, "state", Number),
        row(H::VFREE, EntryA, "address", Address),
        row(H::DECOMPRESS_CLEANUP, EntryA, "address", Address),
        row(H::DO_INIT, EntryA, "module", Address),
        row(H::INITCALL_FINISH, EntryA, "function", Address),
        row(H::INITCALL_FINISH, EntryB, "status", Status),
        row(H::NOTIFY, EntryA, "state", Number),
        row(H::MEM_FREE, EntryA, "address", Address),
        row(H::HELPER_EXEC, EntryA, "subprocess", Address),
        row(H::SET_MEMORY_RO, EntryA, "address", Address),
        row(H::SET_MEMORY_RO, EntryB, "pages", Number),
        row(H::SET_MEMORY_RW, EntryA, "address", Address),
        row(H::SET_MEMORY_RW, EntryB, "pages", Number),
        row(H::SET_MEMORY_X, EntryA, "address", Address),
        row(H::SET_MEMORY_X, EntryB, "pages", Number),
        row(H::SET_MEMORY_NX, EntryA, "address", Address),
        row(H::SET_MEMORY_NX, EntryB, "pages", Number),
        row(H::SET_MEMORY_ROX, EntryA, "address", Address),
        row(H::SET_MEMORY_ROX, EntryB, "pages", Number),
        row(H::RESTORE_ROX, EntryA, "address", Address),
        row(H::RESTORE_ROX, EntryB, "bytes", Number),
        row(H::NOTIFY_JUMP_LABEL, EntryA, "state", Number),
        row(H::NOTIFY_STATIC_CALL, EntryA, "state", Number),
        row(H::NOTIFY_KPROBES, EntryA, "state", Number),
        row(H::NOTIFY_BTF, EntryA, "state", Number),
        row(H::NOTIFY_TRACEPOINTS, EntryA, "state", Number),
    ]
};

/// The values of one hook.
#[must_use]
pub fn values_of(hook: HookId) -> &'static [&'static Value] {
    static ROWS: LazyLock<ByHook<Value>> = LazyLock::new(|| ByHook::new(VALUES, |row| row.hook));
    ROWS.of(hook)
}
