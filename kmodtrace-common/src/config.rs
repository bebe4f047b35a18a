//! Names and meanings of the eBPF object's maps, globals and counters.

/// Ring buffer map that carries every [`crate::wire`] record.
pub const EVENTS_MAP: &str = "EVENTS";
/// Array map of [`crate::wire::LoadState`]: loads in flight, readable by user space.
pub const LOADS_MAP: &str = "LOADS";
/// Hash map slot → `pid_tgid`: which slots of [`LOADS_MAP`] are taken.
pub const CLAIMS_MAP: &str = "CLAIMS";
/// Per-CPU array of [`Counter`]s.
pub const COUNTERS_MAP: &str = "COUNTERS";

/// Array map with one `u64`: loads in flight that user space has given up, because their task is gone.
pub const FORGOTTEN_MAP: &str = "FORGOTTEN";

/// Global `u32`: marks to collect before a segment is sent; 1 sends every mark by itself.
pub const FLUSH_AFTER: &str = "FLUSH_AFTER";
/// Global `u32`: thread group id of the tracer; loads of its descendants are flagged.
pub const TRACER_TGID: &str = "TRACER_TGID";

/// Slots of [`LOADS_MAP`]: loads that can be in flight at once. A power of two.
pub const SLOTS: u32 = 256;
/// Processes that are remembered since they began a program.
pub const PROCESSES: u32 = 4096;
/// Slots that are tried for one task, from `tid % SLOTS` on.
pub const SLOT_PROBES: u32 = 8;
/// Loads on each CPU, from the first one on, in which programs measure the time that they take themselves.
pub const MEASURED_FIRST: u64 = 4;
/// Behind these, one load of so many.
pub const MEASURED_OF: u64 = 16;
/// Flag of every record (`BPF_RB_NO_WAKEUP`): nobody is woken, the reader looks by itself.
///
/// A wake-up would let the reader preempt the loading task in the middle of the program that ends the
/// load; the kernel then passes that program over for every other load that ends on the same CPU.
pub const NO_WAKEUP: u64 = 1;
/// Default size of the ring buffer, bytes; a power of two and a multiple of the page size.
pub const DEFAULT_RING_BYTES: u32 = 4 << 20;

/// Indices of [`COUNTERS_MAP`]: what was and what was not delivered, per CPU. Append-only.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Counter {
    /// Segments of loads for which the ring buffer had no room.
    LostSegments = 0,
    /// Other records for which the ring buffer had no room.
    LostRecords = 1,
    /// Loads that were not followed: no slot was free, or their system call is not one that is hooked.
    Untracked = 2,
    /// Records that were put into the ring buffer.
    Sent = 3,
    /// Loads that began.
    Begun = 4,
}

/// Number of [`Counter`]s.
pub const COUNTERS: u32 = 5;
