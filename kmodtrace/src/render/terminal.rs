//! For people: a block with a phase table per load.

mod children;
mod details;
mod header;
mod notes;
pub(super) mod table;
mod unload;
mod update;

use std::io::{self, Write};

use super::{Renderer, Style, canvas::Canvas, summary};
use crate::model::{Load, Summary, Unload, Update};

/// Writes a block per load: what it was, its phases, what is to be said of them.
#[derive(Clone, Debug, Default)]
pub struct Terminal {
    style: Style,
    last: Last,
    children: children::Children,
}

/// What was written last: blocks have blank lines around them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Last {
    #[default]
    Nothing,
    Block,
    Line,
}

impl Terminal {
    /// A renderer that has not written anything yet.
    #[must_use]
    pub fn new(style: Style) -> Self {
        Self {
            style,
            ..Self::default()
        }
    }

    fn begin<'a>(&mut self, what: Last, out: &'a mut dyn Write) -> io::Result<Canvas<'a>> {
        let mut canvas = Canvas::new(out, self.style);
        let last = std::mem::replace(&mut self.last, what);
        if last != Last::Nothing && (last, what) != (Last::Line, Last::Line) {
            canvas.blank()?;
        }
        Ok(canvas)
    }
}

impl Renderer for Terminal {
    fn load(&mut self, load: &Load, out: &mut dyn Write) -> io::Result<()> {
        let mut canvas = self.begin(Last::Block, out)?;
        header::write(load, &mut canvas)?;
        table::write(load, &mut canvas)?;
        self.children.remember(load, &canvas);
        self.children.write(load.id, &mut canvas)?;
        notes::write(load, &mut canvas)?;
        details::write(load, &mut canvas)
    }

    fn unload(&mut self, unload: &Unload, out: &mut dyn Write) -> io::Result<()> {
        let mut canvas = self.begin(Last::Block, out)?;
        unload::write(unload, &mut canvas)
    }

    fn update(&mut self, update: &Update, out: &mut dyn Write) -> io::Result<()> {
        if matches!(update, Update::UserAfter { .. }) && !self.style.verbose {
            return Ok(());
        }
        let mut canvas = self.begin(Last::Line, out)?;
        update::write(update, &mut canvas)
    }

    fn summary(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        let mut canvas = self.begin(Last::Block, out)?;
        summary::write(summary, &mut canvas)
    }
}
