//! What every output format offers.

use std::io::{self, Write};

use super::{Brief, Json, Style, Terminal};
use crate::{
    event::{Benchmark, Session, Timing},
    model::{Load, Summary, Unload, Update},
};

/// Writes what happened in one format, in the order in which it became known.
///
/// Each call writes whole lines; flushing is the caller's.
pub trait Renderer {
    /// The run that the following is of, and its machine. Formats that say nothing of it need not.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    fn session(&mut self, _session: &Session, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// What the benchmark that the following is of was asked for.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    fn benchmark(&mut self, _benchmark: &Benchmark, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// How long a load of a benchmark took, as whoever made it saw it.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    fn timing(&mut self, _timing: &Timing, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// A load that has ended or was abandoned.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    fn load(&mut self, load: &Load, out: &mut dyn Write) -> io::Result<()>;

    /// An unload that has ended or was abandoned.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    fn unload(&mut self, unload: &Unload, out: &mut dyn Write) -> io::Result<()>;

    /// A fact about a load that was written before.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    fn update(&mut self, update: &Update, out: &mut dyn Write) -> io::Result<()>;

    /// The end of the run.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    fn summary(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()>;
}

/// An output format.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Format {
    /// A block with a phase table per load.
    #[default]
    Terminal,
    /// One line per load.
    Brief,
    /// JSON Lines.
    Json,
}

/// The renderer for a format; JSON has no style.
#[must_use]
pub fn renderer(format: Format, style: Style) -> Box<dyn Renderer> {
    match format {
        Format::Terminal => Box::new(Terminal::new(style)),
        Format::Brief => Box::new(Brief::new(style)),
        Format::Json => Box::new(Json::default()),
    }
}
