//! A number that programs on several CPUs share.
//!
//! LLVM's BPF back end selects no instruction for an atomic load, and Rust offers `fetch_add` only
//! with the instructions of Linux 5.12, which return the old value. Aligned 64-bit loads and stores are
//! atomic on every 64-bit kernel, and the addition that returns nothing is as old as eBPF.

use core::{arch::asm, cell::UnsafeCell};

/// A shared number; no order among different numbers is promised.
pub(crate) struct Shared(UnsafeCell<u64>);

// SAFETY: every access below is one atomic instruction.
unsafe impl Sync for Shared {}

impl Shared {
    /// Begins as 0.
    pub(crate) const fn new() -> Self {
        Self(UnsafeCell::new(0))
    }

    #[inline(always)]
    pub(crate) fn get(&self) -> u64 {
        // SAFETY: the pointer is valid and aligned; a 64-bit load does not tear.
        unsafe { self.0.get().read_volatile() }
    }

    #[inline(always)]
    pub(crate) fn set(&self, value: u64) {
        // SAFETY: the pointer is valid and aligned; a 64-bit store does not tear.
        unsafe { self.0.get().write_volatile(value) }
    }

    /// Adds `value`, wrapping.
    #[inline(always)]
    pub(crate) fn add(&self, value: u64) {
        // SAFETY: the instruction adds to the eight bytes behind the pointer, atomically.
        unsafe {
            asm!(
                "lock *(u64 *)({number} + 0) += {value}",
                number = in(reg) self.0.get(),
                value = in(reg) value,
                options(nostack),
            );
        }
    }
}
