//! Permissions of module memory, from the calls that change them.

use kmodtrace_common::{
    catalogue::HookId,
    wire::{EDGE_ENTRY, Mark},
};

use super::Source;
use crate::model::{PAGE_BYTES, PermissionChange, Permissions, Region, Verdict};

/// How module memory is mapped when it was allocated (`PAGE_KERNEL`).
const ALLOCATED: Permissions = Permissions {
    write: true,
    execute: false,
};

/// Every change that the load made, in order of time.
pub(super) fn changes(source: &Source<'_>) -> Vec<PermissionChange> {
    source.marks.iter().filter_map(change).collect()
}

fn change(mark: &Mark) -> Option<PermissionChange> {
    const CALLS: [HookId; 6] = [
        HookId::SET_MEMORY_RO,
        HookId::SET_MEMORY_RW,
        HookId::SET_MEMORY_X,
        HookId::SET_MEMORY_NX,
        HookId::SET_MEMORY_ROX,
        HookId::RESTORE_ROX,
    ];
    let hook = HookId(mark.hook);
    if mark.edge != EDGE_ENTRY || !CALLS.contains(&hook) {
        return None;
    }
    // This one counts in bytes.
    let pages = if hook == HookId::RESTORE_ROX {
        mark.b.div_ceil(PAGE_BYTES)
    } else {
        mark.b
    };
    Some(PermissionChange {
        call: hook.hook()?.name,
        address: mark.a,
        pages,
        time_ns: mark.time_ns,
    })
}

/// What a page may be used for after a change.
fn after(call: &str, before: Permissions) -> Permissions {
    let (write, execute) = match call {
        "set_memory_ro" => (false, before.execute),
        "set_memory_rw" => (true, before.execute),
        "set_memory_x" => (before.write, true),
        "set_memory_nx" => (before.write, false),
        _ => (false, true),
    };
    Permissions { write, execute }
}

/// Gives each region its final permissions and tells whether "write xor execute" holds.
pub(super) fn follow(
    source: &Source<'_>,
    changes: &[PermissionChange],
    regions: &mut [Region],
) -> Verdict {
    // Without the step that makes text executable nothing is final.
    let protected = source
        .marks
        .iter()
        .any(|mark| mark.hook == HookId::PROTECT_END.0 || mark.hook == HookId::KLP_COMING.0);
    if !protected || !source.attached.has_hook(HookId::SET_MEMORY_RO) {
        return Verdict::Unknown;
    }
    let mut verdict = Verdict::Holds;
    for region in regions {
        let pages = region.bytes.div_ceil(PAGE_BYTES);
        let final_of = |page: u64| {
            let address = region.address + page * PAGE_BYTES;
            let holds = |change: &&PermissionChange| {
                address.wrapping_sub(change.address) < change.pages.saturating_mul(PAGE_BYTES)
            };
            let of_page = changes.iter().filter(holds);
            of_page.fold(ALLOCATED, |before, change| after(change.call, before))
        };
        let first = final_of(0);
        let all: Vec<Permissions> = (1..pages.min(MOST_PAGES)).map(final_of).collect();
        if first.write && first.execute || all.iter().any(|page| page.write && page.execute) {
            verdict = Verdict::Violated;
        }
        region.permissions = all.iter().all(|&page| page == first).then_some(first);
    }
    verdict
}

/// Pages of a region that are looked at: 1 GiB, more than the area for modules holds.
const MOST_PAGES: u64 = 1 << 18;
