//! JSON Schemas of what is printed, generated from the types that are printed: `docs/schema`.
//!
//! Part of the tests, not of the program (feature `schema`).

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};

use super::{
    BENCH_SCHEMA, COMPARE_SCHEMA, INSPECT_SCHEMA, LOAD_SCHEMA, MAP_SCHEMA, RECORDING_SCHEMA,
    SUMMARY_SCHEMA, UNLOAD_SCHEMA, UPDATE_SCHEMA, bench, compare, inspect, json, listing,
    module_map,
};

/// An address in JSON.
pub(super) const ADDRESS: &str = "^0x[0-9a-f]+$";

/// Every kind of object that is rendered, with its schema (draft 2020-12).
#[must_use]
pub fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        (LOAD_SCHEMA, of::<json::load::LoadLine<'_>>(LOAD_SCHEMA)),
        (
            UNLOAD_SCHEMA,
            of::<json::unload::UnloadLine<'_>>(UNLOAD_SCHEMA),
        ),
        (
            UPDATE_SCHEMA,
            of::<json::update::UpdateLine<'_>>(UPDATE_SCHEMA),
        ),
        (
            SUMMARY_SCHEMA,
            of::<json::summary::SummaryLine<'_>>(SUMMARY_SCHEMA),
        ),
        (
            INSPECT_SCHEMA,
            of::<inspect::json::object::InspectLine<'_>>(INSPECT_SCHEMA),
        ),
        (
            RECORDING_SCHEMA,
            of::<listing::json::RecordingLine<'_>>(RECORDING_SCHEMA),
        ),
        (
            COMPARE_SCHEMA,
            of::<compare::json::CompareLine<'_>>(COMPARE_SCHEMA),
        ),
        (BENCH_SCHEMA, of::<bench::json::BenchLine<'_>>(BENCH_SCHEMA)),
        (MAP_SCHEMA, of::<module_map::json::MapLine<'_>>(MAP_SCHEMA)),
    ]
}

/// The schema of an object.
pub(crate) fn of<T: JsonSchema>(title: &str) -> Schema {
    // As it is written: what may be null is there all the same.
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), title.into());
    schema
}

/// Values of a call: addresses are strings, other numbers are numbers.
pub(super) fn values(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "additionalProperties": { "type": ["string", "integer"] },
    })
}
