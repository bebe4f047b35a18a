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
use super::{boot::Boot, subject::Subject};
use crate::{
    event::Session,
    model::{Load, Summary, Unload, Update},
    render::{Renderer, printable},
};

/// Draws the run when its [summary](Renderer::summary) comes.
#[derive(Debug, Default)]
pub struct Svg {
    boot: Boot,
    /// Kernel and machine; of the first session, if there are several.
    machine: String,
    bars: Vec<Bar>,
}

impl Renderer for Svg {
    fn session(&mut self, session: &Session, _out: &mut dyn Write) -> io::Result<()> {
        if self.boot.begins(session)? {
            let text = |text: &str| printable(text.as_bytes(), false);
            let (release, machine) = (text(&session.release), text(&session.machine));
            let redacted = if session.redacted { " · redacted" } else { "" };
            self.machine = format!("Linux {release} {machine}{redacted}");
        }
        Ok(())
    }

    fn load(&mut self, load: &Load, _out: &mut dyn Write) -> io::Result<()> {
        self.bars.push(Bar::new(Subject::Load(load)));
        Ok(())
    }

    fn unload(&mut self, unload: &Unload, _out: &mut dyn Write) -> io::Result<()> {
        self.bars.push(Bar::new(Subject::Unload(unload)));
        Ok(())
    }

    /// A picture shows no updates.
    fn update(&mut self, _update: &Update, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn summary(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        let machine = std::mem::take(&mut self.machine);
        let bars = std::mem::take(&mut self.bars);
        out.write_all(draw::picture(&machine, bars, summary).as_bytes())
    }
}
