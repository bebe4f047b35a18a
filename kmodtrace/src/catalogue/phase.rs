//! The phases of a load.

use serde::{Deserialize, Serialize};

/// A phase of a load. The order is the kernel's (`kernel/module/main.c`, `load_module()`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The file is read, or the image copied from user space.
    Read,
    /// A compressed file is decompressed in the kernel.
    Decompress,
    /// The appended signature is looked for and verified.
    Signature,
    /// The ELF file is parsed and validated; early checks (blacklist, version magic, duplicates).
    Elf,
    /// Sections are laid out.
    Layout,
    /// Memory is allocated, with the zeroing between allocations.
    Alloc,
    /// Sections are copied into place.
    Copy,
    /// The module enters the module list and the address tree.
    Insert,
    /// Per-CPU area, section look-up, licence and modinfo.
    Sections,
    /// Undefined symbols are resolved.
    Symbols,
    /// Relocations are applied.
    Relocate,
    /// kallsyms and the architecture's part: alternatives, returns, jump labels.
    Finalize,
    /// Parameter string copied, ftrace records and bug tables set up.
    Prepare,
    /// Memory gets its final permissions.
    Permissions,
    /// ftrace is enabled for the module's call sites.
    Ftrace,
    /// Livepatch and COMING notifiers.
    Coming,
    /// Parameters are parsed.
    Params,
    /// sysfs entries are made.
    Sysfs,
    /// The temporary copy of the image is freed.
    Cleanup,
    /// The module's init function.
    Init,
    /// LIVE notifiers, wait for asynchronous work, read-only after init.
    Live,
    /// From the end of `load_module` to the end of the system call.
    Return,
    /// Wait for another load of this module or file, wherever it happens.
    Wait,
    /// From the failing call's return to the end of `load_module`.
    Unwind,
}

impl Phase {
    /// Every phase, in kernel order; [`Phase::Wait`] and [`Phase::Unwind`] come last.
    pub const ALL: [Self; 24] = [
        Self::Read,
        Self::Decompress,
        Self::Signature,
        Self::Elf,
        Self::Layout,
        Self::Alloc,
        Self::Copy,
        Self::Insert,
        Self::Sections,
        Self::Symbols,
        Self::Relocate,
        Self::Finalize,
        Self::Prepare,
        Self::Permissions,
        Self::Ftrace,
        Self::Coming,
        Self::Params,
        Self::Sysfs,
        Self::Cleanup,
        Self::Init,
        Self::Live,
        Self::Return,
        Self::Wait,
        Self::Unwind,
    ];

    /// The name used in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Decompress => "decompress",
            Self::Signature => "signature",
            Self::Elf => "elf",
            Self::Layout => "layout",
            Self::Alloc => "alloc",
            Self::Copy => "copy",
            Self::Insert => "insert",
            Self::Sections => "sections",
            Self::Symbols => "symbols",
            Self::Relocate => "relocate",
            Self::Finalize => "finalize",
            Self::Prepare => "prepare",
            Self::Permissions => "permissions",
            Self::Ftrace => "ftrace",
            Self::Coming => "coming",
            Self::Params => "params",
            Self::Sysfs => "sysfs",
            Self::Cleanup => "cleanup",
            Self::Init => "init",
            Self::Live => "live",
            Self::Return => "return",
            Self::Wait => "wait",
            Self::Unwind => "unwind",
        }
    }

    /// True for phases that every load passes through which gets past them: where their beginning is
    /// not seen, the phase before covers them.
    #[must_use]
    pub fn always_happens(self) -> bool {
        !matches!(self, Self::Decompress | Self::Wait | Self::Unwind)
    }
}
