//! Where a module lies, as JSON.

use std::borrow::Cow;

use serde::Serialize;

use super::text::{Texts, address};
use crate::{
    model::{Memory, PAGE_BYTES, PerCpu, PermissionChange, Region, Section},
    render::facts::sections_in,
};

#[derive(Serialize)]
pub(super) struct SectionObject<'l> {
    index: u32,
    name: Cow<'l, str>,
    #[serde(rename = "type")]
    kind: u32,
    flags: u64,
    bytes: u64,
    address: Option<String>,
}

#[derive(Serialize)]
pub(super) struct MemoryObject<'l> {
    regions: Vec<RegionObject>,
    kept_bytes: u64,
    freed_bytes: u64,
    area: Option<AreaObject>,
    in_area: Option<bool>,
    per_cpu: Option<PerCpuObject>,
    changes: Vec<ChangeObject<'l>>,
    write_xor_execute: &'static str,
}

#[derive(Serialize)]
pub(in crate::render) struct RegionObject {
    kind: &'static str,
    address: String,
    bytes: u64,
    pages: u64,
    block: String,
    allocated_ns: Option<u64>,
    allocation_ns: Option<u64>,
    permissions: Option<String>,
}

#[derive(Serialize)]
pub(in crate::render) struct AreaObject {
    begin: String,
    end: String,
}

#[derive(Serialize)]
pub(in crate::render) struct PerCpuObject {
    address: Option<String>,
    bytes: u64,
}

#[derive(Serialize)]
struct ChangeObject<'l> {
    call: &'static str,
    address: String,
    pages: u64,
    sections: Vec<Cow<'l, str>>,
    time_ns: u64,
    offset_ns: u64,
}

pub(super) fn section<'l>(section: &'l Section, texts: &mut Texts) -> SectionObject<'l> {
    SectionObject {
        index: section.index,
        name: texts.text("sections.name", &section.name),
        kind: section.kind,
        flags: section.flags,
        bytes: section.bytes,
        address: section.address.map(address),
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
        begin: address(begin),
        end: address(end),
    }
}

pub(in crate::render) fn per_cpu(per_cpu: PerCpu) -> PerCpuObject {
    PerCpuObject {
        address: per_cpu.address.map(address),
        bytes: per_cpu.bytes,
    }
}

pub(in crate::render) fn region(region: &Region) -> RegionObject {
    RegionObject {
        kind: region.kind.name(),
        address: address(region.address),
        bytes: region.bytes,
        pages: region.bytes.div_ceil(PAGE_BYTES),
        block: address(region.block),
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
        address: address(change.address),
        pages: change.pages,
        sections: sections
            .map(|section| texts.text("memory.changes.sections", &section.name))
            .collect(),
        time_ns: change.time_ns,
        offset_ns: change.time_ns.saturating_sub(start_ns),
    }
}
