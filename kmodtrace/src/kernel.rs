//! Facts about a kernel: its symbols, what of them can be probed, its BTF, configuration and limits.
//!
//! Everything is read below a root directory that is an argument, so that the facts of another
//! machine, or of a test, are read by the same code.

pub mod btf;
mod code;
pub mod config;
pub mod environment;
mod exits;
pub mod facts;
mod file;
pub mod kallsyms;
mod kcore;
pub mod loaded;
pub mod lockdown;
pub mod machine;
pub mod modules;
mod text;
pub mod tracefs;
mod wanted;
