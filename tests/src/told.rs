//! Everything that a recording tells, and what a renderer makes of it.

use std::io::{self, Write};

use kmodtrace::{
    assemble::{Assembler, Output},
    event::{Event, Session},
    model::{Load, Summary, Unload, Update},
    render::Renderer,
    trace::Frame,
};

/// What a run tells, in order.
#[derive(Debug)]
pub struct Told {
    /// The last session.
    pub session: Session,
    /// What the assembler told.
    pub outputs: Vec<Output>,
    /// Loads and unloads added up.
    pub summary: Summary,
}

impl Told {
    /// What frames tell.
    ///
    /// # Panics
    /// When one cannot be decoded.
    #[must_use]
    pub fn of(frames: Vec<Frame>) -> Self {
        let (mut assembler, mut outputs) = (Assembler::new(), Vec::new());
        let mut session = Session::default();
        for frame in frames {
            let event = frame.decode().expect("a known frame");
            if let Event::Session(of_run) = &event {
                session = (**of_run).clone();
            }
            assembler.push(event, &mut outputs);
        }
        assembler.finish(&mut outputs);
        Self::new(session, outputs)
    }

    /// The same of outputs that are there already.
    #[must_use]
    pub fn new(session: Session, outputs: Vec<Output>) -> Self {
        let mut summary = Summary::default();
        for output in &outputs {
            match output {
                Output::Load(load) => summary.add(load),
                Output::Unload(unload) => summary.see_unload(unload),
                Output::Update(_) | Output::Anomaly(_) => {}
            }
        }
        Self {
            session,
            outputs,
            summary,
        }
    }

    /// Renders all of it.
    ///
    /// # Errors
    /// Those of `out` and of the renderer.
    pub fn write(&self, renderer: &mut dyn Renderer, out: &mut dyn Write) -> io::Result<()> {
        renderer.session(&self.session, out)?;
        for output in &self.outputs {
            match output {
                Output::Load(load) => renderer.load(load, out)?,
                Output::Unload(unload) => renderer.unload(unload, out)?,
                Output::Update(update) => renderer.update(update, out)?,
                Output::Anomaly(_) => {}
            }
        }
        renderer.summary(&self.summary, out)
    }

    /// Its loads.
    pub fn loads(&self) -> impl Iterator<Item = &Load> {
        self.outputs.iter().filter_map(|output| match output {
            Output::Load(load) => Some(&**load),
            _ => None,
        })
    }

    /// Its unloads.
    pub fn unloads(&self) -> impl Iterator<Item = &Unload> {
        self.outputs.iter().filter_map(|output| match output {
            Output::Unload(unload) => Some(&**unload),
            _ => None,
        })
    }

    /// Its updates.
    pub fn updates(&self) -> impl Iterator<Item = &Update> {
        self.outputs.iter().filter_map(|output| match output {
            Output::Update(update) => Some(update),
            _ => None,
        })
    }
}
