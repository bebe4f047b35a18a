//! The published JSON Schemas (`docs/schema`), and what does not fit them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use jsonschema::Validator;
use serde_json::Value;

/// Where the schemas lie.
#[must_use]
pub fn dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema")
}

/// `load-1.json` of `kmodtrace.load/1`.
#[must_use]
pub fn path(name: &str) -> PathBuf {
    let name = name.trim_start_matches("kmodtrace.").replace('/', "-");
    dir().join(format!("{name}.json"))
}

/// The published schemas, by the objects' `schema`: their titles.
#[derive(Debug)]
pub struct Schemas(BTreeMap<String, Validator>);

impl Schemas {
    /// Reads them.
    ///
    /// # Panics
    /// When one is no schema.
    #[must_use]
    pub fn published() -> Self {
        let files = fs::read_dir(dir()).expect("published");
        let named = files.map(|file| {
            let text = fs::read_to_string(file.expect("a file").path()).expect("readable");
            let schema: Value = serde_json::from_str(&text).expect("JSON");
            let validator = jsonschema::draft202012::new(&schema).expect("a schema");
            (
                schema["title"].as_str().expect("a title").to_owned(),
                validator,
            )
        });
        Self(named.collect())
    }

    /// What is wrong with an object; nothing if it fits its schema.
    #[must_use]
    pub fn wrong(&self, object: &Value) -> Vec<String> {
        let name = object["schema"].as_str().unwrap_or_default();
        let Some(validator) = self.0.get(name) else {
            return vec![format!("no schema {name:?}")];
        };
        let errors = validator.iter_errors(object);
        errors
            .map(|error| format!("{name} {}: {error:.300}", error.instance_path()))
            .collect()
    }

    /// Counts the lines of each kind, all of which must fit.
    ///
    /// # Panics
    /// When a line does not.
    pub fn check(&self, lines: &[u8], counts: &mut BTreeMap<String, usize>) {
        let lines = lines.split(|&byte| byte == b'\n');
        for line in lines.filter(|line| !line.is_empty()) {
            let object: Value = serde_json::from_slice(line).expect("one object a line");
            let mut wrong = self.wrong(&object);
            wrong.truncate(3);
            assert!(wrong.is_empty(), "{wrong:#?}");
            let name = object["schema"].as_str().expect("named").to_owned();
            *counts.entry(name).or_default() += 1;
        }
    }
}
