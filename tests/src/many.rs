//! Recordings of any length, made of those of real kernels: the same again, later.

use kmodtrace::{
    event::{ClockSample, HostEvent, Losses, Session},
    source::{Source as _, recorded::Recorded},
    trace::Frame,
};

use crate::recordings;

/// A recording that can be repeated.
#[derive(Debug)]
pub struct Many {
    session: Session,
    /// What is repeated: ring records, and what user space saw of loads.
    frames: Vec<Frame>,
    /// Loads in them.
    loads: u64,
    /// Times in them, ns: repetitions are that far apart.
    times: std::ops::Range<u64>,
}

impl Many {
    /// Of the recording of a kernel.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn of(kernel: &str) -> Self {
        let bytes = recordings::bytes(kernel);
        let mut recorded = Recorded::open(bytes.as_slice()).expect("a recording");
        let mut session = Session::default();
        let (mut frames, mut loads, mut end) = (Vec::new(), 0, ClockSample::default());
        while let Some(frame) = recorded.next().expect("a frame") {
            match &frame {
                Frame::Session(one) => session = (**one).clone(),
                Frame::Host(HostEvent::End { clock }) => end = *clock,
                Frame::Host(HostEvent::Registered { .. } | HostEvent::Cgroup { .. }) => {
                    frames.push(frame);
                }
                Frame::Host(_) => {}
                Frame::Record(record) => {
                    loads += u64::from(is_load(record));
                    frames.push(frame);
                }
            }
        }
        let times = session.clock.monotonic_ns..end.monotonic_ns;
        assert!(times.end > times.start && loads > 10);
        Self {
            session,
            frames,
            loads,
            times,
        }
    }

    /// The frames of at least that many loads, with how many there are.
    pub fn loads(&self, count: u64) -> (u64, impl Iterator<Item = Frame> + '_) {
        let times = count.div_ceil(self.loads);
        let span = self.times.end - self.times.start;
        let again = move |n| {
            let frames = self.frames.iter();
            frames.map(move |frame| self.later(frame, n * span))
        };
        let is_record = |frame: &&Frame| matches!(frame, Frame::Record(_));
        let sent = times * self.frames.iter().filter(is_record).count() as u64;
        let losses = Losses {
            sent,
            ..Losses::default()
        };
        let mut clock = self.session.clock;
        clock.monotonic_ns += times * span;
        clock.realtime_ns += times * span;
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

    /// The same, `ns` later. Whatever can be a time is one: nothing else in a record is of that size.
    fn later(&self, frame: &Frame, ns: u64) -> Frame {
        let mut frame = frame.clone();
        match &mut frame {
            Frame::Record(record) => {
                for word in record.chunks_exact_mut(8) {
                    let number = u64::from_le_bytes(word.try_into().expect("eight"));
                    if self.times.contains(&number) {
                        word.copy_from_slice(&(number + ns).to_le_bytes());
                    }
                }
            }
            Frame::Host(HostEvent::Registered { key, .. }) => key.start_ns += ns,
            _ => {}
        }
        frame
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
