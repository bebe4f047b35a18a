//! The one way from frames to output, for live runs and recordings alike.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    path::PathBuf,
};

use crate::{
    assemble::{Assembler, Output},
    event::{Event, HostEvent, Losses},
    model::{Load, LoadId, Summary, Unload, Update},
    render::{Renderer, printable},
    trace::Frame,
};

use super::filter::Filter;

/// Decodes, assembles, filters and renders frames in the order in which they come.
pub(super) struct Pipeline<'a> {
    assembler: Assembler,
    filter: Filter,
    /// The first one is what the run is for: without it there is nothing to print.
    outlets: Vec<Outlet<'a>>,
    error: Option<io::Error>,
    export_lost: bool,
    summary: Summary,
    /// What was lost in the runs before this one, and the records that came in of them.
    before: (Losses, u64),
    remaining: Option<u64>,
    /// Loads that were printed and may still be updated.
    printed: BTreeSet<LoadId>,
}

/// A place that everything is written to, in one format.
pub(super) struct Outlet<'a> {
    renderer: Box<dyn Renderer>,
    out: Option<Box<dyn Write + 'a>>,
    /// An export to a file, which also holds the end of the run; `None` for what `run` and `report` print.
    export: Option<PathBuf>,
}

impl<'a> Outlet<'a> {
    /// What `run` and `report` print; how it ends is told elsewhere.
    #[must_use]
    pub(super) fn print(renderer: Box<dyn Renderer>, out: Box<dyn Write + 'a>) -> Self {
        Self {
            renderer,
            out: Some(out),
            export: None,
        }
    }

    /// An export; `path` is what it is called when it cannot be written.
    #[must_use]
    pub(super) fn export(
        renderer: Box<dyn Renderer>,
        out: Box<dyn Write + 'a>,
        path: PathBuf,
    ) -> Self {
        Self {
            renderer,
            out: Some(out),
            export: Some(path),
        }
    }
}

/// Printed loads that are remembered for an update; the oldest ones are forgotten.
const MAX_PRINTED: usize = 4096;

impl<'a> Pipeline<'a> {
    /// A pipeline that prints at most `count` loads, to every outlet.
    #[must_use]
    pub(super) fn new(filter: Filter, outlets: Vec<Outlet<'a>>, count: Option<u64>) -> Self {
        Self {
            assembler: Assembler::new(),
            filter,
            outlets,
            error: None,
            export_lost: false,
            summary: Summary::default(),
            before: (Losses::default(), 0),
            remaining: count,
            printed: BTreeSet::new(),
        }
    }

    /// Takes one frame in and prints what it completes. When the output can no longer be written the
    /// pipeline goes on without it, see [`Pipeline::output_error`].
    pub(super) fn feed(&mut self, frame: Frame) {
        let records = u64::from(matches!(frame, Frame::Record(_)));
        self.summary.received = self.summary.received.saturating_add(records);
        match frame.decode() {
            // What the run before has left is part of that run.
            Ok(event @ Event::Session(_)) => {
                self.assemble(event.clone());
                self.note(&event);
            }
            Ok(event) => {
                self.note(&event);
                self.assemble(event);
            }
            Err(error) => {
                tracing::warn!(%error, "a record could not be understood");
                self.summary.anomalies += 1;
            }
        }
    }

    fn assemble(&mut self, event: Event) {
        let mut outputs = Vec::new();
        self.assembler.push(event, &mut outputs);
        self.print(outputs);
    }

    /// Prints what is still held back, and tells the whole.
    pub(super) fn finish(&mut self) -> Summary {
        let mut outputs = Vec::new();
        self.assembler.finish(&mut outputs);
        self.print(outputs);
        let summary = std::mem::take(&mut self.summary);
        self.write(|outlet, out| match outlet.export {
            Some(_) => outlet.renderer.summary(&summary, out),
            None => Ok(()),
        });
        self.flush();
        summary
    }

    /// Why the output could not be written; told once.
    pub(super) fn output_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// True if an export, other than the only thing asked for, could not be written.
    #[must_use]
    pub(super) fn export_lost(&self) -> bool {
        self.export_lost
    }

    /// Prints no more loads.
    pub(super) fn stop(&mut self) {
        self.remaining = Some(0);
    }

