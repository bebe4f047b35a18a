//! What kmodtrace's eBPF programs and its user-space side share.
//!
//! - [`catalogue`]: every hook, once: identity, kernel symbols that can serve it, how it is attached,
//!   which extractor reads its arguments. Both sides expand the same table.
//! - [`offsets`]: the structure members that extractors read; user space finds their offsets in BTF.
//! - [`wire`]: the records that travel through the BPF ring buffer and the state of loads in flight.
//! - [`config`]: names and meanings of maps, globals and counters.
//!
//! The crate is `no_std` and free of logic; feature `user` adds byte-level conversions.
#![no_std]

pub mod catalogue;
pub mod config;
pub mod offsets;
pub mod wire;
