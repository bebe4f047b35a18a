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
#[derive(Debug, Default)]
pub struct Json {
    /// The line that is being made: one room for all.
    line: Vec<u8>,
}

impl Json {
    fn write(&mut self, object: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
        self.line.clear();
        self.line.shrink_to(KEPT_BYTES);
        put(object, &mut self.line)?;
        out.write_all(&self.line)
    }
}

impl Renderer for Json {
    fn load(&mut self, load: &Load, out: &mut dyn Write) -> io::Result<()> {
        self.write(&load::LoadLine::from(load), out)
    }

    fn unload(&mut self, unload: &Unload, out: &mut dyn Write) -> io::Result<()> {
        self.write(&unload::UnloadLine::from(unload), out)
    }

    fn update(&mut self, update: &Update, out: &mut dyn Write) -> io::Result<()> {
        self.write(&update::UpdateLine::from(update), out)
    }

    fn summary(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        self.write(&summary::SummaryLine::from(summary), out)
    }
}

/// Room that is kept for the next line, bytes: more than loads of all but the largest modules take.
const KEPT_BYTES: usize = 256 << 10;

/// One object, serialised before anything is written: a line is whole or not there.
pub(super) fn line(object: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut line = Vec::new();
    put(object, &mut line)?;
    out.write_all(&line)
}

/// Appends one object as a line.
fn put(object: &impl Serialize, line: &mut Vec<u8>) -> io::Result<()> {
    serde_json::to_writer(&mut *line, object)?;
    line.push(b'\n');
    Ok(())
}
