//! What is held back goes on, in time and in order, whatever ends a load.

use kmodtrace::{
    event::{ClockSample, HostEvent, InFlight, LoadKey, Name, Session},
    redact::Redactor,
    trace::Frame,
};
use kmodtrace_common::wire::{KIND_FREED, Mark, SEGMENT_FINAL};
use kmodtrace_tests::{leaks, records};

use crate::run::session;

const BASE: u64 = 0xffff_ffff_c0a0_0000;

fn key(tid: u64, start_ns: u64) -> LoadKey {
    LoadKey {
        pid_tgid: tid << 32 | tid,
        start_ns,
    }
}

fn allocated(at: u64) -> [Mark; 2] {
    let mark = |edge, a| Mark {
        hook: 13,
        edge,
        a,
        ..Mark::default()
    };
    [mark(0, 0x1000), mark(1, at)]
}

fn part(key: LoadKey, number: u32, ends: bool, marks: &[Mark]) -> Frame {
    let mut facts = records::facts(key);
    (facts.number, facts.syscall) = (number, 2);
    facts.flags = if ends { SEGMENT_FINAL } else { 0 };
    facts.init_memory[0] = BASE;
    Frame::Record(records::segment(&facts, marks))
}

struct Stream(Redactor, Vec<Frame>);

impl Stream {
    fn new() -> Self {
        let mut stream = Self(Redactor::new(), Vec::new());
        assert_eq!(stream.push(session(Session::default())), 1);
        stream
    }

    /// How many frames come out.
    fn push(&mut self, frame: Frame) -> usize {
        let before = self.1.len();
        self.0.push(frame, &mut self.1);
        self.1.len() - before
    }
}

#[test]
fn a_load_is_held_until_its_end() {
    let mut stream = Stream::new();
    assert_eq!(stream.push(part(key(1, 5), 0, false, &[])), 0);
    assert_eq!(
        stream.push(Frame::Record(records::params(key(1, 5), b"x"))),
        0
    );
    assert_eq!(stream.push(part(key(2, 6), 0, true, &[])), 1);
    assert_eq!(stream.push(part(key(1, 5), 1, true, &allocated(BASE))), 3);
    // What others say of the same moment is not held.
    let losses = Frame::Host(HostEvent::CommandEnded { code: 0 });
    assert_eq!(stream.push(losses), 1);
}

#[test]
fn a_load_whose_task_goes_on_or_dies_is_not_held() {
    let mut stream = Stream::new();
    assert_eq!(stream.push(part(key(1, 5), 0, false, &[])), 0);
    assert_eq!(stream.push(part(key(1, 9), 0, false, &[])), 1);
    let load = InFlight {
        key: key(1, 9),
        comm: Name::default(),
        module: Name::default(),
        file: Name::default(),
        syscall: 2,
        marks: vec![(13, 0, 1, 0x1000, 0), (13, 1, 2, BASE, 0)],
        seen_ns: 9,
    };
    let gone = HostEvent::TaskGone {
        key: key(1, 9),
        load: load.clone(),
    };
    assert_eq!(stream.push(Frame::Host(gone)), 2);
    let Some(Frame::Host(HostEvent::TaskGone { load: told, .. })) = stream.1.last() else {
        panic!("not the last one");
    };
    assert_eq!(told.marks[1].3 & 0xffff_ffff, 0);
    assert!(told.marks[1].3 >= 1 << 32);
    assert_eq!(stream.push(part(key(1, 10), 0, false, &[])), 0);
    let loads = HostEvent::InFlight { loads: vec![load] };
    assert_eq!(stream.push(Frame::Host(loads)), 1);
    let clock = ClockSample::default();
    assert_eq!(stream.push(Frame::Host(HostEvent::End { clock })), 2);
}

/// The worker can be faster than the way back to user space.
#[test]
fn memory_freed_before_its_load_has_ended_waits_for_it() {
    let freed = |at| Frame::Record(records::freed(1, 7, at));
    let mut stream = Stream::new();
    assert_eq!(stream.push(freed(BASE)), 0);
    assert_eq!(stream.push(part(key(1, 5), 0, true, &allocated(BASE))), 2);
    let Some(Frame::Record(record)) = stream.1.last() else {
        panic!("no record");
    };
    assert_eq!(record[..2], KIND_FREED.to_le_bytes());
    assert!(leaks::in_record(record).is_empty());
    assert_eq!(record[40..48], (1_u64 << 32).to_le_bytes());
    // Only once: the same memory may be another module's now.
    assert_eq!(stream.push(freed(BASE)), 0);
    assert_eq!(stream.push(part(key(2, 6), 0, true, &allocated(BASE))), 2);
    let Some(Frame::Record(record)) = stream.1.last() else {
        panic!("no record");
    };
    assert_eq!(record[40..48], (2_u64 << 32).to_le_bytes());
    // Nobody's: held until too many are, and at the end.
    for _ in 0..256 {
        assert_eq!(stream.push(freed(BASE + 0x10_0000)), 0);
    }
    assert_eq!(stream.push(freed(BASE + 0x10_0000)), 1);
    stream.0.finish(&mut stream.1);
    assert!(
        stream
            .1
            .iter()
            .all(|frame| leaks::in_frame(frame).is_empty())
    );
}

#[test]
fn memory_is_bounded() {
    let mut stream = Stream::new();
    // Too many loads: the oldest one goes on.
    for tid in 1..=4096 {
        assert_eq!(stream.push(part(key(tid, 5), 0, false, &[])), 0, "{tid}");
    }
    assert_eq!(stream.push(part(key(5000, 5), 0, false, &[])), 1);
    // Too much of one: it goes on as it comes, told relative to what was known by then.
    let mut stream = Stream::new();
    assert_eq!(stream.push(part(key(1, 5), 0, false, &allocated(BASE))), 0);
    let big = || Frame::Record(records::blob(key(1, 5), 5, &[b'x'; 8000]));
    let mut held = 1;
    while stream.push(big()) == 0 {
        held += 1;
        assert!(held < 10_000, "nothing goes on");
    }
    assert!(held > 3000, "{held}");
    assert_eq!(stream.push(big()), 1);
    assert_eq!(
        stream.push(part(key(1, 5), 1, true, &allocated(BASE + 0x40))),
        1
    );
    let Some(Frame::Record(record)) = stream.1.last() else {
        panic!("no record");
    };
    // Of the return's mark, the last one: its first value.
    let at = record.len() - 16;
    assert_eq!(record[at..at + 8], ((1_u64 << 32) + 0x40).to_le_bytes());
}
