//! The recorded load that a file was compared with.

use std::borrow::Cow;

use serde::Serialize;

use super::object::Texts;
use crate::render::inspect::{Inspection, against::differences};

/// The recorded load that a file was compared with.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct AgainstObject<'i> {
    /// Path of the recording.
    recording: Cow<'i, str>,
    /// Loads of a module of this name in it.
    loads: usize,
    /// `id` of the load that was compared.
    load: Option<String>,
    /// It was made from this file.
    matches: bool,
    /// What differs, in words.
    differences: Vec<String>,
    /// Addresses are not the kernel's: see `--redact`.
    redacted: bool,
    /// Sections as the load had them.
    sections: Vec<PlacedObject<'i>>,
}

/// A section of the load.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct PlacedObject<'i> {
    /// Index in the file, from 0.
    index: u32,
    /// Its name.
    name: Cow<'i, str>,
    /// Its size, bytes.
    bytes: u64,
    /// Where it begins in this file, bytes.
    offset: Option<u64>,
    /// Its final address; null if it was not kept.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::render::schema::ADDRESS)))]
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
