//! For programs: JSON Lines. `docs/output.md` is the contract.
//!
//! Within a schema's version fields are only ever added.

mod facts;
pub(super) mod load;
pub(super) mod memory;
pub(super) mod summary;
pub(super) mod text;
pub(super) mod unload;
pub(super) mod update;

use std::io::{self, Write};

use serde::Serialize;

use super::Renderer;
use crate::model::{Load, Summary, Unload, Update};

/// `schema` of a load's line.
pub const LOAD_SCHEMA: &str = "kmodtrace.load/1";
/// `schema` of an unload's line.
pub const UNLOAD_SCHEMA: &str = "kmodtrace.unload/1";
/// `schema` of an update's line.
pub const UPDATE_SCHEMA: &str = "kmodtrace.update/1";
/// `schema` of the summary's line.
pub const SUMMARY_SCHEMA: &str = "kmodtrace.summary/1";

/// Writes one JSON object per line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json;

impl Renderer for Json {
    fn load(&mut self, load: &Load, out: &mut dyn Write) -> io::Result<()> {
        line(&load::LoadLine::from(load), out)
    }

    fn unload(&mut self, unload: &Unload, out: &mut dyn Write) -> io::Result<()> {
        line(&unload::UnloadLine::from(unload), out)
    }

    fn update(&mut self, update: &Update, out: &mut dyn Write) -> io::Result<()> {
        line(&update::UpdateLine::from(update), out)
    }

    fn summary(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        line(&summary::SummaryLine::from(summary), out)
    }
}

/// One object, serialised before anything is written: a line is whole or not there.
pub(super) fn line(object: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut line = serde_json::to_vec(object)?;
    line.push(b'\n');
    out.write_all(&line)
}
