//! What the calls that change memory permissions do.

use super::HookId;

/// One such call.
#[derive(Clone, Copy, Debug)]
pub struct Protection {
    /// Its hook: the first value is the address, the second how much.
    pub hook: HookId,
    /// Whether the memory can be written to afterwards; `None` if that does not change.
    pub write: Option<bool>,
    /// Whether it can be executed afterwards; `None` if that does not change.
    pub execute: Option<bool>,
    /// True if it counts in bytes, false if in pages.
    pub in_bytes: bool,
}

const fn row(hook: HookId, write: Option<bool>, execute: Option<bool>) -> Protection {
    Protection {
        hook,
        write,
        execute,
        in_bytes: false,
    }
}

/// Every such call.
pub static PROTECTIONS: &[Protection] = &[
    row(HookId::SET_MEMORY_RO, Some(false), None),
    row(HookId::SET_MEMORY_RW, Some(true), None),
    row(HookId::SET_MEMORY_X, None, Some(true)),
    row(HookId::SET_MEMORY_NX, None, Some(false)),
    row(HookId::SET_MEMORY_ROX, Some(false), Some(true)),
    Protection {
        in_bytes: true,
        ..row(HookId::RESTORE_ROX, Some(false), Some(true))
    },
];
