//! Permissions of module memory, from the calls that change them.

use kmodtrace_common::{
    catalogue::HookId,
    wire::{EDGE_ENTRY, Mark},
};

use super::Source;
use crate::{
    catalogue::protection::PROTECTIONS,
    model::{PAGE_BYTES, PermissionChange, Permissions, Region, Verdict},
};

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
    let mut rows = PROTECTIONS.iter();
    let row = rows.find(|row| row.hook.0 == mark.hook && mark.edge == EDGE_ENTRY)?;
    let pages = if row.in_bytes {
        mark.b.div_ceil(PAGE_BYTES)
    } else {
        mark.b
    };
    Some(PermissionChange {
        call: row.hook.hook()?.name,
        address: mark.a,
        pages,
        write: row.write,
        execute: row.execute,
        time_ns: mark.time_ns,
    })
}

/// What a page may be used for after a change.
fn after(before: Permissions, change: &PermissionChange) -> Permissions {
    Permissions {
        write: change.write.unwrap_or(before.write),
        execute: change.execute.unwrap_or(before.execute),
    }
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
            let address = region.address.saturating_add(page * PAGE_BYTES);
            let holds = |change: &&PermissionChange| {
                address.wrapping_sub(change.address) < change.pages.saturating_mul(PAGE_BYTES)
            };
            let of_page = changes.iter().filter(holds);
            of_page.fold(ALLOCATED, after)
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
