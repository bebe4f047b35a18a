//! Writes a recording of many loads, for measurements:
//! `cargo run -p kmodtrace-tests --example many -- 6.12 10000 FILE`.
//!
//! Blocks end as those of a live run do, with each load.

use std::{env, error::Error, fs::File, io::BufWriter};

use kmodtrace::{
    event::{Event, decode},
    trace::{Frame, FrameWriter},
};
use kmodtrace_common::wire::SEGMENT_FINAL;
use kmodtrace_tests::many::Many;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [kernel, count, file] = words.as_slice() else {
        return Err("usage: many KERNEL COUNT FILE".into());
    };
    let many = Many::of(kernel);
    let (loads, frames) = many.loads(count.parse()?);
    let mut writer = FrameWriter::new(BufWriter::new(File::create(file)?));
    for frame in frames {
        writer.write(&frame)?;
        let ends = matches!(&frame, Frame::Record(record) if matches!(decode(record),
            Ok(Event::Segment(segment)) if segment.facts.flags & SEGMENT_FINAL != 0));
        if ends {
            writer.close_block()?;
        }
    }
    let written = writer.finish()?.into_inner()?.metadata()?.len();
    println!("{loads} loads, {written} bytes, {} a load", written / loads);
    Ok(())
}
