//! Where a module lies, as JSON.

use std::borrow::Cow;

use serde::Serialize;

use super::text::{Address, Texts};
use crate::{
    model::{Memory, PAGE_BYTES, PerCpu, PermissionChange, Region, Section},
    render::facts::sections_in,
};

/// A section header as the kernel used it.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct SectionObject<'l> {
    /// Index in the file, from 0.
    index: u32,
    /// Its name.
    name: Cow<'l, str>,
    /// `sh_type`.
    #[serde(rename = "type")]
    kind: u32,
    /// `sh_flags`, after the loader has changed them.
    flags: u64,
    /// Its size, bytes.
    bytes: u64,
    /// Its final address; null if it is not in memory.
    address: Option<Address>,
}

/// The memory of a module.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct MemoryObject<'l> {
    /// Regions in order of address.
    regions: Vec<RegionObject>,
    /// Bytes that stay.
    kept_bytes: u64,
    /// Bytes that are freed after init.
    freed_bytes: u64,
    /// Where this kernel places modules, if that is known.
    area: Option<AreaObject>,
    /// Whether every region lies in there.
    in_area: Option<bool>,
    /// Its per-CPU area.
    per_cpu: Option<PerCpuObject>,
    /// Changes of permissions, in order of time.
    changes: Vec<ChangeObject<'l>>,
    /// Whether no memory could be both written to and executed in the end.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["holds", "violated", "unknown"])))]
    write_xor_execute: &'static str,
}

/// A region of one kind.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render) struct RegionObject {
    /// What it holds: `text`, `data`, `rodata`, `ro_after_init`, `init_text`, `init_data`, `init_rodata`.
    kind: &'static str,
    /// Its address.
    address: Address,
    /// Its size, bytes.
    bytes: u64,
    /// The same in pages.
    pages: u64,
    /// Address of the allocation that it is part of.
    block: Address,
    /// When the allocation began, ns of `CLOCK_MONOTONIC`.
    allocated_ns: Option<u64>,
    /// How long it took, ns.
    allocation_ns: Option<u64>,
    /// What could be done with it in the end: `r-x`; null if that could not be followed.
    permissions: Option<String>,
}

/// Where the kernel places modules.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render) struct AreaObject {
    /// Its first address.
    begin: Address,
    /// The address behind its last one.
    end: Address,
}

/// A per-CPU area.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render) struct PerCpuObject {
    /// Its place, as the kernel keeps it; null if it is redacted.
    address: Option<Address>,
    /// Its size for each CPU, bytes.
    bytes: u64,
}

/// A change of permissions.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct ChangeObject<'l> {
    /// The hook that saw it.
    call: &'static str,
    /// From here.
    address: Address,
    /// So many pages.
    pages: u64,
    /// Sections that lie there.
    sections: Vec<Cow<'l, str>>,
    /// When, ns of `CLOCK_MONOTONIC`.
    time_ns: u64,
    /// When, ns after the entry of the system call.
    offset_ns: u64,
}

pub(super) fn section<'l>(section: &'l Section, texts: &mut Texts) -> SectionObject<'l> {
    SectionObject {
        index: section.index,
        name: texts.text("sections.name", &section.name),
        kind: section.kind,
        flags: section.flags,
        bytes: section.bytes,
        address: section.address.map(Address),
    }
}

pub(super) fn memory<'l>(
    memory: &Memory,
    sections: &'l [Section],
    start_ns: u64,
    texts: &mut Texts,
) -> MemoryObject<'l> {
    let (kept_bytes, freed_bytes) = memory.kept_and_freed();
    MemoryObject {
        regions: memory.regions.iter().map(region).collect(),
        kept_bytes,
        freed_bytes,
        area: memory.area.map(area),
        in_area: memory.in_area(),
        per_cpu: memory.per_cpu.map(per_cpu),
        changes: memory
            .changes
            .iter()
            .map(|change| self::change(change, sections, start_ns, texts))
            .collect(),
        write_xor_execute: memory.verdict.name(),
    }
}

pub(in crate::render) fn area((begin, end): (u64, u64)) -> AreaObject {
    AreaObject {
        begin: Address(begin),
        end: Address(end),
    }
}

pub(in crate::render) fn per_cpu(per_cpu: PerCpu) -> PerCpuObject {
    PerCpuObject {
        address: per_cpu.address.map(Address),
        bytes: per_cpu.bytes,
    }
}

pub(in crate::render) fn region(region: &Region) -> RegionObject {
    RegionObject {
        kind: region.kind.name(),
        address: Address(region.address),
        bytes: region.bytes,
        pages: region.bytes.div_ceil(PAGE_BYTES),
        block: Address(region.block),
        allocated_ns: region.allocated.map(|(when, _)| when),
        allocation_ns: region.allocated.map(|(_, duration)| duration),
        permissions: region.permissions.map(|all| all.to_string()),
    }
}

fn change<'l>(
    change: &PermissionChange,
    sections: &'l [Section],
    start_ns: u64,
    texts: &mut Texts,
) -> ChangeObject<'l> {
    let end = change
        .address
        .saturating_add(change.pages.saturating_mul(PAGE_BYTES));
    let sections = sections_in(sections, change.address, end);
    ChangeObject {
        call: change.call,
        address: Address(change.address),
        pages: change.pages,
        sections: sections
            .map(|section| texts.text("memory.changes.sections", &section.name))
            .collect(),
        time_ns: change.time_ns,
        offset_ns: change.time_ns.saturating_sub(start_ns),
    }
}
