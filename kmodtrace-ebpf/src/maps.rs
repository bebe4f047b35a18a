//! Every map and global of the object. Names and meanings: [`kmodtrace_common::config`].

use aya_ebpf::{
    Global,
    macros::map,
    maps::{Array, HashMap, LruHashMap, PerCpuArray, RingBuf},
};
use kmodtrace_common::{
    config::{self, Counter, DEFAULT_RING_BYTES, SLOTS},
    for_each_offset, for_each_size,
    offsets::ABSENT,
    wire::LoadState,
};

#[map]
pub(crate) static EVENTS: RingBuf = RingBuf::with_byte_size(DEFAULT_RING_BYTES, 0);

#[map]
pub(crate) static LOADS: Array<LoadState> = Array::with_max_entries(SLOTS, 0);

#[map]
pub(crate) static CLAIMS: HashMap<u32, u64> = HashMap::with_max_entries(SLOTS, 0);

#[map]
pub(crate) static FORGOTTEN: Array<u64> = Array::with_max_entries(1, 0);

#[map]
pub(crate) static COUNTERS: PerCpuArray<u64> = PerCpuArray::with_max_entries(config::COUNTERS, 0);

/// Since when processes that began a program while we watch are in user space.
#[map]
pub(crate) static PROCESSES: LruHashMap<u32, InUserSpace> =
    LruHashMap::with_max_entries(config::PROCESSES, 0);

/// Since when, and since what, a process is in user space.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct InUserSpace {
    pub(crate) since_ns: u64,
    /// One of the `SINCE_` constants.
    pub(crate) since: u64,
}

#[unsafe(no_mangle)]
pub(crate) static FLUSH_AFTER: Global<u32> = Global::new(u32::MAX);

#[unsafe(no_mangle)]
pub(crate) static TRACER_TGID: Global<u32> = Global::new(0);

/// See [`kmodtrace_common::offsets::CAN_FORMAT`].
#[unsafe(no_mangle)]
pub(crate) static CAN_FORMAT: Global<u32> = Global::new(0);

/// See [`kmodtrace_common::offsets::BRIEF`].
#[unsafe(no_mangle)]
pub(crate) static BRIEF: Global<u32> = Global::new(0);

/// See [`kmodtrace_common::offsets::INIT_ENDS_WITH_LOAD`].
#[unsafe(no_mangle)]
pub(crate) static INIT_ENDS_WITH_LOAD: Global<u32> = Global::new(0);

/// See [`kmodtrace_common::offsets::PATH_IS_KNOWN`].
#[unsafe(no_mangle)]
pub(crate) static PATH_IS_KNOWN: Global<u32> = Global::new(0);

macro_rules! globals {
    ($($global:ident $structure:literal $member:literal $fallback:tt;)+) => {
        $(#[unsafe(no_mangle)] pub(crate) static $global: Global<u32> = Global::new(ABSENT);)+
    };
}
for_each_offset!(globals);

macro_rules! sizes {
    ($($global:ident $structure:literal;)+) => {
        $(#[unsafe(no_mangle)] pub(crate) static $global: Global<u32> = Global::new(ABSENT);)+
    };
}
for_each_size!(sizes);

/// Adds one to this CPU's counter, and tells what it was before.
#[inline(always)]
pub(crate) fn count(counter: Counter) -> u64 {
    let Some(value) = COUNTERS.get_ptr_mut(counter as u32) else {
        return 0;
    };
    // SAFETY: the map gave a valid pointer to this CPU's value; programs on one CPU that touch it
    // at the same time could at worst miscount, which per-CPU counters without atomics accept.
    unsafe {
        let before = *value;
        *value = before + 1;
        before
    }
}
