//! Calls about something that has a name: told one by one when they return.

use kmodtrace_common::{
    offsets::ABSENT,
    wire::{KIND_FIRMWARE, KIND_PARAM, KIND_SYMBOL, LoadState},
};

use super::{Seen, seen, sign_extend};
use crate::{args::Args, load, maps, read, record, words};

/// The highest value that is an error number behind a pointer (`IS_ERR`).
const MAX_ERRNO: u64 = 4095;

#[inline(always)]
fn begin(load: &mut LoadState, kind: u16, name: u64, now: u64) {
    let header = load.segment.header;
    words::clear(&mut load.named);
    load.named.header = record::header(kind, header.pid_tgid, header.start_ns);
    load.named.begin_ns = now;
    read::name(name, 0, &mut load.named.name);
}

#[inline(always)]
fn end(load: &mut LoadState, kind: u16, value: u64) {
    if load.named.header.kind != kind {
        return;
    }
    load.named.end_ns = load::now();
    load.named.value = value;
    if !record::send(&load.named) {
        load.segment.lost += 1;
    }
    load.named.header.kind = 0;
}

/// `_request_firmware(const struct firmware **firmware_p, const char *name, struct device *device, ...)`
#[inline(always)]
pub(crate) fn firmware(load: &mut LoadState, args: &impl Args, now: u64) -> Option<Seen> {
    begin(load, KIND_FIRMWARE, args.arg(1), now);
    seen(0, 0)
}

/// Its return: 0 or -errno.
#[inline(always)]
pub(crate) fn firmware_result(load: &mut LoadState, ret: u64) -> Option<Seen> {
    let status = sign_extend(ret);
    end(load, KIND_FIRMWARE, status);
    seen(status, 0)
}

/// `resolve_symbol(struct module *mod, const struct load_info *info, const char *name, char ownername[])`
#[inline(always)]
pub(crate) fn each_symbol(load: &mut LoadState, args: &impl Args, now: u64) -> Option<Seen> {
    begin(load, KIND_SYMBOL, args.arg(2), now);
    load.named_owner = args.arg(3);
    None
}

/// Its return: `const struct kernel_symbol *`, null, or an error number.
#[inline(always)]
pub(crate) fn each_symbol_found(load: &mut LoadState, ret: u64) -> Option<Seen> {
    let is_error = ret == 0 || ret >= 0u64.wrapping_sub(MAX_ERRNO);
    let value = if is_error { ret } else { address(ret) };
    if !is_error {
        // The owner's name is left empty for a symbol of the kernel's own.
        read::name(load.named_owner, 0, &mut load.named.owner);
    }
    end(load, KIND_SYMBOL, value);
    None
}

/// `param_set_*(const char *val, const struct kernel_param *kp)`
///
/// Setters call each other: only the outermost call counts. How deep they are nested is kept where
/// symbols keep their owner.
#[inline(always)]
pub(crate) fn param_set(load: &mut LoadState, args: &impl Args, now: u64) -> Option<Seen> {
    if load.named.header.kind == KIND_PARAM {
        load.named_owner += 1;
        return None;
    }
    let name = read::at(args.arg(1), maps::KERNEL_PARAM_NAME.load()).unwrap_or(0);
    begin(load, KIND_PARAM, name, now);
    load.named_owner = 0;
    None
}

/// Its return: 0 or -errno.
#[inline(always)]
pub(crate) fn param_was_set(load: &mut LoadState, ret: u64) -> Option<Seen> {
    if load.named.header.kind == KIND_PARAM && load.named_owner > 0 {
        load.named_owner -= 1;
        return None;
    }
    end(load, KIND_PARAM, sign_extend(ret));
    None
}

/// `kernel_symbol_value()`: relative to its own place, or absolute.
#[inline(always)]
fn address(symbol: u64) -> u64 {
    let offset = maps::KERNEL_SYMBOL_OFFSET.load();
    if offset == ABSENT {
        return read::at(symbol, maps::KERNEL_SYMBOL_VALUE.load()).unwrap_or(0);
    }
    let place = symbol.wrapping_add(u64::from(offset));
    let distance = read::at::<i32>(place, 0).unwrap_or(0);
    place.wrapping_add(i64::from(distance) as u64)
}
