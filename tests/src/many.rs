//! Recordings of any length, made of those of real kernels: the same again, later.
//!
//! What is a time in a record is what `wire::meaning` says, where no field can be left out.

use std::mem::offset_of;

use kmodtrace::{
    event::{ClockSample, HostEvent, Losses, Session},
    trace::Frame,
};
use kmodtrace_common::wire::{
    BLOB_LOG, BLOB_LOG_RECORD, Blob, Header, Mark,
    meaning::{Meaning, Tail, layout},
};

use crate::{recordings, told::Told};

/// A recording that can be repeated.
#[derive(Debug)]
pub struct Many {
    session: Session,
    /// What is repeated: ring records, and what user space saw of loads.
    frames: Vec<Frame>,
    /// Loads in them.
    loads: u64,
    /// How long it took, ns: repetitions are that far apart.
    span_ns: u64,
}

impl Many {
    /// Of the recording of a kernel.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn of(kernel: &str) -> Self {
        let mut session = Session::default();
        let (mut frames, mut loads, mut end) = (Vec::new(), 0, ClockSample::default());
        for frame in recordings::frames(kernel) {
            match &frame {
                Frame::Session(one) => session = (**one).clone(),
                Frame::Host(HostEvent::End { clock }) => end = *clock,
                Frame::Host(
                    HostEvent::Registered { .. }
                    | HostEvent::Refused { .. }
                    | HostEvent::TaskGone { .. }
                    | HostEvent::Cgroup { .. },
                ) => frames.push(frame),
                // Of the run as a whole.
                Frame::Host(_) => {}
                Frame::Record(record) => {
                    loads += u64::from(is_load(record));
                    frames.push(frame);
                }
            }
        }
        let span_ns = end.monotonic_ns - session.clock.monotonic_ns;
        assert!(span_ns > 0 && loads > 10);
        Self {
            session,
            frames,
            loads,
            span_ns,
        }
    }

    /// The frames of at least that many loads, with how many there are.
    pub fn loads(&self, count: u64) -> (u64, impl Iterator<Item = Frame> + '_) {
        let times = count.div_ceil(self.loads);
        let span_ns = self.span_ns;
        let again = move |n| {
            let frames = self.frames.iter();
            frames.map(move |frame| later(frame, n * span_ns))
        };
        let is_record = |frame: &&Frame| matches!(frame, Frame::Record(_));
        let sent = times * self.frames.iter().filter(is_record).count() as u64;
        let losses = Losses {
            sent,
            ..Losses::default()
        };
        let mut clock = self.session.clock;
        for time_ns in [
            &mut clock.monotonic_ns,
            &mut clock.boottime_ns,
            &mut clock.realtime_ns,
        ] {
            *time_ns += times * span_ns;
        }
        let end = [
            HostEvent::Losses(losses),
            HostEvent::InFlight { loads: Vec::new() },
            HostEvent::End { clock },
        ];
        let session = Frame::Session(Box::new(self.session.clone()));
        let frames = std::iter::once(session)
            .chain((0..times).flat_map(again))
            .chain(end.map(Frame::Host));
        (times * self.loads, frames)
    }

    /// What it tells, `ns` later.
    #[must_use]
    pub fn told(&self, ns: u64) -> Told {
        let session = Frame::Session(Box::new(self.session.clone()));
        let frames = self.frames.iter().map(|frame| later(frame, ns));
        Told::of(std::iter::once(session).chain(frames).collect())
    }
}

/// The same, `ns` later.
fn later(frame: &Frame, ns: u64) -> Frame {
    let mut frame = frame.clone();
    match &mut frame {
        Frame::Record(record) => record_later(record, ns),
        Frame::Host(event) => host_later(event, ns),
        Frame::Session(_) => {}
    }
    frame
}

/// Adds to the time at this place; 0 is none.
fn add(record: &mut [u8], at: usize, ns: u64) {
    let time = &mut record[at..at + 8];
    let before = u64::from_le_bytes((&*time).try_into().expect("eight"));
    if before > 0 {
        time.copy_from_slice(&(before + ns).to_le_bytes());
    }
}

fn record_later(record: &mut [u8], ns: u64) {
    let kind = u16::from_le_bytes([record[0], record[1]]);
    let layout = layout(kind).expect("a kind that is declared");
    add(record, offset_of!(Header, start_ns), ns);
    for field in layout.fields {
        if field.meaning == Meaning::Time {
            add(record, field.offset, ns);
        }
    }
    let last = layout.fields.last().expect("fields");
    let end = last.offset + last.bytes;
    match layout.tail {
        Tail::None => {}
        Tail::Marks => {
            for mark in (end..record.len()).step_by(size_of::<Mark>()) {
                add(record, mark + offset_of!(Mark, time_ns), ns);
            }
        }
        Tail::Blob => {
            let what = offset_of!(Blob, what);
            match u16::from_le_bytes([record[what], record[what + 1]]) {
                BLOB_LOG => add(record, end, ns),
                // When it was written, its id, the time that it bears.
                BLOB_LOG_RECORD => {
                    add(record, end, ns);
                    add(record, end + 16, ns);
                }
                _ => {}
            }
        }
    }
}

fn host_later(event: &mut HostEvent, ns: u64) {
    match event {
        HostEvent::Registered { key, .. } | HostEvent::Refused { key, .. } => key.start_ns += ns,
        HostEvent::TaskGone { key, load } => {
            key.start_ns += ns;
            load.key.start_ns += ns;
            load.seen_ns += ns;
            for (_, _, time_ns, _, _) in &mut load.marks {
                *time_ns += ns;
            }
        }
        HostEvent::Iteration { time_ns, .. } => *time_ns += ns,
        HostEvent::Losses(_)
        | HostEvent::Programs(_)
        | HostEvent::Benchmark(_)
        | HostEvent::Timing(_)
        | HostEvent::UnderWay { .. }
        | HostEvent::InFlight { .. }
        | HostEvent::Cgroup { .. }
        | HostEvent::Elsewhere { .. }
        | HostEvent::CommandEnded { .. }
        | HostEvent::End { .. } => {}
    }
}

/// True for what ends a load.
fn is_load(record: &[u8]) -> bool {
    use kmodtrace::event::{Event, decode};
    use kmodtrace_common::{catalogue::HookId, wire::SEGMENT_FINAL};

    matches!(decode(record), Ok(Event::Segment(segment))
        if segment.facts.flags & SEGMENT_FINAL != 0
            && segment.facts.syscall != u32::from(HookId::SYS_DELETE_MODULE.0))
}
