//! Many loads: what is written and what is told grows with them, no faster.

use kmodtrace::{
    assemble::{Assembler, Output},
    trace::FrameWriter,
};
use kmodtrace_tests::many::Many;

use crate::read;

#[test]
fn a_recording_grows_with_its_loads() {
    let many = Many::of("6.12");
    let measured = [500, 1000, 2000].map(|count| {
        let (loads, frames) = many.loads(count);
        let mut writer = FrameWriter::new(Vec::new());
        for frame in frames {
            writer.write(&frame).expect("memory takes everything");
        }
        let file = writer.finish().expect("memory takes everything");
        let (frames, error) = read(file.as_slice());
        assert!(error.is_none());
        let (mut assembler, mut outputs) = (Assembler::new(), Vec::new());
        for frame in frames {
            assembler.push(frame.decode().expect("a known frame"), &mut outputs);
        }
        assembler.finish(&mut outputs);
        let told = outputs.iter().filter(|output| match output {
            Output::Load(load) => {
                assert!(load.complete, "{load:?}");
                true
            }
            Output::Anomaly(anomaly) => panic!("{anomaly}"),
            _ => false,
        });
        assert_eq!(told.count() as u64, loads);
        file.len() as u64 / loads
    });
    let [first, .., last] = measured;
    assert!(
        first.abs_diff(last) <= first / 20,
        "{measured:?} bytes a load"
    );
}
