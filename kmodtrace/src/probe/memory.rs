//! What the heap holds on to.
#![expect(
    unsafe_code,
    reason = "the C library's allocator has no safe interface"
)]

/// Returns to the kernel what was allocated and is free again: the facts, the eBPF object and its BTF are used while the
/// probes are attached and never again, and a tracer is left on for days.
pub(super) fn give_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: the function may be called at any time, from any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}
