//! One page that shows a run: a timeline, tables, and every load in detail; `docs/exports.md` describes it.
//!
//! The page holds everything and asks the network for nothing. Its data stand in `<script>` elements of types that no
//! browser runs, in the order in which they became known, so that the writer keeps no more than one
//! [block](blocks) of loads:
//!
//! - `session`: the run and its machine, JSON;
//! - `index`: what the timeline and the tables need of each load, JSON ([`row`]);
//! - `details`: the lines that `--json` prints of the same loads, deflated (RFC 1950) and in base64, unpacked when
//!   somebody looks at one of them: as they are, ten thousand loads take a quarter of a gigabyte;
//! - `summary`: the line that `--json` ends with.
//!
//! No text can end its element: [`inert`]. And were there a way, the page's policy runs no script but its own.

mod blocks;
mod inert;
mod page;
mod row;

use std::io::{self, Write};

use self::{blocks::Block, row::Row};
use super::subject::Subject;
use crate::{
    event::Session,
    model::{Load, Summary, Unload, Update},
    render::{Json, Renderer},
};

/// Writes a page; it is whole when the [summary](Renderer::summary) is written.
#[derive(Debug, Default)]
pub struct Html {
    block: Block,
    json: Json,
    begun: bool,
    /// What times in the index count from, ns of `CLOCK_MONOTONIC`: doubles do not hold large ones.
    base_ns: Option<u64>,
}

impl Html {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        page::head(out)
    }

    fn base_ns(&mut self, ns: u64) -> u64 {
        *self.base_ns.get_or_insert(ns)
    }
}

impl Renderer for Html {
    fn session(&mut self, session: &Session, out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)?;
        let base_ns = self.base_ns(session.clock.monotonic_ns);
        inert::json("session", &page::SessionObject::new(session, base_ns), out)
    }

    fn load(&mut self, load: &Load, out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)?;
        let base_ns = self.base_ns(load.start_ns);
        self.block.row(&Row::new(Subject::Load(load), base_ns))?;
        self.json.load(load, self.block.details())?;
        self.block.write_if_full(out)
    }

    fn unload(&mut self, unload: &Unload, out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)?;
        let base_ns = self.base_ns(unload.start_ns);
        self.block
            .row(&Row::new(Subject::Unload(unload), base_ns))?;
        self.json.unload(unload, self.block.details())?;
        self.block.write_if_full(out)
    }

    fn update(&mut self, update: &Update, out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)?;
        self.json.update(update, self.block.updates())
    }

    fn summary(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)?;
        self.block.write(out)?;
        let mut line = Vec::new();
        self.json.summary(summary, &mut line)?;
        inert::element("summary", "application/json", &inert::escaped(&line), out)?;
        page::tail(out)
    }
}
