//! `ls`: what recordings hold.

use std::{fs, process::Command};

use crate::scene::{recorded, run};

#[test]
fn recordings_of_a_directory() {
    let (dir, trace) = recorded("kt_export-6.12.ko");
    let at = dir.path().to_str().expect("UTF-8");
    fs::write(dir.path().join("notes.txt"), "no recording").expect("written");
    fs::write(dir.path().join("empty"), "").expect("written");
    let bytes = fs::read(&trace).expect("read");
    fs::write(dir.path().join("killed.kmt"), &bytes[..bytes.len() - 68]).expect("written");
    let done = run(&["ls", at]);
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{done:?}");
    let lines: Vec<&str> = done.out.lines().collect();
    assert_eq!(lines.len(), 3, "{}", done.out);
    assert!(lines[0].starts_with("began (UTC) ") && lines[0].ends_with("  file"));
    assert!(lines[1].starts_with("1970-01-01 00:00:00  5.00 s") && lines[1].ends_with("/boot.kmt"));
    assert!(
        lines[2].ends_with("/killed.kmt  (not ended)"),
        "{}",
        lines[2]
    );
    // The header stands above its column.
    let column = lines[0].find("file").expect("a column");
    assert_eq!(lines[1].find(at), Some(column));
    let line = run(&["ls", "--json", &trace]).json();
    assert_eq!(line["schema"], "kmodtrace.recording/1");
    assert_eq!(line["loads"], 1);
    assert_eq!(
        (&line["ended"], &line["damage"]),
        (&true.into(), &().into())
    );
    assert_eq!(line["until_ns"], 5_000_009_000_u64);
}

#[test]
fn loads_are_those_of_report() {
    let (_dir, trace) = recorded("kt_export-6.12.ko");
    let done = run(&["ls", "-v", &trace]);
    let brief = run(&["report", "--brief", &trace]).out;
    let lines: Vec<&str> = done.out.lines().skip(2).collect();
    let expected: Vec<String> = brief.lines().map(|line| format!("  {line}")).collect();
    assert_eq!(lines, expected);
    assert!(!expected.is_empty());
}

#[test]
fn what_is_wrong_is_said() {
    let (dir, trace) = recorded("kt_export-6.12.ko");
    let other = dir.path().join("no\u{1b}[31m.kmt");
    fs::write(&other, "no recording").expect("written");
    let other = other.to_str().expect("UTF-8");
    let done = run(&["ls", other, &trace]);
    assert_eq!(done.code, 2);
    assert!(
        done.err.contains("\\x1b") && !done.err.contains('\u{1b}'),
        "{}",
        done.err
    );
    assert!(done.out.contains("boot.kmt"));
    let mut bytes = fs::read(&trace).expect("read");
    let at = bytes.len() - 10;
    bytes[at] ^= 1;
    fs::write(&trace, bytes).expect("written");
    let done = run(&["ls", &trace]);
    assert_eq!(done.code, 5);
    assert!(
        done.out.contains("(damaged: 68 bytes cannot be read"),
        "{}",
        done.out
    );
    assert_eq!(run(&["ls", "/nonexistent"]).code, 2);
    // Here, if nothing is named; a pipe in a directory is not waited for.
    let made = Command::new("mkfifo").arg(dir.path().join("pipe")).status();
    assert!(made.expect("mkfifo is everywhere").success());
    let here = Command::new(env!("CARGO_BIN_EXE_kmodtrace"))
        .arg("ls")
        .current_dir(&dir)
        .output();
    let here = String::from_utf8(here.expect("it runs").stdout).expect("UTF-8");
    assert!(here.contains("  boot.kmt  (damaged"), "{here}");
}

/// A recording that a newer program wrote is no file to be passed over.
#[test]
fn recordings_of_newer_versions_are_named() {
    let (dir, trace) = recorded("kt_export-6.12.ko");
    let mut bytes = fs::read(&trace).expect("read");
    // The version stands behind the magic.
    bytes[8] = 99;
    fs::write(dir.path().join("newer.kmt"), bytes).expect("written");
    let done = run(&["ls", dir.path().to_str().expect("UTF-8")]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(
        done.err.contains("newer.kmt") && done.err.contains("99"),
        "{}",
        done.err
    );
    assert!(done.out.contains("boot.kmt"), "{}", done.out);
}

#[test]
fn a_torn_recording_was_not_ended() {
    let (dir, trace) = recorded("kt_export-6.12.ko");
    let bytes = fs::read(&trace).expect("read");
    let torn = dir.path().join("torn.kmt");
    fs::write(&torn, &bytes[..bytes.len() - 68 - 20]).expect("written");
    let done = run(&["ls", "--json", torn.to_str().expect("UTF-8")]);
    let line = done.json();
    assert_eq!(line["ended"], false, "{line}");
    assert!(line["damage"].is_string(), "{line}");
}
