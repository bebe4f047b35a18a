//! `inspect --against`.

use std::fs;

use kmodtrace::image::{ModuleImage, layout::Kind};

use crate::scene::{Done, module, place, placed, recorded, run};

fn inspect(file: &str, trace: &str, args: &[&str]) -> Done {
    let file = module(file);
    let file = file.to_str().expect("UTF-8");
    run(&[&["inspect", "--against", trace], args, &[file]].concat())
}

#[test]
fn a_file_beside_its_load() {
    let (_dir, trace) = recorded("kt_export-6.12.ko");
    let done = inspect("kt_export-6.12.ko", &trace, &[]);
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{done:?}");
    assert!(done.out.contains("made from this file"), "{}", done.out);
    let text = place(Kind::Text, 0).expect("text");
    let line = done
        .out
        .lines()
        .find(|line| line.ends_with(" .text"))
        .expect("a line");
    assert!(line.contains(&format!("{text:#018x}")), "{line}");
    let against = inspect("kt_export-6.12.ko", &trace, &["--json"]).json()["against"].take();
    assert_eq!(against["matches"], true);
    assert_eq!(
        (&against["loads"], &against["load"]),
        (&1.into(), &"5000000000.700".into())
    );
    let bytes = fs::read(module("kt_export-6.12.ko")).expect("test data");
    let image = ModuleImage::parse(&bytes).expect("a module");
    let sections = against["sections"].as_array().expect("a list");
    assert_eq!(sections.len(), image.sections.len());
    for ((told, own), address) in sections.iter().zip(&image.sections).zip(placed(&image)) {
        assert_eq!(told["offset"], own.offset);
        assert_eq!(told["bytes"], own.size);
        let address = address.map(|address| format!("{address:#x}"));
        assert_eq!(told["address"].as_str(), address.as_deref());
    }
}

#[test]
fn a_file_of_another_module_or_build() {
    let (_dir, trace) = recorded("kt_export-6.12.ko");
    let done = inspect("kt_export-7.3.ko", &trace, &[]);
    assert_eq!(done.code, 2);
    assert!(done.out.contains("not made from this file"), "{}", done.out);
    assert!(
        done.out.contains("build id") || done.out.contains("differ"),
        "{}",
        done.out
    );
    let against = inspect("kt_export-7.3.ko", &trace, &["--json"]).json()["against"].take();
    assert_eq!(against["matches"], false);
    assert!(
        against["differences"]
            .as_array()
            .is_some_and(|all| !all.is_empty()),
        "{against}"
    );
    let done = inspect("kt_params-6.12.ko", &trace, &[]);
    assert_eq!(done.code, 2);
    assert!(done.out.contains("no load of this module"), "{}", done.out);
    // One of several files is enough to say so; the others are compared all the same.
    let own = module("kt_export-6.12.ko");
    let done = inspect("kt_params-6.12.ko", &trace, &[own.to_str().expect("UTF-8")]);
    assert_eq!(done.code, 2);
    assert!(
        done.out.contains("  made from this file") || done.out.contains("· made from this file")
    );
}
