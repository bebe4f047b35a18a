//! The JSON Schemas below `docs/schema`: they are what the types say, and everything that is printed
//! fits them.
//!
//! `KMODTRACE_UPDATE_SCHEMAS=1 cargo test -p kmodtrace-tests --test schema` writes them anew.

#[path = "redact/frames.rs"]
mod frames;
#[path = "render/loads.rs"]
mod loads;
#[path = "schema/real.rs"]
mod real;
#[path = "render/runs.rs"]
mod runs;
#[path = "schema/valid.rs"]
mod valid;

use std::{env, fs};

use kmodtrace::{cli::doctor, render::schema};
use kmodtrace_tests::schemas::{dir, path};
use schemars::Schema;
use serde_json::Value;

/// Those of everything that is printed.
fn schemas() -> Vec<(&'static str, Schema)> {
    [schema::schemas(), doctor::schemas()].concat()
}

#[test]
fn the_published_ones_are_those_of_the_types() {
    let update = env::var_os("KMODTRACE_UPDATE_SCHEMAS").is_some();
    for (name, schema) in schemas() {
        let text = serde_json::to_string_pretty(&schema).expect("JSON") + "\n";
        if update {
            fs::write(path(name), &text).expect("written");
        }
        let published = fs::read_to_string(path(name)).unwrap_or_default();
        assert!(
            published == text,
            "{name} has changed: set KMODTRACE_UPDATE_SCHEMAS=1 to publish that"
        );
    }
    let published = fs::read_dir(dir()).expect("there");
    assert_eq!(published.count(), schemas().len());
}

/// Calls `look` with every object schema: where it stands, and the schema.
fn each_object(at: &str, value: &Value, look: &mut impl FnMut(&str, &Value)) {
    if value.get("properties").is_some() {
        look(at, value);
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                each_object(&format!("{at}/{name}"), value, look);
            }
        }
        Value::Array(items) => {
            items.iter().for_each(|item| each_object(at, item, look));
        }
        _ => {}
    }
}

#[test]
fn every_field_is_described_and_required() {
    let mut fields = 0;
    for (name, schema) in schemas() {
        assert_eq!(schema.get("title").and_then(Value::as_str), Some(name));
        each_object(name, schema.as_value(), &mut |at, object| {
            let required = object["required"].as_array().expect("a list");
            for (field, schema) in object["properties"].as_object().expect("fields") {
                fields += 1;
                // The tag of an update is named by serde.
                let tag = field == "kind" && schema.get("const").is_some();
                let described = schema["description"]
                    .as_str()
                    .is_some_and(|text| text.len() > 3);
                assert!(tag || described, "{at}: {field} is not described");
                assert!(
                    required.contains(&Value::from(field.as_str())),
                    "{at}: {field}"
                );
            }
            // Fields may be added.
            let more = object.get("additionalProperties");
            assert!(more.is_none_or(|more| more != &Value::Bool(false)), "{at}");
        });
    }
    assert!(fields > 200, "{fields} fields");
}
