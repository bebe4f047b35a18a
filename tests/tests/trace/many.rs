//! Many loads: what is written and what is told grows with them, no faster.

use std::collections::BTreeMap;

use kmodtrace::{
    assemble::{Assembler, Output},
    render::{Format, Style, renderer},
    trace::FrameWriter,
};
use kmodtrace_tests::{many::Many, recordings::KERNELS};
use serde_json::Value;

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

/// Whatever of a load is a time, and nothing else, is later.
#[test]
fn every_time_is_later() {
    const LATER: u64 = 1 << 40;
    let mut times = BTreeMap::new();
    for kernel in KERNELS {
        let many = Many::of(kernel);
        let lines = |ns| {
            let mut out = Vec::new();
            let mut json = renderer(Format::Json, Style::default());
            many.told(ns).write(&mut *json, &mut out).expect("memory");
            let text = String::from_utf8(out).expect("UTF-8");
            let lines = text.lines().map(serde_json::from_str);
            lines.collect::<Result<Vec<Value>, _>>().expect("JSON")
        };
        let (before, after) = (lines(0), lines(LATER));
        assert_eq!(before.len(), after.len());
        for (before, after) in before.iter().zip(&after) {
            compare("", before, after, LATER, &mut times);
        }
    }
    // A field is a time always or never.
    for (field, (later, same)) in &times {
        assert!(
            *later == 0 || *same == 0,
            "{field}: {later} later, {same} not"
        );
    }
    let later = times.iter().filter(|(_, (later, _))| *later > 0);
    let later: Vec<_> = later.map(|(field, _)| field.as_str()).collect();
    let wanted = [
        "allocated_ns",
        "batch_ns",
        "start_ns",
        "task_start_ns",
        "time_ns",
    ];
    assert_eq!(later, wanted);
}

fn compare(
    field: &str,
    before: &Value,
    after: &Value,
    ns: u64,
    times: &mut BTreeMap<String, (usize, usize)>,
) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            assert!(before.keys().eq(after.keys()), "{field}");
            for (name, value) in before {
                compare(name, value, &after[name], ns, times);
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            assert_eq!(before.len(), after.len(), "{field}");
            for (before, after) in before.iter().zip(after) {
                compare(field, before, after, ns, times);
            }
        }
        (Value::Number(before), Value::Number(after)) => {
            let count = times.entry(field.to_owned()).or_default();
            if before == after {
                count.1 += usize::from(before.as_u64() != Some(0));
            } else {
                let (before, after) = (before.as_u64(), after.as_u64());
                assert_eq!(before.map(|before| before + ns), after, "{field}");
                count.0 += 1;
            }
        }
        (Value::String(before), Value::String(after)) if before != after => {
            // `<start_ns>.<tid>`
            let time = |id: &str| id.split_once('.')?.0.parse::<u64>().ok();
            let before = time(before).map(|before| before + ns);
            assert!(
                before.is_some() && before == time(after),
                "{field}: {after}"
            );
        }
        _ => assert_eq!(before, after, "{field}"),
    }
}
