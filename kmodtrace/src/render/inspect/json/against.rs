//! The recorded load that a file was compared with.

use std::borrow::Cow;

use serde::Serialize;

use super::object::Texts;
use crate::render::inspect::{Inspection, against::differences};

#[derive(Serialize)]
pub(super) struct AgainstObject<'i> {
    recording: Cow<'i, str>,
    loads: usize,
    load: Option<String>,
    matches: bool,
    differences: Vec<String>,
    redacted: bool,
    sections: Vec<PlacedObject<'i>>,
}

#[derive(Serialize)]
struct PlacedObject<'i> {
    index: u32,
    name: Cow<'i, str>,
    bytes: u64,
    offset: Option<u64>,
    address: Option<String>,
}

impl<'i> AgainstObject<'i> {
    pub(super) fn of(inspection: &Inspection<'i>, texts: &mut Texts) -> Option<Self> {
        let against = inspection.against?;
        let load = against.load;
        let differences = load.map(|load| differences(inspection.image, load));
        let own = &inspection.image.sections;
        let placed = load.into_iter().flat_map(|load| &load.facts.sections);
        let placed = placed.map(|section| PlacedObject {
            index: section.index,
            name: texts.text("against.sections.name", &section.name.0),
            bytes: section.bytes,
            offset: usize::try_from(section.index)
                .ok()
                .and_then(|index| own.get(index))
                .map(|own| own.offset),
            address: section.address.map(|address| format!("{address:#x}")),
        });
        let sections = placed.collect();
        Some(Self {
            recording: texts.text("against.recording", against.recording),
            loads: against.loads,
            load: load.map(|load| load.id.to_string()),
            matches: differences.as_ref().is_some_and(Vec::is_empty),
            differences: differences.unwrap_or_default(),
            redacted: load.is_some_and(|load| load.redacted),
            sections,
        })
    }
}
