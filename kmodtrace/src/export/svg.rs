//! A picture of the timeline: SVG 1.1 with a style of its own for light and dark, without scripts.
//!
//! Where loads go and how wide they are is known when the run has ended, so what is drawn of each of them is kept
//! until then. What would be drawn into the same pixel is drawn once: the picture has a size that depends on its
//! width and its rows, not on the number of loads.

mod axis;
mod bar;
mod draw;
mod xml;

use std::io::{self, Write};

use self::bar::Bar;
use crate::{
    event::Session,
    model::{Load, Summary, Unload, Update},
    render::Renderer,
};

/// Draws the run when its [summary](Renderer::summary) comes.
#[derive(Debug, Default)]
pub struct Svg {
    /// Kernel and machine; of the first session, if there are several.
    machine: Option<String>,
    bars: Vec<Bar>,
}

impl Renderer for Svg {
    fn session(&mut self, session: &Session, _out: &mut dyn Write) -> io::Result<()> {
        let name = || {
            let redacted = if session.redacted { " · redacted" } else { "" };
            format!("Linux {} {}{redacted}", session.release, session.machine)
        };
        self.machine.get_or_insert_with(name);
        Ok(())
    }

    fn load(&mut self, load: &Load, _out: &mut dyn Write) -> io::Result<()> {
        self.bars.push(Bar::load(load));
        Ok(())
    }

    fn unload(&mut self, unload: &Unload, _out: &mut dyn Write) -> io::Result<()> {
        self.bars.push(Bar::unload(unload));
        Ok(())
    }

    /// A picture shows no updates.
    fn update(&mut self, _update: &Update, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn summary(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        let machine = self.machine.take().unwrap_or_default();
        let bars = std::mem::take(&mut self.bars);
        out.write_all(draw::picture(&machine, bars, summary).as_bytes())
    }
}
