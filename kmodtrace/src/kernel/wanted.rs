//! Which names of a kernel the catalogue asks for.

use std::collections::BTreeSet;

use kmodtrace_common::offsets::{OFFSETS, SIZES};

use crate::catalogue::{
    HOOKS, Point,
    symbols::{FORMAT_HELPER, source_name},
};

/// Functions that can serve a hook.
pub(super) fn functions() -> BTreeSet<&'static str> {
    names(|point| point != Point::RawTracepoint)
}

/// Those, and functions that tell what the kernel can do.
pub(super) fn symbols() -> BTreeSet<&'static str> {
    let mut names = functions();
    names.insert(FORMAT_HELPER);
    names
}

/// Tracepoints that can serve a hook.
pub(super) fn tracepoints() -> BTreeSet<&'static str> {
    names(|point| point == Point::RawTracepoint)
}

fn names(of: impl Fn(Point) -> bool) -> BTreeSet<&'static str> {
    let hooks = HOOKS.iter().filter(|hook| of(hook.point));
    hooks.flat_map(|hook| hook.symbols).copied().collect()
}

/// Functions and structures to look for in BTF.
pub(super) fn in_btf() -> BTreeSet<&'static str> {
    let mut names = functions();
    names.extend(OFFSETS.iter().map(|offset| offset.structure));
    names.extend(SIZES.iter().map(|size| size.structure));
    names
}

/// True if `symbol` is one of `functions`, or a compiler's variant of one.
pub(super) fn is_variant(symbol: &str, functions: &BTreeSet<&str>) -> bool {
    source_name(symbol).is_some_and(|name| functions.contains(name))
}