    /// True once as many loads were printed as were asked for.
    #[must_use]
    pub(super) fn is_full(&self) -> bool {
        self.remaining == Some(0)
    }

    /// Flushes what was printed.
    pub(super) fn flush(&mut self) {
        self.write(|_, out| out.flush());
    }

    fn note(&mut self, event: &Event) {
        match event {
            Event::Host(HostEvent::Losses(losses)) => {
                self.summary.losses = self.before.0.plus(losses);
            }
            Event::Host(HostEvent::InFlight { loads }) => {
                let unfinished = loads.iter().map(|load| self.assembler.unfinished(load));
                self.summary.in_flight.extend(unfinished);
            }
            Event::Session(session) => {
                self.end_run();
                if session.command.is_some() && session.descent_known {
                    self.summary.by_command.get_or_insert(0);
                }
                self.write(|outlet, out| outlet.renderer.session(session, out));
            }
            Event::Host(HostEvent::Programs(programs)) => {
                self.summary.programs.get_or_insert_default().add(programs);
            }
            Event::Host(HostEvent::UnderWay { modules }) => {
                self.summary.under_way.clone_from(modules);
            }
            Event::Host(HostEvent::Elsewhere { records }) => {
                self.summary.received = self.summary.received.saturating_add(*records);
            }
            Event::Host(HostEvent::Benchmark(benchmark)) => {
                self.write(|outlet, out| outlet.renderer.benchmark(benchmark, out));
            }
            Event::Host(HostEvent::Timing(timing)) => {
                self.write(|outlet, out| outlet.renderer.timing(timing, out));
            }
            Event::Host(HostEvent::CommandEnded { code }) => self.summary.command = Some(*code),
            _ => {}
        }
    }

    /// What another run loses comes on top. More may have come in than this one knew to be sent.
    fn end_run(&mut self) {
        let Summary {
            losses, received, ..
        } = &mut self.summary;
        let came_in = received.saturating_sub(self.before.1);
        let sent = losses.sent.saturating_sub(self.before.0.sent);
        losses.sent = losses.sent.saturating_add(came_in.saturating_sub(sent));
        self.before = (*losses, *received);
        self.printed.clear();
    }

    fn print(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Load(load) => self.print_load(&load),
                Output::Unload(unload) => self.print_unload(&unload),
                Output::Update(update) => self.print_update(&update),
                Output::Anomaly(anomaly) => {
                    tracing::debug!(%anomaly, "anomaly");
                    self.summary.anomalies += 1;
                }
            }
        }
    }

    fn print_load(&mut self, load: &Load) {
        self.summary.see(load);
        if self.is_full() || !self.filter.matches(load) {
            self.summary.passed_over += 1;
            return;
        }
        self.summary.add(load);
        if let Some(remaining) = &mut self.remaining {
            *remaining -= 1;
        }
        let winner_may_follow = load.contest.is_some_and(|contest| contest.with.is_none());
        if load.succeeded() || winner_may_follow {
            self.printed.insert(load.id);
            if self.printed.len() > MAX_PRINTED {
                self.printed.pop_first();
            }
        }
        self.write(|outlet, out| outlet.renderer.load(load, out));
    }

    fn print_unload(&mut self, unload: &Unload) {
        if self.is_full() || !self.filter.matches_unload(unload) {
            return;
        }
        self.summary.see_unload(unload);
        self.write(|outlet, out| outlet.renderer.unload(unload, out));
    }

    /// Only what concerns a load that was printed.
    fn print_update(&mut self, update: &Update) {
        if self.printed.contains(&update.id()) {
            self.write(|outlet, out| outlet.renderer.update(update, out));
        }
    }

    fn write(&mut self, what: impl Fn(&mut Outlet<'a>, &mut dyn Write) -> io::Result<()>) {
        for (index, outlet) in self.outlets.iter_mut().enumerate() {
            let Some(mut out) = outlet.out.take() else {
                continue;
            };
            match (what(outlet, &mut *out), &outlet.export) {
                (Ok(()), _) => outlet.out = Some(out),
                (Err(error), Some(path)) if index > 0 => {
                    let path = path.display().to_string();
                    let path = printable(path.as_bytes(), false);
                    eprintln!("kmodtrace: cannot write {path} ({error}): it ends here");
                    self.export_lost = true;
                }
                (Err(error), _) => self.error = Some(error),
            }
        }
    }
}
