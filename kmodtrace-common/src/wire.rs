//! The records of the ring buffer.
//!
//! Every record begins with a [`Header`]. All integers are in the machine's byte order, times are
//! nanoseconds of `CLOCK_MONOTONIC`, structures are `repr(C)` without implicit padding. A load is
//! identified by `(pid_tgid, start_ns)`.
//!
//! What a load did is a list of [`Mark`]s, collected in the kernel and sent as one [`Segment`] when
//! the load ends (or earlier, when the list is full). What it was about comes before that: [`Facts`]
//! of fixed size, and [`Blob`]s.

/// Structures as both sides of the ring buffer see them.
macro_rules! records {
    ($($(#[$attribute:meta])* pub struct $name:ident { $($body:tt)* })+) => {
        $(
            $(#[$attribute])*
            #[repr(C)]
            #[cfg_attr(
                feature = "user",
                derive(
                    zerocopy::FromBytes,
                    zerocopy::IntoBytes,
                    zerocopy::KnownLayout,
                    zerocopy::Immutable
                )
            )]
            pub struct $name { $($body)* }
        )+
    };
}

mod facts;
mod load;
#[cfg(feature = "user")]
pub mod meaning;
mod small;
mod text;

pub use facts::*;
pub use load::*;
pub use small::*;
pub use text::*;

/// Version of the records below; recordings carry it.
pub const WIRE_VERSION: u16 = 1;

/// `kind` of [`Segment`] records.
pub const KIND_SEGMENT: u16 = 1;
/// `kind` of [`Text`] records.
pub const KIND_TEXT: u16 = 2;
/// `kind` of [`Helper`] records: a loading task asks for a helper process.
pub const KIND_HELPER_REQUEST: u16 = 3;
/// `kind` of [`Helper`] records: the helper process exists.
pub const KIND_HELPER_TASK: u16 = 4;
/// `kind` of [`Freed`] records.
pub const KIND_FREED: u16 = 5;
/// `kind` of [`Facts`] records.
pub const KIND_FACTS: u16 = 6;
/// `kind` of [`Blob`] records.
pub const KIND_BLOB: u16 = 7;
/// `kind` of [`Request`] records.
pub const KIND_REQUEST: u16 = 8;
/// `kind` of [`Exit`] records.
pub const KIND_EXIT: u16 = 9;
/// `kind` of [`NamedCall`] records about firmware.
pub const KIND_FIRMWARE: u16 = 10;
/// `kind` of [`NamedCall`] records about symbols.
pub const KIND_SYMBOL: u16 = 11;
/// `kind` of [`NamedCall`] records about parameters.
pub const KIND_PARAM: u16 = 12;

records! {
    /// What every record begins with.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Header {
        /// One of the `KIND_` constants.
        pub kind: u16,
        /// [`WIRE_VERSION`].
        pub version: u16,
        /// Per kind: number of marks, bytes of text, else 0.
        pub count: u32,
        /// Thread group id in the upper, thread id in the lower half, of the task it is about.
        pub pid_tgid: u64,
        /// When the load began, or 0 for records that belong to no load.
        pub start_ns: u64,
    }
}
