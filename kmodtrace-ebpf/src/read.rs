//! Bounded reads of kernel memory.

use aya_ebpf::helpers::{bpf_probe_read_kernel, bpf_probe_read_kernel_str_bytes};
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
