//! A load's marks and fixed facts, on the wire and while it is in flight.

use super::{BLOB_BYTES, Blob, Facts, Header, NamedCall};
use crate::config::SLOTS;

/// Marks that one segment can hold.
pub const SEGMENT_MARKS: usize = 96;
/// Bytes kept of names of modules, files and symbols (`MODULE_NAME_LEN` is 56 on 64-bit kernels).
pub const NAME_BYTES: usize = 64;
/// Bytes of a task's name (`TASK_COMM_LEN`).
pub const COMM_BYTES: usize = 16;

/// [`Segment::flags`]: the load has ended; `end_ns` and `ret` are valid.
pub const SEGMENT_FINAL: u32 = 1;
/// [`Segment::flags`]: the load's return was never seen; found when its task began another one.
pub const SEGMENT_STALE: u32 = 1 << 1;
/// [`Segment::flags`]: the loading task descends from the tracer.
pub const SEGMENT_DESCENDANT: u32 = 1 << 2;
/// [`Segment::flags`]: the load is between the entry of init and the end of its init function.
pub const SEGMENT_IN_INIT: u32 = 1 << 3;
/// [`Segment::flags`]: the parameters were sent as a [`Text`](super::Text) record, or are known to be empty.
pub const SEGMENT_PARAMS_SENT: u32 = 1 << 4;
/// [`Segment::flags`]: a symbol is being resolved (state of the aggregation).
pub const SEGMENT_RESOLVING: u32 = 1 << 5;
/// [`Segment::flags`]: the time that programs take of the load is measured.
pub const SEGMENT_MEASURED: u32 = 1 << 6;

/// [`Mark::edge`]: the function was entered.
pub const EDGE_ENTRY: u8 = 0;
/// [`Mark::edge`]: the function returned.
pub const EDGE_RETURN: u8 = 1;
/// [`Mark::edge`]: a tracepoint fired.
pub const EDGE_TRACEPOINT: u8 = 2;

/// [`Mark::flags`]: the same symbol was asked for again: the load waits for another module since `a`.
pub const MARK_WAITED: u8 = 1;

records! {
    /// One hook hit inside a load.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Mark {
        /// When.
        pub time_ns: u64,
        /// [`crate::catalogue::HookId`].
        pub hook: u16,
        /// One of the `EDGE_` constants.
        pub edge: u8,
        /// `MARK_` flags.
        pub flags: u8,
        /// Zero.
        pub reserved: u32,
        /// First value, as the hook's row says; at returns the return value.
        pub a: u64,
        /// Second value, as the hook's row says.
        pub b: u64,
    }

    /// Calls that are counted instead of marked one by one.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Calls {
        /// How many.
        pub count: u64,
        /// Their time together, from each call's entry to the next event of the load, ns.
        pub total_ns: u64,
        /// The longest of them, ns.
        pub longest_ns: u64,
        /// Kernel address of the longest one's name while the image copy lives; user space ignores it.
        pub longest_at: u64,
        /// When the call in progress began; user space ignores it.
        pub last_ns: u64,
        /// Kernel address of its name; user space ignores it.
        pub last_at: u64,
    }

    /// A part of a load: its facts so far and the marks since the last segment.
    ///
    /// On the wire [`Header::count`] marks follow.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Segment {
        /// Kind [`KIND_SEGMENT`](super::KIND_SEGMENT).
        pub header: Header,
        /// `SEGMENT_` flags.
        pub flags: u32,
        /// Number of this segment within its load, from 0.
        pub number: u32,
        /// Segments of this load that found no room in the ring buffer so far.
        pub lost: u32,
        /// [`crate::catalogue::HookId`] of the system call.
        pub syscall: u32,
        /// CPU at entry.
        pub cpu_start: u32,
        /// CPU at return.
        pub cpu_end: u32,
        /// When the system call returned; valid in the final segment.
        pub end_ns: u64,
        /// What it returned: 0 or -errno; valid in the final segment.
        pub ret: i64,
        /// When the loading process began, ns of the boot clock; 0 if unknown.
        pub task_start_ns: u64,
        /// Thread group id of the parent process; 0 if unknown.
        pub parent_pid: u32,
        /// `finit_module` flags.
        pub finit_flags: u32,
        /// `finit_module` file descriptor, else -1.
        pub fd: i32,
        /// Time that programs took inside the load so far, ns; valid with [`SEGMENT_MEASURED`].
        pub own_ns: u32,
        /// Size of the image: as read or given, then as `load_module` saw it (decompressed), bytes.
        pub image_bytes: u64,
        /// Size of the file, bytes; 0 if unknown.
        pub file_bytes: u64,
        /// Address of the module's `struct module`; 0 until it is known.
        pub module: u64,
        /// Address of the temporary copy of the image.
        pub copy: u64,
        /// Address of the kernel's `struct load_info`, on the loading task's stack.
        pub load_info: u64,
        /// Addresses of the module's init memory (text, data, read-only data); 0 where there is none.
        pub init_memory: [u64; 3],
        /// Symbol resolutions.
        pub symbols: Calls,
        /// Name of the symbol that took longest.
        pub longest_symbol: [u8; NAME_BYTES],
        /// Name of the loading task.
        pub comm: [u8; COMM_BYTES],
        /// Name of the module; empty until it is known.
        pub module_name: [u8; NAME_BYTES],
        /// Last component of the file's path; empty if unknown.
        pub file_name: [u8; NAME_BYTES],
    }

    /// State of a load in flight, as it lies in the kernel.
    #[derive(Clone, Copy, Debug)]
    pub struct LoadState {
        /// Facts so far; `header.pid_tgid` is 0 in a free slot.
        pub segment: Segment,
        /// Marks since the last segment; `segment.header.count` of them are valid.
        pub marks: [Mark; SEGMENT_MARKS],
        /// Facts so far.
        pub facts: Facts,
        /// The named call in progress.
        pub named: NamedCall,
        /// Address of the room for the name of its owner.
        pub named_owner: u64,
        /// Room to build a blob in; its bytes follow.
        pub blob: Blob,
        /// See [`LoadState::blob`].
        pub blob_bytes: [u8; BLOB_BYTES],
    }
}

const _: () = {
    assert!(size_of::<Mark>() == 32);
    assert!(size_of::<Calls>() == 48);
    assert!(size_of::<Segment>() == 24 + 24 + 24 + 16 + 64 + 48 + 64 + 16 + 64 + 64);
    assert!(SLOTS.is_power_of_two());
};
