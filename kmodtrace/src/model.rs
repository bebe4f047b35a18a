//! Loads, their phases and updates: what renderers print.

mod load;
mod summary;

pub use load::{
    Anchor, Bounds, Call, CallValue, Errno, Load, LoadId, Outcome, Parent, PhaseSpan, Symbols,
    Syscall, Update,
};
pub use summary::{Summary, Unfinished};
