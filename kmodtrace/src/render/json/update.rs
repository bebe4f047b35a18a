//! An update's line.

use std::borrow::Cow;

use serde::Serialize;

use super::{
    UPDATE_SCHEMA,
    text::{Address, Texts},
};
use crate::model::Update;

/// Something that became known of a load that was written before.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render) struct UpdateLine<'u> {
    /// Kind and version of this object.
    #[cfg_attr(feature = "schema", schemars(extend("const" = UPDATE_SCHEMA)))]
    schema: &'static str,
    /// The load.
    id: String,
    /// Its module.
    module: Option<Cow<'u, str>>,
    /// What became known.
    #[serde(flatten)]
    fact: Fact,
    /// Fields that are not literal: `\xff` stands for a byte, `\\` for a backslash.
    escaped: Vec<&'static str>,
}

/// What became known of a load.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Fact {
    /// The module's init memory was freed.
    FreeInit {
        /// When the kernel's worker began its batch, ns of `CLOCK_MONOTONIC`.
        batch_ns: u64,
        /// When the last of this memory was freed, ns of `CLOCK_MONOTONIC`.
        time_ns: u64,
        /// What was freed.
        addresses: Vec<Address>,
    },
    /// The process has left user space again.
    UserAfter {
        /// How long after the load, ns.
        after_ns: u64,
        /// Until its next load, or its end.
        #[cfg_attr(feature = "schema", schemars(extend("enum" = ["load", "exit"])))]
        until: &'static str,
    },
    /// The load against which this one lost has ended too.
    Lost {
        /// `id` of the load that won.
        against: String,
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
                    addresses: addresses.iter().copied().map(Address).collect(),
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
            Update::Lost {
                id,
                module,
                against,
            } => Self {
                schema: UPDATE_SCHEMA,
                id: id.to_string(),
                module: texts.known("module", module.as_ref()),
                fact: Fact::Lost {
                    against: against.to_string(),
                },
                escaped: texts.escaped,
            },
        }
    }
}
