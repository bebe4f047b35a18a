//! The line of JSON.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use serde::Serialize;

use super::ModuleMap;
use crate::render::json::{
    self,
    memory::{self, AreaObject, PerCpuObject, RegionObject},
    text::{Address, Texts},
};

/// `schema` of a module's map.
pub const MAP_SCHEMA: &str = "kmodtrace.map/1";

/// Where a module lies: one that is loaded, or that of a recorded load.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render) struct MapLine<'m> {
    /// Kind and version of this object.
    #[cfg_attr(feature = "schema", schemars(extend("const" = MAP_SCHEMA)))]
    schema: &'static str,
    /// Its name.
    module: Option<Cow<'m, str>>,
    /// `id` of the load; null for a module that is loaded.
    load: Option<String>,
    /// Its file.
    file: Option<Cow<'m, str>>,
    /// Sections in memory, in order of address.
    sections: Vec<MapSection<'m>>,
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
    /// The memory that only init needs is there no more.
    init_freed: bool,
    /// Addresses are not the kernel's: see `--redact`.
    redacted: bool,
    /// Fields that are not literal: `\xff` stands for a byte, `\\` for a backslash.
    escaped: Vec<&'static str>,
}

/// A section in memory.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct MapSection<'m> {
    /// Its name.
    name: Cow<'m, str>,
    /// Its address.
    address: Address,
    /// Its size, bytes; null if that is not known.
    bytes: Option<u64>,
}

/// Writes one line of JSON.
///
/// # Errors
/// Those of `out`.
pub fn map_json(map: &ModuleMap<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut texts = Texts::default();
    let (kept_bytes, freed_bytes) = map.memory.kept_and_freed();
    let sections = map.present();
    let sections = sections.into_iter().map(|(at, section)| MapSection {
        name: texts.text("sections.name", &section.name),
        address: Address(at),
        bytes: map.sizes_known.then_some(section.bytes),
    });
    let sections = sections.collect();
    let line = MapLine {
        schema: MAP_SCHEMA,
        module: texts.known("module", map.module),
        load: map.load.map(|load| load.to_string()),
        file: texts.known("file", map.file),
        sections,
        regions: map.memory.regions.iter().map(memory::region).collect(),
        kept_bytes,
        freed_bytes,
        area: map.memory.area.map(memory::area),
        in_area: map.memory.in_area(),
        per_cpu: map.memory.per_cpu.map(memory::per_cpu),
        init_freed: map.init_freed,
        redacted: map.redacted,
        escaped: texts.escaped,
    };
    json::line(&line, out)
}
