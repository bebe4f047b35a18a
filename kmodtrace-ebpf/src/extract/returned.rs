//! Return extractors.

use kmodtrace_common::wire::{LoadState, SEGMENT_IN_INIT};

use super::{Seen, named, seen, sign_extend};

pub(crate) use named::{
    each_symbol_found as each_symbol, firmware_result, param_was_set as param_set,
};

/// Nothing of the return value is kept.
#[inline(always)]
pub(crate) fn none(_load: &mut LoadState, _ret: u64) -> Option<Seen> {
    seen(0, 0)
}

/// An `int`: 0 or -errno.
#[inline(always)]
pub(crate) fn status(_load: &mut LoadState, ret: u64) -> Option<Seen> {
    seen(sign_extend(ret), 0)
}

/// A pointer.
#[inline(always)]
pub(crate) fn value(_load: &mut LoadState, ret: u64) -> Option<Seen> {
    seen(ret, 0)
}

/// Return of `int do_one_initcall(initcall_t fn)`
#[inline(always)]
pub(crate) fn initcall_return(load: &mut LoadState, ret: u64) -> Option<Seen> {
    load.segment.flags &= !SEGMENT_IN_INIT;
    seen(0, sign_extend(ret))
}
