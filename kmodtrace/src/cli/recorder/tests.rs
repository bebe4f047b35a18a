//! Recordings in several files.

use std::{fs, os::unix::fs::MetadataExt as _, path::Path};

use super::*;
use crate::{
    cli::recordings::Recordings,
    event::{HostEvent, LoadKey, Name, Session},
    source::Source as _,
};

/// Some frames of a run: noise in ring records that belong to no load, and a cgroup.
fn frames() -> Vec<Frame> {
    let session = Session {
        boot_id: "a boot".to_owned(),
        ..Session::default()
    };
    let cgroup = HostEvent::Cgroup {
        id: 7,
        path: Name(b"/some".to_vec()),
    };
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let records = (0..200).map(|_| Frame::Record((0..1000).map(|_| noise()).collect()));
    let mut frames = vec![Frame::Session(Box::new(session)), Frame::Host(cgroup)];
    frames.extend(records);
    frames
}

/// A block for each frame.
fn record_into(path: &Path, frames: &[Frame], rotation: Option<Rotation>) {
    let files = Files::create(path, rotation).expect("created");
    let mut writer = files.begin().expect("a thread");
    for frame in frames {
        let mut bytes = Vec::new();
        encode(frame, &mut bytes).expect("short");
        writer.push(&bytes).expect("written");
        writer.close_block().expect("written");
    }
    writer.finish().expect("written");
}

fn read(paths: &[std::path::PathBuf]) -> Vec<Frame> {
    let mut recordings = Recordings::open(paths).expect("recordings");
    let frames = std::iter::from_fn(|| recordings.next().expect("no damage")).collect();
    assert_eq!(recordings.remarks(), [""; 0]);
    frames
}

fn files(directory: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(directory).expect("a directory");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files
}

#[test]
fn the_files_of_a_run_hold_all_of_it_and_are_read_in_order() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("f");
    let frames = frames();
    let rotation = Rotation {
        bytes: 20_000,
        files: None,
    };
    record_into(&path, &frames, Some(rotation));
    let files = files(directory.path());
    assert!(files.len() > 10, "{files:?}");
    let told = read(&files);
    // Cgroups are told again.
    let cgroups = |frame: &&Frame| matches!(frame, Frame::Host(HostEvent::Cgroup { .. }));
    assert_eq!(told.iter().filter(cgroups).count(), files.len());
    let rest = |frames: &[Frame]| -> Vec<Frame> {
        let rest = frames.iter().filter(|frame| !cgroups(frame));
        rest.cloned().collect()
    };
    assert_eq!(rest(&told), rest(&frames));
    for file in &files {
        assert!(fs::metadata(file).expect("there").len() <= 20_000);
    }
}

#[test]
fn of_too_many_files_the_newest_stay_and_tell_of_the_others() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("f");
    fs::write(&path, "the recording of another run").expect("written");
    let frames = frames();
    let rotation = Rotation {
        bytes: 20_000,
        files: Some(3),
    };
    record_into(&path, &frames, Some(rotation));
    let files = files(directory.path());
    assert_eq!(files.len(), 3);
    let told = read(&files);
    assert_eq!(told[0], frames[0]);
    let Frame::Host(HostEvent::Elsewhere { records }) = told[1] else {
        panic!("{:?}", told[1]);
    };
    let here = told
        .iter()
        .filter(|frame| matches!(frame, Frame::Record(_)));
    assert_eq!(here.count() as u64 + records, 200);
    // One in the middle is missing.
    let told = read(&[files[0].clone(), files[2].clone()]);
    let elsewhere = told.iter().filter_map(|frame| match frame {
        Frame::Host(HostEvent::Elsewhere { records }) => Some(*records),
        _ => None,
    });
    let here = told
        .iter()
        .filter(|frame| matches!(frame, Frame::Record(_)));
    assert_eq!(here.count() as u64 + elsewhere.sum::<u64>(), 200);
}

#[test]
fn a_run_does_not_overwrite_the_one_before_when_files_rotate() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("f");
    let rotation = Some(Rotation {
        bytes: 1 << 20,
        files: None,
    });
    let mut frames = frames();
    frames.truncate(3);
    record_into(&path, &frames, rotation);
    let mut later = frames.clone();
    if let Frame::Session(session) = &mut later[0] {
        session.clock.realtime_ns = 1;
    }
    record_into(&path, &later, rotation);
    assert_eq!(
        read(&files(directory.path())),
        [frames, later.clone()].concat()
    );
    record_into(&path, &later, None);
    assert_eq!(files(directory.path()).len(), 2);
}

#[test]
fn what_cannot_be_written_is_told() {
    let full = std::path::PathBuf::from("/dev/full");
    let file = fs::OpenOptions::new().write(true).open(&full);
    let file = file.expect("every Linux has it");
    let recorder = Recorder::start(Files::of(full, file), Pace::Live).expect("a thread");
    let written = recorder.write(&frames());
    assert!(written.is_err() || recorder.finish().is_err());
}

#[test]
fn a_load_in_flight_is_known() {
    let mut head = head::Head::default();
    let key = LoadKey {
        pid_tgid: 1 << 32 | 1,
        start_ns: 5,
    };
    let facts = kmodtrace_common::wire::Facts {
        header: kmodtrace_common::wire::Header {
            kind: kmodtrace_common::wire::KIND_FACTS,
            version: kmodtrace_common::wire::WIRE_VERSION,
            count: 0,
            pid_tgid: key.pid_tgid,
            start_ns: key.start_ns,
        },
        ..Default::default()
    };
    let mut bytes = Vec::new();
    let record = zerocopy::IntoBytes::as_bytes(&facts).to_vec();
    encode(&Frame::Record(record), &mut bytes).expect("short");
    assert!(head.is_between_loads());
    head.see(&bytes);
    assert!(!head.is_between_loads());
}

/// Whoever fails while it records drops the recorder: a broken pipe is no reason to lose what was recorded.
#[test]
fn what_was_recorded_is_written_when_nobody_ends_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("f");
    for pace in [Pace::Live, Pace::Copy] {
        let files = Files::create(&path, None).expect("created");
        let recorder = Recorder::start(files, pace).expect("a thread");
        let frames = frames();
        recorder.write(&frames).expect("taken");
        drop(recorder);
        // `read` also wants the end block.
        assert_eq!(read(std::slice::from_ref(&path)), frames, "{pace:?}");
    }
}

/// A shorter copy, of a run that went on, does not hide the longer one; either is known as an input.
#[test]
fn of_copies_the_longest_counts() {
    let directory = tempfile::tempdir().expect("a directory");
    let (whole, part) = (
        directory.path().join("whole"),
        directory.path().join("part"),
    );
    record_into(&whole, &frames(), None);
    let bytes = fs::read(&whole).expect("there");
    fs::write(&part, &bytes[..bytes.len() / 2]).expect("written");
    let mut recordings = Recordings::open(&[part.clone(), whole]).expect("recordings");
    let read: Vec<_> = std::iter::from_fn(|| recordings.next().expect("no damage")).collect();
    assert_eq!(read, frames());
    assert_eq!(recordings.remarks().len(), 1, "{:?}", recordings.remarks());
    let about = fs::metadata(&part).expect("there");
    assert!(recordings.contain((about.dev(), about.ino())));
}
