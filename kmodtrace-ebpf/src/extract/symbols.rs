//! Symbol resolution: counted in the kernel, not marked one by one.

use kmodtrace_common::wire::{LoadState, MARK_WAITED, SEGMENT_RESOLVING, Segment};

use super::{Seen, seen};
use crate::{args::Args, read};

/// `resolve_symbol(struct module *mod, const struct load_info *info, const char *name, char ownername[])`
///
/// Called once per undefined symbol, and again for the same symbol while its owner is still loading.
#[inline(always)]
pub(crate) fn resolve_symbol(load: &mut LoadState, args: &impl Args, now: u64) -> Option<Seen> {
    let name = args.arg(2);
    let segment = &mut load.segment;
    let before = segment.symbols.last_ns;
    let resolving = segment.flags & SEGMENT_RESOLVING != 0;
    let again = resolving && segment.symbols.last_at == name;
    let first = !resolving && segment.symbols.count == 0;
    if resolving {
        account_symbol(segment, now);
    }
    if !again {
        segment.symbols.count += 1;
    }
    segment.flags |= SEGMENT_RESOLVING;
    segment.symbols.last_ns = now;
    segment.symbols.last_at = name;
    if again {
        Some(Seen {
            a: before,
            b: 0,
            flags: MARK_WAITED,
        })
    } else if first {
        seen(0, 0)
    } else {
        None
    }
}

#[inline(always)]
fn account_symbol(segment: &mut Segment, now: u64) {
    let symbols = &mut segment.symbols;
    let spent = now - symbols.last_ns;
    symbols.total_ns += spent;
    if spent > symbols.longest_ns {
        symbols.longest_ns = spent;
        symbols.longest_at = symbols.last_at;
    }
}

/// Ends the symbol in progress, if any, and fetches the name of the longest one while it still exists.
#[inline(always)]
pub(crate) fn close_symbols(segment: &mut Segment, now: u64) {
    if segment.flags & SEGMENT_RESOLVING == 0 {
        return;
    }
    account_symbol(segment, now);
    segment.flags &= !SEGMENT_RESOLVING;
    read::name(segment.symbols.longest_at, 0, &mut segment.longest_symbol);
}
