//! Loads, their phases and updates: what renderers print.

mod contest;
mod facts;
mod load;
mod memory;
mod overhead;
mod summary;
mod unload;

pub use contest::{Allocation, Contest, Over};
pub use facts::{
    Caller, Exports, Facts, FileFacts, Identity, Init, LogLine, NamedCall, Refusal, Registration,
    Relocation, Request, Signature, Since, SymbolLookup, UserTime,
};
pub use load::{
    Anchor, Bounds, Call, CallValue, Errno, Load, LoadId, Outcome, Parent, PhaseSpan, Symbols,
    Syscall, Update,
};
pub use memory::{
    Memory, PAGE_BYTES, PerCpu, PermissionChange, Permissions, Region, RegionKind, Section, Verdict,
};
pub use overhead::Overhead;
pub use summary::{Failing, Lost, MAX_FAILING, Summary, Unfinished};
pub use unload::{Held, Unload, UnloadSpan, is_between_states};
