//! Clearing and filling records word by word.
//!
//! LLVM turns zeros that follow each other into a call of `memset`, which in eBPF is a loop over bytes: 140
//! instructions for the last two values of a mark, several thousand for the state of a load.

use core::ptr;

use kmodtrace_common::wire::Mark;

/// Records of which zeros are a valid value, in whole words.
///
/// # Safety
/// The type consists of integers, aligned like a `u64` and as large as a whole number of them.
pub(crate) unsafe trait Words {}

macro_rules! words {
    ($($Type:ty),+) => {
        $(
            const _: () = assert!(size_of::<$Type>() % size_of::<u64>() == 0 && align_of::<$Type>() == align_of::<u64>());
            // SAFETY: a `repr(C)` record of integers without padding (asserted beside its definition), whole words (above).
            unsafe impl Words for $Type {}
        )+
    };
}

words!(
    kmodtrace_common::wire::Segment,
    kmodtrace_common::wire::Facts,
    kmodtrace_common::wire::NamedCall
);

/// Sets every byte to zero.
#[inline(always)]
pub(crate) fn clear<T: Words>(record: &mut T) {
    let words = ptr::from_mut(record).cast::<u64>();
    for index in 0..size_of::<T>() / size_of::<u64>() {
        // SAFETY: the word lies within the record; volatile, or the loop would become a `memset` again.
        unsafe { words.add(index).write_volatile(0) };
    }
}

/// Writes a mark, each of its values by itself.
#[inline(always)]
pub(crate) fn fill(place: &mut Mark, mark: Mark) {
    let place = ptr::from_mut(place);
    // SAFETY: every pointer is to a member of the mark; volatile for the same reason as above.
    unsafe {
        (&raw mut (*place).time_ns).write_volatile(mark.time_ns);
        (&raw mut (*place).hook).write_volatile(mark.hook);
        (&raw mut (*place).edge).write_volatile(mark.edge);
        (&raw mut (*place).flags).write_volatile(mark.flags);
        (&raw mut (*place).reserved).write_volatile(mark.reserved);
        (&raw mut (*place).a).write_volatile(mark.a);
        (&raw mut (*place).b).write_volatile(mark.b);
    }
}
