//! `report --redact`, and copies of recordings.

use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::scene::{recorded, run};

#[test]
fn a_redacted_copy_prints_what_a_redacted_report_prints() {
    let (dir, trace) = recorded("kt_export-6.12.ko");
    let copy = dir.path().join("copy.kmt");
    let copy = copy.to_str().expect("UTF-8");
    let all = ["-v", "--map", "--relocs", "--symbols"];
    for format in [&all[..], &["--json"], &["--brief"]] {
        let report = |args: &[&str]| run(&[&["report"], format, args].concat());
        let redacted = report(&["--redact", "-o", copy, &trace]);
        assert_eq!(
            (redacted.code, redacted.err.contains("0xffff")),
            (0, false),
            "{redacted:?}"
        );
        assert_eq!(redacted.out, report(&[copy]).out);
        assert_eq!(redacted.out, report(&["--redact", copy]).out);
        assert!(!redacted.out.contains("ffffffff"), "{}", redacted.out);
        if format.len() > 1 {
            assert!(report(&[&trace]).out.contains("0xffffffff"));
            assert!(
                redacted.out.contains("0x0000000100000000  text"),
                "{}",
                redacted.out
            );
        }
    }
    let mode = fs::metadata(copy).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let done = run(&["map", "--gdb", copy]);
    assert!(
        done.out.contains("# addresses are redacted"),
        "{}",
        done.out
    );
}

#[test]
fn a_plain_copy_is_the_same_and_never_itself() {
    let (dir, trace) = recorded("kt_export-6.12.ko");
    let before = fs::read(&trace).expect("read");
    let copy = dir.path().join("copy.kmt");
    assert_eq!(
        run(&["report", "-o", copy.to_str().expect("UTF-8"), &trace]).code,
        0
    );
    assert_eq!(fs::read(&copy).expect("read"), before);
    let done = run(&["report", "-o", &trace, &trace]);
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert!(done.err.contains("the recording itself"), "{}", done.err);
    assert_eq!(fs::read(&trace).expect("read"), before);
}
