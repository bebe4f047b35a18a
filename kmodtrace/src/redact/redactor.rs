//! The stream: what is held back, and when it goes on.

use std::collections::VecDeque;

use kmodtrace_common::wire::{Header, Mark, SEGMENT_FINAL, meaning::layout};
use zerocopy::FromBytes;

use super::{
    address::{Place, Tokens},
    held::AllHeld,
    host,
    modules::Modules,
    record::{self, View},
};
use crate::{
    event::{Event, FreedRecord, HostEvent, InFlight, LoadKey, decode},
    trace::Frame,
};

/// Frees that are held because no load has claimed them yet.
const MAX_FREED: usize = 256;

/// Redacts a stream of frames. Every frame that goes in comes out once.
///
/// Held back are a load's records until its final segment (or until its task is gone or begins another
/// load, or the run ends), and frees of init memory until its owner's load has ended. Of too much that
/// is held (4096 loads, 32 MiB, 256 frees) some goes on early: a load's addresses are then told relative
/// to the lowest that was seen by then, those of a free as any other.
#[derive(Debug, Default)]
pub struct Redactor {
    held: AllHeld,
    freed: VecDeque<(FreedRecord, Frame)>,
    modules: Modules,
    tokens: Tokens,
    /// Loads that have been told.
    loads: u64,
    boot_id: String,
}

impl Redactor {
    /// A redactor that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next frame in and appends what can be passed on to `out`.
    pub fn push(&mut self, frame: Frame, out: &mut Vec<Frame>) {
        match frame {
            Frame::Session(mut session) => {
                self.finish(out);
                if session.boot_id != self.boot_id {
                    self.modules.forget();
                    self.boot_id.clone_from(&session.boot_id);
                }
                host::session(&mut session, &self.view(None));
                out.push(Frame::Session(session));
            }
            Frame::Record(record) => self.record(record, out),
            Frame::Host(event) => self.host(event, out),
        }
    }

    /// Passes on whatever is held: no more frames will come, or none that belong to these.
    pub fn finish(&mut self, out: &mut Vec<Frame>) {
        for key in self.held.keys() {
            self.release(key, &[], out);
        }
        while let Some((_, frame)) = self.freed.pop_front() {
            let frame = self.redacted(frame, None);
            out.push(frame);
        }
    }

    fn record(&mut self, bytes: Vec<u8>, out: &mut Vec<Frame>) {
        let header = Header::read_from_prefix(&bytes).map(|(header, _)| header);
        let (Ok(header), Ok(event)) = (header, decode(&bytes)) else {
            return out.push(Frame::Record(record::stub(&bytes)));
        };
        let key = LoadKey {
            pid_tgid: header.pid_tgid,
            start_ns: header.start_ns,
        };
        let frame = Frame::Record(bytes);
        match (layout(header.kind), event) {
            (_, Event::Freed(freed)) => self.free(freed, frame, out),
            (Some(layout), event) if layout.of_load => {
                let ends = matches!(&event, Event::Segment(segment)
                    if segment.facts.flags & SEGMENT_FINAL != 0);
                self.held.of(key).traces.see(&event);
                self.hold(key, frame, out);
                if ends {
                    self.release(key, &[], out);
                }
            }
            _ => out.push(self.redacted(frame, None)),
        }
    }

    fn host(&mut self, event: HostEvent, out: &mut Vec<Frame>) {
        match &event {
            HostEvent::Registered { key, .. } | HostEvent::Refused { key, .. } => {
                let key = *key;
                return self.hold(key, Frame::Host(event), out);
            }
            HostEvent::TaskGone { key, load } => {
                let (key, mut load) = (*key, load.clone());
                self.release_before(key, out);
                let place = self.release(key, &marks(&load), out);
                host::in_flight(&mut load, &mut self.view(Some(&place)));
                return out.push(Frame::Host(HostEvent::TaskGone { key, load }));
            }
            HostEvent::InFlight { .. } => {
                let HostEvent::InFlight { mut loads } = event else {
                    return;
                };
                for load in &mut loads {
                    let place = self.release(load.key, &marks(load), out);
                    host::in_flight(load, &mut self.view(Some(&place)));
                }
                return out.push(Frame::Host(HostEvent::InFlight { loads }));
            }
            HostEvent::End { .. } => self.finish(out),
            HostEvent::Losses(_)
            | HostEvent::Programs(_)
            | HostEvent::UnderWay { .. }
            | HostEvent::Cgroup { .. }
            | HostEvent::Elsewhere { .. }
            | HostEvent::Benchmark(_)
            | HostEvent::Iteration { .. }
            | HostEvent::Timing(_)
            | HostEvent::CommandEnded { .. } => {}
        }
        out.push(self.redacted(Frame::Host(event), None));
    }

