//! The one way from frames to output, for live runs and recordings alike.

use std::io::{self, Write};

use crate::{
    assemble::{Assembler, Output},
    event::{Event, HostEvent},
    model::{Load, Summary},
    render::Renderer,
    trace::Frame,
};

use super::filter::Filter;

/// Decodes, assembles, filters and renders frames in the order in which they come.
pub(super) struct Pipeline<'a> {
    assembler: Assembler,
    filter: Filter,
    renderer: Box<dyn Renderer>,
    out: Box<dyn Write + 'a>,
    summary: Summary,
    remaining: Option<u64>,
}

impl<'a> Pipeline<'a> {
    /// A pipeline that prints at most `count` loads.
    #[must_use]
    pub(super) fn new(
        filter: Filter,
        renderer: Box<dyn Renderer>,
        out: Box<dyn Write + 'a>,
        count: Option<u64>,
    ) -> Self {
        Self {
            assembler: Assembler::new(),
            filter,
            renderer,
            out,
            summary: Summary::default(),
            remaining: count,
        }
    }

    /// Takes one frame in and prints what it completes.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub(super) fn feed(&mut self, frame: Frame) -> io::Result<()> {
        self.summary.received += u64::from(matches!(frame, Frame::Record(_)));
        match frame.decode() {
            Ok(event) => {
                self.note(&event);
                let mut outputs = Vec::new();
                self.assembler.push(event, &mut outputs);
                self.print(outputs)
            }
            Err(error) => {
                tracing::warn!(%error, "a record could not be understood");
                self.summary.anomalies += 1;
                Ok(())
            }
        }
    }

    /// Prints what is still held back, and ends with the summary.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub(super) fn finish(mut self) -> io::Result<Summary> {
        let mut outputs = Vec::new();
        self.assembler.finish(&mut outputs);
        self.print(outputs)?;
        self.out.flush()?;
        Ok(self.summary)
    }

    /// True once as many loads were printed as were asked for.
    #[must_use]
    pub(super) fn is_full(&self) -> bool {
        self.remaining == Some(0)
    }

    /// Flushes what was printed.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn note(&mut self, event: &Event) {
        match event {
            Event::Host(HostEvent::Losses(losses)) => self.summary.losses = *losses,
            Event::Host(HostEvent::InFlight { loads }) => {
                let unfinished = loads.iter().map(|load| self.assembler.unfinished(load));
                self.summary.in_flight = unfinished.collect();
            }
            Event::Host(HostEvent::CommandEnded { code }) => self.summary.command = Some(*code),
            _ => {}
        }
    }

    fn print(&mut self, outputs: Vec<Output>) -> io::Result<()> {
        for output in outputs {
            match output {
                Output::Load(load) => self.print_load(&load)?,
                Output::Update(update) => self.renderer.update(&update, &mut *self.out)?,
                Output::Anomaly(anomaly) => {
                    tracing::debug!(%anomaly, "anomaly");
                    self.summary.anomalies += 1;
                }
            }
        }
        Ok(())
    }

    fn print_load(&mut self, load: &Load) -> io::Result<()> {
        if self.is_full() || !self.filter.matches(load) {
            return Ok(());
        }
        self.summary.add(load);
        if let Some(remaining) = &mut self.remaining {
            *remaining -= 1;
        }
        self.renderer.load(load, &mut *self.out)
    }
}
