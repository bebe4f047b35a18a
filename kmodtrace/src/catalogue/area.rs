//! Where kernels place modules: `MODULES_VADDR` and `MODULES_END`.

/// `__START_KERNEL_map` of x86-64 (`arch/x86/include/asm/page_64_types.h`).
const X86_64_KERNEL: u64 = 0xffff_ffff_8000_0000;
/// `KERNEL_IMAGE_SIZE`, with and without a kernel that places itself at random.
const X86_64_IMAGE: (u64, u64) = (1 << 30, 512 << 20);
/// `MODULES_END` (`arch/x86/include/asm/pgtable_64_types.h`).
const X86_64_END: u64 = 0xffff_ffff_ff00_0000;

/// The area in which the kernel places modules: from the first address to the one behind the last.
/// `machine` is `uname -m`; `places_itself` whether `CONFIG_RANDOMIZE_BASE` is set. `None` where they do
/// not tell: on arm64 it depends on how the kernel was placed.
#[must_use]
pub fn module_area(machine: &str, places_itself: Option<bool>) -> Option<(u64, u64)> {
    if machine != "x86_64" {
        return None;
    }
    let (random, fixed) = X86_64_IMAGE;
    let image = if places_itself? { random } else { fixed };
    Some((X86_64_KERNEL + image, X86_64_END))
}
