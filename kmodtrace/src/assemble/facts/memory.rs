//! Where the module lies.

use kmodtrace_common::{
    catalogue::HookId,
    wire::{self, EDGE_RETURN, KNOWN_LAYOUT, KNOWN_MEMORY, KNOWN_MODULE, MEMORY_CORE, MEMORY_INIT},
};

use super::{Source, known, permissions};
use crate::model::{Memory, PAGE_BYTES, PerCpu, Region, RegionKind};

pub(super) fn memory(source: &Source<'_>, fixed: Option<&wire::Facts>) -> Memory {
    let mut regions = match fixed {
        Some(fixed) if fixed.known & KNOWN_MEMORY != 0 => by_kind(fixed),
        Some(fixed) if fixed.known & KNOWN_LAYOUT != 0 => core_and_init(fixed),
        _ => Vec::new(),
    };
    // Nothing lies behind the last page; a damaged recording may say so.
    let end = |region: &Region| region.address.checked_add(region.bytes.max(PAGE_BYTES));
    regions.retain(|region| region.address != 0 && region.bytes != 0 && end(region).is_some());
    regions.sort_by_key(|region| region.address);
    let allocations = allocations(source);
    for region in &mut regions {
        let of_block = allocations.iter().find(|(at, _)| *at == region.block);
        region.allocated = of_block.map(|(_, when)| *when);
    }
    let changes = permissions::changes(source);
    let verdict = permissions::follow(source, &changes, &mut regions);
    Memory {
        regions,
        area: source.area,
        per_cpu: known(fixed, KNOWN_MODULE)
            .filter(|module| module.percpu_bytes != 0)
            .map(|module| PerCpu {
                address: Some(module.percpu).filter(|&address| address != 0),
                bytes: module.percpu_bytes,
            }),
        changes,
        verdict,
    }
}

fn region(kind: RegionKind, block: u64, begin: u32, end: u32) -> Region {
    Region {
        kind,
        address: if block == 0 {
            0
        } else {
            block.saturating_add(u64::from(begin))
        },
        bytes: u64::from(end.saturating_sub(begin)),
        block,
        allocated: None,
        permissions: None,
    }
}

/// One block for each kind, Linux 6.4 and later.
fn by_kind(fixed: &wire::Facts) -> Vec<Region> {
    let blocks = RegionKind::ALL.into_iter().zip(&fixed.memory);
    blocks
        .map(|(kind, block)| region(kind, block.base, 0, block.size))
        .collect()
}

/// Two blocks with their parts one behind the other, before Linux 6.4.
fn core_and_init(fixed: &wire::Facts) -> Vec<Region> {
    let (core, init) = (&fixed.memory[MEMORY_CORE], &fixed.memory[MEMORY_INIT]);
    vec![
        region(RegionKind::Text, core.base, 0, core.text_size),
        region(RegionKind::Rodata, core.base, core.text_size, core.ro_size),
        region(
            RegionKind::RoAfterInit,
            core.base,
            core.ro_size,
            core.ro_after_init_size,
        ),
        region(
            RegionKind::Data,
            core.base,
            core.ro_after_init_size,
            core.size,
        ),
        region(RegionKind::InitText, init.base, 0, init.text_size),
        region(
            RegionKind::InitRodata,
            init.base,
            init.text_size,
            init.ro_size,
        ),
        region(RegionKind::InitData, init.base, init.ro_size, init.size),
    ]
}

/// Address of each block that was allocated, when, and how long that took, ns.
fn allocations(source: &Source<'_>) -> Vec<(u64, (u64, u64))> {
    let hooks = [HookId::EXECMEM_ALLOC.0, HookId::MODULE_ALLOC.0];
    let mut begun = None;
    let mut found = Vec::new();
    for mark in source
        .marks
        .iter()
        .filter(|mark| hooks.contains(&mark.hook))
    {
        if mark.edge != EDGE_RETURN {
            begun = Some(mark.time_ns);
        } else if let Some(begun) = begun.take() {
            found.push((mark.a, (begun, mark.time_ns.saturating_sub(begun))));
        }
    }
    found
}
