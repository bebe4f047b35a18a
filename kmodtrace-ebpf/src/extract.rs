//! What each hook reads from its arguments.
//!
//! An entry extractor returns what its mark shall carry, or `None` if the hit is not to be marked;
//! it may also keep facts in the load's state. Extractors of hooks that count in any task get no load.
//! Prototypes that they rely on stand above each; they were the same on Linux 5.10 to 7.3.

pub(crate) mod anywhere;
mod caller;
mod facts;
mod file;
mod image;
mod log;
mod module;
mod named;
pub(crate) mod returned;
mod symbols;

pub(crate) use caller::{sys_delete_module, sys_finit_module, sys_init_module, task};
pub(crate) use facts::at_end;
pub(crate) use file::{idempotent, read_file};
pub(crate) use log::{log, log_record};
pub(crate) use module::*;
pub(crate) use named::{each_symbol, firmware, param_set};
pub(crate) use symbols::{close_symbols, resolve_symbol};

use kmodtrace_common::wire::LoadState;

use crate::args::Args;

/// What a mark shall carry.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) a: u64,
    pub(crate) b: u64,
    pub(crate) flags: u8,
}

#[inline(always)]
fn seen(a: u64, b: u64) -> Option<Seen> {
    Some(Seen { a, b, flags: 0 })
}

/// Entry extractor for hooks without values.
#[inline(always)]
pub(crate) fn none(_load: &mut LoadState, _args: &impl Args, _now: u64) -> Option<Seen> {
    seen(0, 0)
}

#[inline(always)]
fn sign_extend(value: u64) -> u64 {
    i64::from(value as i32) as u64
}
