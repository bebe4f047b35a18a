//! `export`: where it writes, and what it refuses.

use std::{fs, os::unix::fs::PermissionsExt as _};

use kmodtrace::export::Format;

use crate::{
    leaks,
    opened::opened,
    scene::{recorded, run},
};

#[test]
fn json_is_what_report_prints() {
    let (dir, trace) = recorded("kt_export-6.12.ko");
    let out = dir.path().join("out.json");
    let out = out.to_str().expect("UTF-8");
    let done = run(&["export", &trace, "--to", "json", "-o", out]);
    assert_eq!(
        (done.code, done.out.as_str(), done.err.as_str()),
        (0, "", "")
    );
    let report = run(&["report", "--json", &trace]).out;
    assert_eq!(fs::read_to_string(out).expect("written"), report);
    assert_eq!(run(&["export", &trace, "--to", "json"]).out, report);
    let mode = fs::metadata(out).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let none = run(&["export", &trace, "--to", "csv", "--module", "other"]);
    assert_eq!((none.code, none.out.lines().count()), (0, 1), "{none:?}");
}

#[test]
fn several_formats_in_one_pass() {
    let (dir, trace) = recorded("kt_export-6.12.ko");
    let path = |name: &str| dir.path().join(name).to_str().expect("UTF-8").to_owned();
    let (loads, phases) = (path("loads.csv"), path("phases.csv"));
    let (to_loads, to_phases) = (format!("csv:{loads}"), format!("csv-phases:{phases}"));
    let done = run(&[
        "export", &trace, "--to", &to_loads, "--to", &to_phases, "--to", "chrome",
    ]);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    assert!(done.out.starts_with("{\"displayTimeUnit\""), "{}", done.out);
    assert_eq!(
        fs::read_to_string(loads).expect("written").lines().count(),
        2
    );
    assert!(fs::read_to_string(phases).is_ok());
}

#[test]
fn without_addresses_in_any_format() {
    let (dir, trace) = recorded("kt_export-6.12.ko");
    for format in Format::ALL {
        let name = format.name();
        let leaks = |more: &[&str]| {
            let out = dir.path().join("out");
            let out = out.to_str().expect("UTF-8");
            let args = [&["export", &trace, "--to", name, "-o", out], more].concat();
            assert_eq!(run(&args).code, 0, "{args:?}");
            leaks::in_text(&opened(format, &fs::read(out).expect("written")))
        };
        // These show no address unless a text holds one, as in `redact` of the other tests.
        let none = matches!(
            format,
            Format::CsvPhases | Format::ParquetPhases | Format::Svg
        );
        assert_eq!(leaks(&[]).is_empty(), none, "{name}");
        assert_eq!(leaks(&["--redact"]), [""; 0], "{name}");
    }
}

#[test]
fn a_page_and_a_picture() {
    let (dir, trace) = recorded("kt_export-6.12.ko");
    let path = |name: &str| dir.path().join(name).to_str().expect("UTF-8").to_owned();
    let (page, picture) = (path("page.html"), path("picture.svg"));
    let (to_page, to_picture) = (format!("html:{page}"), format!("svg:{picture}"));
    for (more, redacted) in [(&[][..], false), (&["--redact"], true)] {
        let args = ["export", &trace, "--to", &to_page, "--to", &to_picture];
        let done = run(&[&args, more].concat());
        assert_eq!((done.code, done.err.as_str()), (0, ""));
        let page = fs::read_to_string(&page).expect("written");
        assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
        assert!(page.contains("\"module\":\"kt_export\""), "a load");
        assert!(
            page.contains(&format!("\"redacted\":{redacted}")),
            "{redacted}"
        );
        let picture = fs::read_to_string(&picture).expect("written");
        assert!(picture.contains("<title>kt_export: ok in "), "{picture}");
        assert_eq!(picture.contains("redacted"), redacted, "{picture}");
        assert!(!picture.contains("ffffff"), "{picture}");
    }
}

#[test]
fn what_cannot_be_is_said() {
    let (dir, trace) = recorded("kt_export-6.12.ko");
    let before = fs::read(&trace).expect("read");
    let same = format!("json:{trace}");
    for (args, said) in [
        (
            &["--to", "pdf"][..],
            "is no format; there are perfetto, chrome, json",
        ),
        (&["--to", "csv:"], "no file behind the colon"),
        (
            &["--to", "csv", "--to", "json"],
            "two formats cannot go to one file",
        ),
        (&["--to", "csv:x", "-o", "y"], "-o is for one format"),
        (&["--to", &same], "one of the recordings"),
        (
            &["--to", "json:/nonexistent/x"],
            "cannot create /nonexistent/x",
        ),
        (&["--otlp-endpoint", "localhost"], "no URL of a collector"),
        (&[], "--to"),
    ] {
        let done = run(&[&["export", &trace], args].concat());
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{done:?}");
        assert!(done.err.contains(said), "{args:?}: {}", done.err);
    }
    assert_eq!(fs::read(&trace).expect("read"), before);
    let out = dir.path().join("out");
    let out = out.to_str().expect("UTF-8");
    let done = run(&["export", "/nonexistent/boot.kmt", "--to", "json", "-o", out]);
    assert_eq!(done.code, 2);
    assert!(fs::metadata(out).is_err(), "made for nothing");
    let refused = run(&[
        "export",
        &trace,
        "--otlp-endpoint",
        "http://127.0.0.1:9",
        "--otlp-protocol",
        "grpc",
    ]);
    assert_eq!(refused.code, 5, "{refused:?}");
    let live = run(&["run", "--to", "parquet:x"]);
    assert_eq!(live.code, 2);
    assert!(
        live.err.contains("written when all is known"),
        "{}",
        live.err
    );
}

#[test]
fn a_damaged_recording_exports_what_can_be_read() {
    let (_dir, trace) = recorded("kt_export-6.12.ko");
    let mut bytes = fs::read(&trace).expect("read");
    bytes.extend_from_slice(b"\x10\0\0\0\x02\0\0\0");
    fs::write(&trace, bytes).expect("written");
    let done = run(&["export", &trace, "--to", "chrome"]);
    assert_eq!(done.code, 5);
    assert!(done.err.contains("damaged"), "{}", done.err);
    let trace: serde_json::Value = done.json();
    assert_eq!(trace["otherData"]["summary"]["loads"], 1);
}
