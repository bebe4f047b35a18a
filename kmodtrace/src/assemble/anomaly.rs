//! Events that fit nowhere.

use crate::{event::LoadKey, model::LoadId};

/// An event that could not be used, or a load that could not be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Anomaly {
    /// A segment came twice, or after a later one.
    #[error("segment {number} of load {} came out of turn", LoadId(*.key))]
    OutOfTurn {
        /// Which load.
        key: LoadKey,
        /// The segment's number.
        number: u32,
    },
    /// A record of a load that was told already.
    #[error("a record of load {} came after its end", LoadId(*.0))]
    Late(LoadKey),
    /// A second parameter string, or a string of an unknown kind.
    #[error("an unexpected string of kind {what} of load {}", LoadId(*.key))]
    Text {
        /// Which load.
        key: LoadKey,
        /// Which kind.
        what: u16,
    },
    /// Too many loads or marks were waiting for their ends: the oldest load was given up.
    #[error("load {} was given up: too much in flight", LoadId(*.0))]
    Evicted(LoadKey),
    /// More marks than are kept of one load; the segment's were dropped.
    #[error("load {} has too many marks", LoadId(*.0))]
    TooLong(LoadKey),
    /// Nothing but its parameters came of this load.
    #[error("nothing is known of load {} but its parameters", LoadId(*.0))]
    OnlyText(LoadKey),
    /// Not one of the system calls that load modules.
    #[error("load {} claims to be system call {syscall}", LoadId(*.key))]
    Syscall {
        /// Which load.
        key: LoadKey,
        /// The hook that it names as its system call.
        syscall: u32,
    },
}
