//! `report` of several recordings, of damaged ones, and of ones that nobody ended.

use std::{fs, path::Path};

use kmodtrace::trace::{Frame, FrameReader, FrameWriter};

use crate::scene::{Done, recorded, run};

/// The recording once more, as one of another boot that began at `realtime_ns`.
fn other_boot(trace: &str, realtime_ns: u64, path: &Path) {
    let bytes = fs::read(trace).expect("read");
    let mut reader = FrameReader::new(bytes.as_slice()).expect("a recording");
    let mut writer = FrameWriter::new(Vec::new());
    while let Some(mut frame) = reader.next_frame().expect("a frame") {
        if let Frame::Session(session) = &mut frame {
            session.boot_id = format!("boot {realtime_ns}");
            session.clock.realtime_ns = realtime_ns;
        }
        writer.write(&frame).expect("memory can be written");
        writer.close_block().expect("memory can be written");
    }
    let bytes = writer.finish().expect("memory can be written");
    fs::write(path, bytes).expect("written");
}

fn boots(done: &Done) -> Vec<String> {
    let lines = done.out.lines().map(serde_json::from_str);
    let lines: Vec<serde_json::Value> = lines.map(|line| line.expect("JSON")).collect();
    let boots = lines.iter().filter_map(|line| line["boot_id"].as_str());
    boots.map(str::to_owned).collect()
}

#[test]
fn recordings_are_printed_in_the_order_of_their_runs() {
    let (dir, trace) = recorded("kt_export-6.12.ko");
    let paths = [3, 1, 2].map(|n| {
        let path = dir.path().join(format!("{n}.kmt"));
        other_boot(&trace, n, &path);
        path.to_str().expect("UTF-8").to_owned()
    });
    let [c, a, b] = &paths;
    let done = run(&["report", "--json", c, a, b, c]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(boots(&done), ["boot 1", "boot 2", "boot 3"]);
    assert!(done.err.contains("holds the same as"), "{}", done.err);
    let summary = done.out.lines().last().expect("a summary");
    let summary: serde_json::Value = serde_json::from_str(summary).expect("JSON");
    assert_eq!(
        (&summary["loads"], &summary["anomalies"]),
        (&3.into(), &0.into())
    );
    // One after the other prints the same.
    let text = |args: &[&str]| run(&[&["report"], args].concat()).out;
    assert_eq!(text(&[a, b]), text(&[b, a]));
    assert!(text(&["--brief", a, b]).starts_with(&text(&["--brief", a])));
    let copy = dir.path().join("copy.kmt");
    let copy = copy.to_str().expect("UTF-8");
    let done = run(&["report", "--json", "-o", copy, c, a]);
    assert_eq!(run(&["report", "--json", copy]).out, done.out);
    assert_eq!(run(&["report", "-o", a, b, a]).code, 2);
}

#[test]
fn what_is_undamaged_is_printed() {
    let (dir, trace) = recorded("kt_export-6.12.ko");
    let paths = [1, 2].map(|n| dir.path().join(format!("{n}.kmt")));
    other_boot(&trace, 1, &paths[0]);
    other_boot(&trace, 2, &paths[1]);
    let [one, two] = [&paths[0], &paths[1]].map(|path| path.to_str().expect("UTF-8"));
    let whole = run(&["report", "--json", one, two]);
    let mut bytes = fs::read(one).expect("read");
    // Behind the last frame, in front of the end.
    let at = bytes.len() - 60;
    bytes[at] ^= 1;
    fs::write(one, &bytes).expect("written");
    let done = run(&["report", "--json", one, two]);
    assert_eq!((done.code, &done.out), (5, &whole.out), "{}", done.err);
    for part in [
        "1.kmt: 68 bytes cannot be read",
        "what came at the end is lost",
    ] {
        assert!(done.err.contains(part), "{}", done.err);
    }
    // Cut off between two blocks: that is no damage, and said.
    bytes.truncate(bytes.len() - 68);
    fs::write(one, &bytes).expect("written");
    let done = run(&["report", "--json", one, two]);
    assert_eq!((done.code, &done.out), (0, &whole.out), "{}", done.err);
    assert!(done.err.contains("1.kmt was not ended"), "{}", done.err);
}

#[test]
fn arguments_for_files_go_together() {
    for wrong in [
        &["run", "--rotate-size", "1M"][..],
        &["run", "-o", "x", "--max-files", "3"],
        &["run", "-o", "x", "--rotate-size", "1K"],
        &["run", "-o", "x", "--rotate-size", "1M", "--max-files", "0"],
        &["report"],
    ] {
        assert_eq!(run(wrong).code, 2, "{wrong:?}");
    }
}
