//! Recordings: what was written is read, and of whatever else is in a file what can be.

#[path = "trace/blocks.rs"]
mod blocks;
#[path = "trace/frames.rs"]
mod frames;
#[path = "trace/golden.rs"]
mod golden;
#[path = "trace/many.rs"]
mod many;
#[path = "trace/writing.rs"]
mod writing;

use std::io::Read;

use kmodtrace::{
    event::{Attached, HostEvent, Losses, Session},
    source::{Source, recorded::Recorded},
    trace::{Frame, TraceError},
};
use proptest::{collection::vec, prelude::*};

fn session() -> Session {
    Session {
        descent_known: true,
        release: "6.12.0".to_owned(),
        attached: vec![Attached {
            hook: 7,
            symbol: "load_module".to_owned(),
            edge: "entry".to_owned(),
            how: "kprobe".to_owned(),
        }],
        ..Session::default()
    }
}

fn losses(segments: u64) -> Frame {
    Frame::Host(HostEvent::Losses(Losses {
        segments,
        ..Losses::default()
    }))
}

fn any_frame() -> impl Strategy<Value = Frame> {
    prop_oneof![
        4 => vec(any::<u8>(), 0..600).prop_map(Frame::Record),
        1 => any::<u64>().prop_map(losses),
        1 => any::<i32>().prop_map(|code| Frame::Host(HostEvent::CommandEnded { code })),
    ]
}

/// Everything that can be read of `input`, and what ended it.
fn read(input: impl Read) -> (Vec<Frame>, Option<TraceError>) {
    let mut frames = Vec::new();
    let mut recorded = match Recorded::open(input) {
        Ok(recorded) => recorded,
        Err(error) => return (frames, Some(error)),
    };
    loop {
        match recorded.next() {
            Ok(Some(frame)) => frames.push(frame),
            Ok(None) => return (frames, None),
            Err(error) => return (frames, Some(error)),
        }
    }
}

/// Gives a few bytes at a time.
struct Dribble<'a>(&'a [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = into.len().min(self.1).min(self.0.len());
        let (now, later) = self.0.split_at(count);
        into[..count].copy_from_slice(now);
        self.0 = later;
        Ok(count)
    }
}
