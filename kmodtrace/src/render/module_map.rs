//! Where a module lies, on its own: for people, for gdb, for programs. `docs/output.md` documents the
//! formats.

mod gdb;
pub(super) mod json;

use std::io::{self, Write};

use super::{
    canvas::{Canvas, piece},
    facts::sections_in,
    map, number,
    style::{Style, Tone},
};
use crate::{
    event::Name,
    model::{LoadId, Memory, Section},
};

pub use gdb::map_gdb;
pub use json::{MAP_SCHEMA, map_json};

/// Where a module lies: one that is loaded, or that of a recorded load.
#[derive(Clone, Copy, Debug)]
pub struct ModuleMap<'m> {
    /// Its name; `None` if the load failed before it was known.
    pub module: Option<&'m Name>,
    /// The load; `None` of a module that is loaded now.
    pub load: Option<LoadId>,
    /// Its file.
    pub file: Option<&'m Name>,
    /// Its sections. Those without an address are not shown.
    pub sections: &'m [Section],
    /// Whether their sizes are known: the kernel tells none of a loaded module.
    pub sizes_known: bool,
    /// Its memory.
    pub memory: &'m Memory,
    /// Whether the memory that only init needs is there no more.
    pub init_freed: bool,
    /// Whether addresses were taken out.
    pub redacted: bool,
}

impl ModuleMap<'_> {
    /// Sections in memory, in order of address.
    fn present(&self) -> Vec<(u64, &Section)> {
        let sections = self.sections.iter();
        let there = sections.filter(|section| section.bytes > 0 || !self.sizes_known);
        let mut there: Vec<_> = there
            .filter_map(|section| Some((section.address?, section)))
            .collect();
        there.sort_by_key(|&(address, section)| (address, section.index));
        there
    }
}

/// Writes a block for people.
///
/// # Errors
/// Those of `out`.
pub fn map_text(map: &ModuleMap<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let canvas = &mut Canvas::new(out, style);
    title(map, canvas)?;
    if map.redacted {
        let text = "  addresses are redacted";
        canvas.line(&[piece(text, Tone::Warn)])?;
    }
    map::draw(map.memory, map.sections, true, canvas)?;
    let regions = &map.memory.regions;
    let inside = |section: &Section| {
        let mut regions = regions.iter();
        regions.any(|region| {
            let end = region.address.saturating_add(region.bytes);
            sections_in(std::slice::from_ref(section), region.address, end)
                .next()
                .is_some()
        })
    };
    let present = map.present();
    let rest: Vec<_> = present
        .iter()
        .filter(|(_, section)| !inside(section))
        .collect();
    if rest.is_empty() {
        return Ok(());
    }
    let heading = match (regions.is_empty(), map.init_freed) {
        (true, _) => "sections",
        (false, true) => "freed after init",
        (false, false) => "elsewhere",
    };
    canvas.line(&[piece(format!("    {heading}"), Tone::Dim)])?;
    for (address, section) in rest {
        let size = if section.bytes > 0 {
            let (number, unit) = number::size(section.bytes);
            format!("{number:>5} {unit:<3}")
        } else {
            " ".repeat(9)
        };
        let room = canvas.style.columns().saturating_sub(36);
        let name = canvas.cell(&canvas.outside(&section.name), room);
        let text = format!("      {address:#018x}  {size}  {name}");
        canvas.line(&[piece(text, Tone::Dim)])?;
    }
    Ok(())
}

fn title(map: &ModuleMap<'_>, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let name = map.module.map(|module| canvas.outside(module));
    let name = name.unwrap_or_else(|| "?".to_owned());
    let mut items = vec![piece(format!("{name} "), Tone::Strong)];
    if let Some(file) = map.file {
        items.push(piece(canvas.outside(file), Tone::Plain));
    }
    let beside = map.load.map(|load| number::stamp(load.0.start_ns));
    let beside = beside.map(|stamp| piece(stamp, Tone::Dim));
    canvas.flow_beside(piece("", Tone::Plain), &items, " ", beside)
}
