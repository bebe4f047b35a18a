//! kmodtrace's eBPF programs.
//!
//! - [`programs`]: one program per hook and way of attaching, generated from the catalogue; all have
//!   one shape: guard → extractor → mark.
//! - [`extract`]: what each hook reads from its arguments.
//! - [`load`]: the state of the current task's load: find, begin, mark, send, end.
//! - [`args`]: arguments and return values, alike for kprobes, fentry programs and tracepoints.
//! - [`read`], [`atomic`], [`words`]: bounded reads of kernel memory; numbers that CPUs share; writing without `memset`.
//! - [`record`]: small records of fixed size; [`blob`]: records of any length.
//! - [`maps`]: every map and global.
#![no_std]
#![no_main]
// BPF assembly is unstable in Rust; aya-ebpf needs it as well.
#![feature(asm_experimental_arch)]

mod args;
mod atomic;
mod blob;
mod extract;
mod load;
mod maps;
mod programs;
mod read;
mod record;
mod words;

#[cfg(not(test))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // Never reached: the verifier proves that no program can come here.
    loop {}
}

/// The licence that the kernel's GPL-only helpers ask for.
#[unsafe(link_section = "license")]
#[unsafe(no_mangle)]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";
