//! Frames through redaction, assembler and every renderer.

use kmodtrace::{
    assemble::{Assembler, Output},
    event::{HostEvent, Session},
    model::{Load, Summary, Unload, Update},
    redact::Redactor,
    render::{Format, Style, renderer},
    trace::{Frame, frame::encode},
};

/// What `--redact` makes of frames.
pub(crate) fn redacted(frames: &[Frame]) -> Vec<Frame> {
    let (mut redactor, mut out) = (Redactor::new(), Vec::new());
    for frame in frames {
        redactor.push(frame.clone(), &mut out);
    }
    redactor.finish(&mut out);
    out
}

/// What a run was.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Told {
    pub(crate) loads: Vec<Load>,
    pub(crate) unloads: Vec<Unload>,
    pub(crate) updates: Vec<Update>,
    pub(crate) anomalies: usize,
    pub(crate) summary: Summary,
}

impl Told {
    pub(crate) fn of(frames: &[Frame]) -> Self {
        let mut told = Self::default();
        let (mut assembler, mut outputs) = (Assembler::new(), Vec::new());
        for frame in frames {
            if let Frame::Host(HostEvent::InFlight { loads }) = frame {
                let unfinished = loads.iter().map(|load| assembler.unfinished(load));
                told.summary.in_flight = unfinished.collect();
            }
            match frame.clone().decode() {
                Ok(event) => assembler.push(event, &mut outputs),
                Err(_) => told.anomalies += 1,
            }
        }
        assembler.finish(&mut outputs);
        for output in outputs {
            match output {
                Output::Load(load) => told.loads.push(*load),
                Output::Unload(unload) => told.unloads.push(*unload),
                Output::Update(update) => told.updates.push(update),
                Output::Anomaly(_) => told.anomalies += 1,
            }
        }
        told
    }

    pub(crate) fn load(&self, module: &str) -> &Load {
        let is_it = |load: &&Load| {
            let name = load.module.as_ref();
            name.is_some_and(|name| name.0 == module.as_bytes())
        };
        self.loads.iter().find(is_it).expect("the load was told")
    }

    /// Everything that any option prints.
    pub(crate) fn printed(&self) -> Vec<u8> {
        let everything = Style {
            verbose: true,
            map: true,
            relocs: true,
            symbols: true,
            ..Style::default()
        };
        let mut out = Vec::new();
        for format in [Format::Terminal, Format::Brief, Format::Json] {
            let mut renderer = renderer(format, everything);
            let printed = (|| {
                for load in &self.loads {
                    renderer.load(load, &mut out)?;
                }
                for unload in &self.unloads {
                    renderer.unload(unload, &mut out)?;
                }
                for update in &self.updates {
                    renderer.update(update, &mut out)?;
                }
                renderer.summary(&self.summary, &mut out)
            })();
            printed.expect("memory can be written");
        }
        out
    }
}

/// The bytes of a recording's frames, before they are compressed.
pub(crate) fn recording(frames: &[Frame]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for frame in frames {
        encode(frame, &mut bytes).expect("short");
    }
    bytes
}

pub(crate) fn session(session: Session) -> Frame {
    Frame::Session(Box::new(session))
}
