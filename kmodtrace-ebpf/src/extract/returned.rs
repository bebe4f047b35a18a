//! Return extractors.

use kmodtrace_common::wire::{LoadState, SEGMENT_IN_INIT};

use super::{Seen, sign_extend};

/// Nothing of the return value is kept.
#[inline(always)]
pub(crate) fn none(_load: &mut LoadState, _ret: u64) -> Seen {
    Seen::default()
}

/// An `int`: 0 or -errno.
#[inline(always)]
pub(crate) fn status(_load: &mut LoadState, ret: u64) -> Seen {
    Seen {
        a: sign_extend(ret),
        b: 0,
        flags: 0,
    }
}

/// A pointer.
#[inline(always)]
pub(crate) fn value(_load: &mut LoadState, ret: u64) -> Seen {
    Seen {
        a: ret,
        b: 0,
        flags: 0,
    }
}

/// Return of `int do_one_initcall(initcall_t fn)`
#[inline(always)]
pub(crate) fn initcall_return(load: &mut LoadState, ret: u64) -> Seen {
    load.segment.flags &= !SEGMENT_IN_INIT;
    Seen {
        a: 0,
        b: sign_extend(ret),
        flags: 0,
    }
}
