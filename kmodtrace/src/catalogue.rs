//! What is known of kernels: hooks (shared with the eBPF programs), phase borders, other names.
//!
//! Kernel symbol names stand in the shared hook table and here, nowhere else.

pub mod area;
pub mod borders;
mod by_hook;
pub mod phase;
pub mod protection;
pub mod symbols;
pub mod unload;
pub mod values;

pub use kmodtrace_common::catalogue::{Detail, HOOKS, Hook, HookId, Point, Scope};
