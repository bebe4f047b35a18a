//! Loads, their phases and updates: what renderers print.

mod facts;
mod load;
mod memory;
mod summary;
mod unload;

pub use facts::{
    Caller, Exports, Facts, FileFacts, Firmware, Identity, Init, LogLine, Registration, Relocation,
    Request, Signature, Since, SymbolLookup, UserTime,
};
pub use load::{
    Anchor, Bounds, Call, CallValue, Errno, Load, LoadId, Outcome, Parent, PhaseSpan, Symbols,
    Syscall, Update,
};
pub use memory::{
    Memory, PAGE_BYTES, PerCpu, PermissionChange, Permissions, Region, RegionKind, Section, Verdict,
};
pub use summary::{Summary, Unfinished};
pub use unload::{Held, Unload, UnloadSpan};
