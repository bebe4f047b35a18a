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
    text::{Texts, address},
};

/// `schema` of a module's map.
pub const MAP_SCHEMA: &str = "kmodtrace.map/1";

#[derive(Serialize)]
struct MapLine<'m> {
    schema: &'static str,
    module: Option<Cow<'m, str>>,
    load: Option<String>,
    file: Option<Cow<'m, str>>,
    sections: Vec<MapSection<'m>>,
    regions: Vec<RegionObject>,
    kept_bytes: u64,
    freed_bytes: u64,
    area: Option<AreaObject>,
    in_area: Option<bool>,
    per_cpu: Option<PerCpuObject>,
    init_freed: bool,
    redacted: bool,
    escaped: Vec<&'static str>,
}

#[derive(Serialize)]
struct MapSection<'m> {
    name: Cow<'m, str>,
    address: String,
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
        address: address(at),
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
