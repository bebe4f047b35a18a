//! Bounded reads of kernel memory.

use core::{arch::asm, ffi::c_void};

use aya_ebpf::helpers::{
    bpf_probe_read_kernel, bpf_probe_read_kernel_str_bytes,
    generated::bpf_probe_read_kernel as copy,
};
use kmodtrace_common::offsets::ABSENT;

/// The value at `base + offset`; `None` if the offset is not known or the memory cannot be read.
#[inline(always)]
pub(crate) fn at<T>(base: u64, offset: u32) -> Option<T> {
    if offset == ABSENT || base == 0 {
        return None;
    }
    // SAFETY: the helper checks the address and fails instead of faulting.
    unsafe { bpf_probe_read_kernel(base.wrapping_add(u64::from(offset)) as *const T) }.ok()
}

/// The two words at `base + first` and `base + second`: in one read where one follows the other.
#[inline(always)]
pub(crate) fn pair(base: u64, first: u32, second: u32) -> Option<[u64; 2]> {
    if first != ABSENT && second == first.wrapping_add(size_of::<u64>() as u32) {
        return at(base, first);
    }
    Some([at(base, first)?, at(base, second)?])
}

/// Fills `into` with the NUL-terminated string at `base + offset`, as far as it fits.
#[inline(always)]
pub(crate) fn name<const N: usize>(base: u64, offset: u32, into: &mut [u8; N]) {
    if offset == ABSENT || base == 0 {
        return;
    }
    // SAFETY: the helper checks the address, writes at most `N` bytes and terminates them.
    let _ = unsafe {
        bpf_probe_read_kernel_str_bytes(base.wrapping_add(u64::from(offset)) as *const u8, into)
    };
}

/// `value`, at most `MASK`, in a way that the kernel's verifier sees and the compiler does not remove.
/// `MASK` is one less than a power of two.
#[inline(always)]
pub(crate) fn within<const MASK: u64>(mut value: u64) -> usize {
    // SAFETY: the instruction touches nothing but its register.
    unsafe {
        asm!("{value} &= {mask}", value = inout(reg) value, mask = const MASK, options(pure, nomem, nostack));
    }
    value as usize
}

/// Copies `length` bytes from `source` to the beginning of `into`; at most as many as `MASK` says,
/// which is less than `N`. False if the memory cannot be read.
#[inline(always)]
pub(crate) fn bytes<const N: usize, const MASK: u64>(
    source: u64,
    length: u64,
    into: &mut [u8; N],
) -> bool {
    const { assert!((MASK as usize) < N) };
    let length = within::<MASK>(length);
    // SAFETY: the helper checks the source and writes `length` bytes, which are fewer than `N`.
    let status = unsafe {
        copy(
            into.as_mut_ptr().cast::<c_void>(),
            length as u32,
            source as *const c_void,
        )
    };
    status == 0
}
