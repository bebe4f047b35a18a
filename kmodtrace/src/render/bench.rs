//! What came out of a benchmark.

pub(super) mod json;
mod text;

use std::io::{self, Write};

pub use json::BENCH_SCHEMA;

use super::{Renderer, Style, canvas::Canvas};
use crate::{
    bench::{Collected, Figures},
    event::{Benchmark, Session, Timing},
    model::{Load, Summary, Unload, Update},
};

/// Collects a benchmark and writes its figures when it has ended: with another one's beginning, or with the run.
#[derive(Clone, Debug)]
pub struct BenchReport {
    json: bool,
    style: Style,
    session: Option<Session>,
    collected: Option<Collected>,
    /// True once something was written.
    written: bool,
}

impl BenchReport {
    /// One line of JSON, or text in this style.
    #[must_use]
    pub fn new(json: bool, style: Style) -> Self {
        Self {
            json,
            style,
            session: None,
            collected: None,
            written: false,
        }
    }

    fn write(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let Some(collected) = self.collected.take() else {
            return Ok(());
        };
        let contenders = collected.benchmark.contenders.iter();
        let figures = contenders.map(|contender| Figures::of(&collected, contender));
        let figures: Vec<_> = figures.collect();
        let session = self.session.clone().unwrap_or_default();
        if self.json {
            return json::write(&session, &collected.benchmark, &figures, out);
        }
        let mut canvas = Canvas::new(out, self.style);
        if self.written {
            canvas.blank()?;
        }
        self.written = true;
        text::write(&mut canvas, &session, &collected.benchmark, &figures)
    }
}

impl Renderer for BenchReport {
    fn session(&mut self, session: &Session, out: &mut dyn Write) -> io::Result<()> {
        self.write(out)?;
        self.session = Some(session.clone());
        Ok(())
    }

    fn benchmark(&mut self, benchmark: &Benchmark, out: &mut dyn Write) -> io::Result<()> {
        self.write(out)?;
        self.collected = Some(Collected::new(benchmark.clone()));
        Ok(())
    }

    fn timing(&mut self, timing: &Timing, _out: &mut dyn Write) -> io::Result<()> {
        if let Some(collected) = &mut self.collected {
            collected.timing(timing);
        }
        Ok(())
    }

    fn load(&mut self, load: &Load, _out: &mut dyn Write) -> io::Result<()> {
        if let Some(collected) = &mut self.collected {
            collected.load(load);
        }
        Ok(())
    }

    fn unload(&mut self, _unload: &Unload, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn update(&mut self, _update: &Update, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn summary(&mut self, _summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        self.write(out)
    }
}
