//! Arguments and return values of a hooked function, alike for every way of attaching.

use aya_ebpf::{
    EbpfContext,
    programs::{FEntryContext, FExitContext, ProbeContext, RawTracePointContext, RetProbeContext},
};

use crate::read;

/// What an extractor may ask of a hit.
pub(crate) trait Args: EbpfContext {
    /// Argument `index` of the function or tracepoint, counted from 0.
    fn arg(&self, index: usize) -> u64;

    /// The same of an argument that is a pointer to what the kernel's BTF does not lay out, or that only
    /// says `const void *`: on Linux 5.10 and 6.12 the verifier lets no trampoline's program look at such a one itself.
    #[inline(always)]
    fn opaque(&self, index: usize) -> u64 {
        self.arg(index)
    }
}

/// The return value of a hit at a function's return.
pub(crate) trait Returned: EbpfContext {
    /// The raw register; `args` is the function's number of arguments.
    fn value(&self, args: usize) -> u64;
}

impl Args for ProbeContext {
    #[inline(always)]
    fn arg(&self, index: usize) -> u64 {
        self.arg(index).unwrap_or(0)
    }
}

impl Args for FEntryContext {
    #[inline(always)]
    fn arg(&self, index: usize) -> u64 {
        self.arg(index)
    }

    #[inline(always)]
    fn opaque(&self, index: usize) -> u64 {
        // The context is an array of the arguments, in the kernel's memory as everything else.
        let arguments = self.as_ptr() as u64;
        read::at(arguments, (index * size_of::<u64>()) as u32).unwrap_or(0)
    }
}

impl Args for RawTracePointContext {
    #[inline(always)]
    fn arg(&self, index: usize) -> u64 {
        self.arg(index)
    }
}

impl Returned for RetProbeContext {
    #[inline(always)]
    fn value(&self, _args: usize) -> u64 {
        self.ret()
    }
}

impl Returned for FExitContext {
    #[inline(always)]
    fn value(&self, args: usize) -> u64 {
        // The slot behind the arguments holds the return value; `bpf_get_func_ret` needs Linux 5.17.
        self.arg(args)
    }
}
