//! What came out of a benchmark.

pub(super) mod json;
mod text;

use std::io::{self, Write};

pub use json::BENCH_SCHEMA;

use super::{Renderer, Style, canvas::Canvas, compare_json, compare_text};
use crate::{
    bench::{Collected, Figures},
    compare::{Comparison, Options, Samples, compare},
    event::{Benchmark, Contender, Session, Side, Timing},
    model::{Load, Summary, Unload, Update},
};

/// Collects a benchmark and writes its figures when it has ended: with another one's beginning, or with the run.
#[derive(Clone, Debug)]
pub struct BenchReport {
    json: bool,
    style: Style,
    session: Option<Session>,
    collected: Option<Collected>,
    /// The loads of A and of B, to be compared.
    sides: [Samples; 2],
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
            sides: Default::default(),
            written: false,
        }
    }

    fn write(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let sides = std::mem::take(&mut self.sides);
        let Some(collected) = self.collected.take() else {
            return Ok(());
        };
        let contenders = collected.benchmark.contenders.iter();
        let figures = contenders.map(|contender| Figures::of(&collected, contender));
        let figures: Vec<_> = figures.collect();
        let session = self.session.clone().unwrap_or_default();
        let compared = compared(&collected.benchmark, sides);
        if self.json {
            json::write(&session, &collected.benchmark, &figures, out)?;
            return match &compared {
                Some(comparison) => compare_json(comparison, out),
                None => Ok(()),
            };
        }
        let mut canvas = Canvas::new(out, self.style);
        if self.written {
            canvas.blank()?;
        }
        self.written = true;
        text::write(&mut canvas, &session, &collected.benchmark, &figures)?;
        let Some(comparison) = &compared else {
            return Ok(());
        };
        canvas.blank()?;
        compare_text(comparison, self.style, out)
    }
}

/// What A is next to B, the module of `--against`; `None` where there is nothing to compare.
fn compared(benchmark: &Benchmark, mut sides: [Samples; 2]) -> Option<Comparison> {
    let [a, b] = benchmark.contenders.as_slice() else {
        return None;
    };
    sides.iter_mut().for_each(Samples::settle);
    let [new, base] = &sides;
    let name = |it: &Contender| String::from_utf8_lossy(&it.file.0).into_owned();
    let names = [format!("{} (--against)", name(b)), name(a)];
    let options = Options {
        benchmark: true,
        ..Options::default()
    };
    let comparison = compare(names, base, new, &options);
    (!comparison.modules.is_empty()).then_some(comparison)
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
        if let Some(session) = &self.session {
            self.sides.iter_mut().for_each(|side| side.session(session));
        }
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
        if let Some(iteration) = load.iteration {
            let [a, b] = &mut self.sides;
            let side = if iteration.side == Side::A { a } else { b };
            side.add(load, Some(iteration));
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
