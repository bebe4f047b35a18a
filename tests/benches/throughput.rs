//! What a recording costs to read, step by step: `cargo bench -p kmodtrace-tests`.
//!
//! An item is an event of the kernel: a mark, or a record that holds none. `decode`, `assemble` and `json` take over
//! from each other; `report` is all of it, from the bytes of a file.

use std::{hint::black_box, io, sync::LazyLock};

use divan::{Bencher, counter::ItemsCount};
use kmodtrace::{
    assemble::{Assembler, Output},
    event::Event,
    render::{Json, Renderer as _},
    source::{Source as _, recorded::Recorded},
    trace::{Frame, FrameWriter},
};
use kmodtrace_tests::many::Many;

/// Loads in the recording.
const LOADS: u64 = 2000;

struct Long {
    frames: Vec<Frame>,
    bytes: Vec<u8>,
    events: usize,
}

static LONG: LazyLock<Long> = LazyLock::new(|| {
    let many = Many::of("6.12");
    let frames: Vec<_> = many.loads(LOADS).1.collect();
    let mut writer = FrameWriter::new(Vec::new());
    for frame in &frames {
        writer.write(frame).expect("memory");
    }
    let events = frames.iter().map(|frame| events_of(&decoded(frame))).sum();
    Long {
        bytes: writer.finish().expect("memory"),
        frames,
        events,
    }
});

fn main() {
    println!(
        "{} events in {} records, {} bytes as a recording",
        LONG.events,
        LONG.frames.len(),
        LONG.bytes.len()
    );
    divan::main();
}

fn decoded(frame: &Frame) -> Event {
    frame.clone().decode().expect("a known frame")
}

fn events_of(event: &Event) -> usize {
    match event {
        Event::Segment(segment) => segment.marks.len(),
        _ => 1,
    }
}

fn items() -> ItemsCount {
    ItemsCount::new(LONG.events)
}

fn assembled(events: Vec<Event>) -> Vec<Output> {
    let (mut assembler, mut outputs) = (Assembler::new(), Vec::new());
    for event in events {
        assembler.push(event, &mut outputs);
    }
    assembler.finish(&mut outputs);
    outputs
}

fn write(output: &Output, json: &mut Json, out: &mut dyn io::Write) {
    let written = match output {
        Output::Load(load) => json.load(load, out),
        Output::Unload(unload) => json.unload(unload, out),
        Output::Update(update) => json.update(update, out),
        Output::Anomaly(_) => Ok(()),
    };
    written.expect("nothing to fail");
}

#[divan::bench]
fn read(bencher: Bencher) {
    bencher.counter(items()).bench(|| {
        let mut recorded = Recorded::open(LONG.bytes.as_slice()).expect("a recording");
        while let Some(frame) = recorded.next().expect("a whole frame") {
            black_box(frame);
        }
    });
}

#[divan::bench]
fn decode(bencher: Bencher) {
    bencher
        .counter(items())
        .with_inputs(|| LONG.frames.clone())
        .bench_values(|frames| {
            for frame in frames {
                black_box(frame.decode().expect("a known frame"));
            }
        });
}

#[divan::bench]
fn assemble(bencher: Bencher) {
    bencher
        .counter(items())
        .with_inputs(|| LONG.frames.iter().map(decoded).collect())
        .bench_values(assembled);
}

#[divan::bench]
fn json(bencher: Bencher) {
    let outputs = assembled(LONG.frames.iter().map(decoded).collect());
    bencher.counter(items()).bench(|| {
        let mut json = Json::default();
        for output in &outputs {
            write(output, &mut json, &mut io::sink());
        }
    });
}

#[divan::bench]
fn report(bencher: Bencher) {
    bencher.counter(items()).bench(|| {
        let mut recorded = Recorded::open(LONG.bytes.as_slice()).expect("a recording");
        let mut json = Json::default();
        let (mut assembler, mut outputs) = (Assembler::new(), Vec::new());
        while let Some(frame) = recorded.next().expect("a whole frame") {
            assembler.push(frame.decode().expect("a known frame"), &mut outputs);
            for output in outputs.drain(..) {
                write(&output, &mut json, &mut io::sink());
            }
        }
    });
}
