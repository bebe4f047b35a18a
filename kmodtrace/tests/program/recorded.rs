//! The modules of recorded loads.

use std::{fs, process::Command};

use kmodtrace::image::{ModuleImage, layout::Kind};

use crate::scene::{module, place, placed, recorded, run};

#[test]
fn the_map_of_a_recorded_load() {
    let (_dir, trace) = recorded("kt_export-6.12.ko");
    let done = run(&["map", &trace]);
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{done:?}");
    let init = place(Kind::InitText, 0).expect("init");
    for part in [
        &format!("{init:#018x}  init_text"),
        "[5.000000]",
        "kt_export",
        ".init.text",
    ] {
        assert!(done.out.contains(part), "no {part} in {}", done.out);
    }
    let line = run(&["map", "--json", &trace]).json();
    assert_eq!(line["load"], "5000000000.700");
    assert_eq!(line["file"], "/lib/modules/nf tables's.ko");
    assert!(
        line["sections"].as_array().is_some_and(|all| all.len() > 8),
        "{line}"
    );
    assert_eq!(line["redacted"], false);
}

#[test]
fn gdb_is_told_of_init_too() {
    let (_dir, trace) = recorded("kt_export-6.12.ko");
    let done = run(&["map", "--gdb", "--module", "kt-*", &trace]);
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{done:?}");
    let command = done.out.lines().last().expect("a command");
    let text = place(Kind::Text, 0).expect("text");
    let beginning = format!("add-symbol-file /lib/modules/nf\\ tables\\'s.ko {text:#x} -s ");
    assert!(command.starts_with(&beginning), "{command}");
    let init = place(Kind::InitText, 0).expect("init");
    assert!(
        command.contains(&format!("-s .init.text {init:#x}")),
        "{command}"
    );
    let done = run(&["map", "--gdb", "--file", "/tmp/x.ko.xz", &trace]);
    assert!(
        done.out.contains("add-symbol-file /tmp/x.ko 0x"),
        "{}",
        done.out
    );
    assert!(
        done.out.contains("# gdb reads no compressed files"),
        "{}",
        done.out
    );
}

#[test]
fn what_is_not_there_is_said() {
    let (dir, trace) = recorded("kt_export-6.12.ko");
    let done = run(&["map", "--module", "other", &trace]);
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert!(done.err.contains("no such load"), "{}", done.err);
    let text = dir.path().join("text");
    fs::write(&text, "no recording").expect("written");
    let done = run(&["map", text.to_str().expect("UTF-8")]);
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert_eq!(run(&["map", "/nonexistent/boot.kmt"]).code, 2);
    // What lies in front of the damage is shown.
    let mut bytes = fs::read(&trace).expect("read");
    bytes.extend_from_slice(b"\x10\0\0\0\x02\0\0\0");
    fs::write(&trace, bytes).expect("written");
    let done = run(&["map", &trace]);
    assert_eq!(done.code, 5);
    assert!(
        done.out.contains("kt_export") && done.err.contains("damaged"),
        "{done:?}"
    );
}

/// The command means to gdb what it should, where gdb is installed.
#[test]
fn gdb_takes_the_command() {
    let (dir, trace) = recorded("kt_export-6.12.ko");
    let file = dir.path().join("odd 'name\" \\$(x).ko");
    fs::copy(module("kt_export-6.12.ko"), &file).expect("copied");
    let file = file.to_str().expect("UTF-8");
    let done = run(&["map", "--gdb", "--file", file, &trace]);
    let script = dir.path().join("script");
    fs::write(
        &script,
        format!("set architecture i386:x86-64\n{}", done.out),
    )
    .expect("written");
    let gdb = Command::new("gdb")
        .args(["-nx", "-batch", "-x"])
        .arg(&script)
        .output();
    let gdb = match gdb {
        Ok(gdb) => gdb,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return eprintln!("skipped: there is no gdb");
        }
        Err(error) => panic!("gdb: {error}"),
    };
    let told = String::from_utf8_lossy(&gdb.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&gdb.stderr).into_owned();
    assert!(!complaints.contains("not found"), "{complaints}");
    let bytes = fs::read(module("kt_export-6.12.ko")).expect("test data");
    let image = ModuleImage::parse(&bytes).expect("a module");
    let mut count = 0;
    for (section, address) in image.sections.iter().zip(placed(&image)) {
        let Some(address) = address.filter(|_| section.is_allocated()) else {
            continue;
        };
        let name = String::from_utf8_lossy(section.name);
        let line = format!(
            "\t{name}_addr = {address:#x}
"
        );
        assert!(told.contains(&line), "no {line} in {told}\n{complaints}");
        count += 1;
    }
    assert!(count > 8, "{count} sections");
}
