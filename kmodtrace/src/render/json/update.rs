//! An update's line.

use std::borrow::Cow;

use serde::Serialize;

use super::{
    UPDATE_SCHEMA,
    text::{Texts, address},
};
use crate::model::Update;

#[derive(Serialize)]
pub(super) struct UpdateLine<'u> {
    schema: &'static str,
    id: String,
    module: Option<Cow<'u, str>>,
    #[serde(flatten)]
    fact: Fact,
    escaped: Vec<&'static str>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Fact {
    FreeInit {
        batch_ns: u64,
        time_ns: u64,
        addresses: Vec<String>,
    },
    UserAfter {
        after_ns: u64,
        until: &'static str,
    },
}

impl<'u> From<&'u Update> for UpdateLine<'u> {
    fn from(update: &'u Update) -> Self {
        let mut texts = Texts::default();
        match update {
            Update::FreeInit {
                id,
                module,
                batch_ns,
                time_ns,
                addresses,
            } => Self {
                schema: UPDATE_SCHEMA,
                id: id.to_string(),
                module: texts.known("module", module.as_ref()),
                fact: Fact::FreeInit {
                    batch_ns: *batch_ns,
                    time_ns: *time_ns,
                    addresses: addresses.iter().copied().map(address).collect(),
                },
                escaped: texts.escaped,
            },
            Update::UserAfter {
                id,
                module,
                after_ns,
                ended,
            } => Self {
                schema: UPDATE_SCHEMA,
                id: id.to_string(),
                module: texts.known("module", module.as_ref()),
                fact: Fact::UserAfter {
                    after_ns: *after_ns,
                    until: if *ended { "exit" } else { "load" },
                },
                escaped: texts.escaped,
            },
        }
    }
}