    fn hold(&mut self, key: LoadKey, frame: Frame, out: &mut Vec<Frame>) {
        self.release_before(key, out);
        if let Some(place) = self.held.of(key).place.clone() {
            return out.push(self.redacted(frame, Some(&place)));
        }
        self.held.hold(key, frame);
        while let Some(key) = self.held.oldest() {
            self.release(key, &[], out);
        }
        while let Some(key) = self.held.largest() {
            let place = self.place(key);
            for frame in self.held.take_frames(key) {
                out.push(self.redacted(frame, Some(&place)));
            }
        }
    }

    /// Loads that the same task began earlier have ended, whatever was seen of that.
    fn release_before(&mut self, key: LoadKey, out: &mut Vec<Frame>) {
        for before in self.held.before(key) {
            self.release(before, &[], out);
        }
    }

    /// Decides where a load's module is told to lie.
    fn place(&mut self, key: LoadKey) -> Place {
        let held = self.held.of(key);
        let place = match (&held.place, self.modules.unloaded(&held.traces)) {
            (Some(place), _) => return place.clone(),
            (None, Some(place)) => place,
            (None, None) => {
                self.loads += 1;
                held.traces.place(self.loads - 1)
            }
        };
        held.place = Some(place.clone());
        place
    }

    /// A load has ended: passes on what is held of it, and tells where its module is told to lie.
    fn release(&mut self, key: LoadKey, marks: &[Mark], out: &mut Vec<Frame>) -> Place {
        let traces = &mut self.held.of(key).traces;
        marks.iter().for_each(|mark| traces.mark(mark));
        let place = self.place(key);
        let held = self.held.take(key).unwrap_or_default();
        for frame in held.frames {
            out.push(self.redacted(frame, Some(&place)));
        }
        self.modules.remember(place.clone(), &held.traces);
        for (freed, frame) in std::mem::take(&mut self.freed) {
            self.free(freed, frame, out);
        }
        place
    }

    fn free(&mut self, freed: FreedRecord, frame: Frame, out: &mut Vec<Frame>) {
        if let Some(place) = self.modules.freed(&freed) {
            return out.push(self.redacted(frame, Some(&place)));
        }
        if self.freed.len() == MAX_FREED
            && let Some((_, oldest)) = self.freed.pop_front()
        {
            let oldest = self.redacted(oldest, None);
            out.push(oldest);
        }
        self.freed.push_back((freed, frame));
    }

    fn redacted(&mut self, frame: Frame, own: Option<&Place>) -> Frame {
        let mut frame = frame;
        let mut view = self.view(own);
        match &mut frame {
            Frame::Session(session) => host::session(session, &view),
            Frame::Host(event) => host::event(event, &mut view),
            Frame::Record(bytes) => {
                let header = Header::read_from_prefix(bytes).ok();
                let declared = header.and_then(|(header, _)| Some((header, layout(header.kind)?)));
                match declared {
                    Some((header, layout)) => record::record(bytes, header, &layout, &mut view),
                    None => *bytes = record::stub(bytes),
                }
            }
        }
        frame
    }

    fn view<'v>(&'v mut self, own: Option<&'v Place>) -> View<'v> {
        View {
            own,
            modules: &self.modules,
            tokens: &mut self.tokens,
        }
    }
}

fn marks(load: &InFlight) -> Vec<Mark> {
    let marks = load.marks.iter();
    marks
        .map(|&(hook, edge, time_ns, a, b)| Mark {
            time_ns,
            hook,
            edge,
            a,
            b,
            ..Mark::default()
        })
        .collect()
}
