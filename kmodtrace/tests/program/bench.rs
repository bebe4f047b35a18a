//! `bench`, as far as it gets without a kernel: what is wrong is said before anything is touched.

use std::fs;

use crate::scene::{recorded, run};

#[test]
fn what_is_no_module_is_refused() {
    let (dir, _) = recorded("kt_export-6.12.ko");
    let text = dir.path().join("notes.ko");
    fs::write(&text, "no module").expect("written");
    let text = text.to_str().expect("UTF-8");
    let done = run(&["bench", text]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(
        done.err.contains("cannot be read as a module"),
        "{}",
        done.err
    );
    let done = run(&["bench", "./there_is_none.ko"]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(
        done.err.contains("cannot read ./there_is_none.ko"),
        "{}",
        done.err
    );
    let done = run(&["bench", "no_module_has_this_name"]);
    assert_eq!(done.code, 2, "{done:?}");
    let said = "there is no module no_module_has_this_name in /lib/modules/";
    assert!(done.err.contains(said), "{}", done.err);
}

#[test]
fn counts_have_bounds() {
    for words in [["-n", "0"], ["-n", "100001"], ["--warmup", "-1"]] {
        let done = run(&["bench", "x", words[0], words[1]]);
        assert_eq!(done.code, 2, "{done:?}");
    }
}

#[test]
fn a_recording_without_a_benchmark_has_nothing_to_report() {
    let (_dir, trace) = recorded("kt_export-6.12.ko");
    let done = run(&["report", "--bench", &trace]);
    assert_eq!((done.code, done.out.as_str()), (2, ""), "{done:?}");
    assert!(
        done.err.contains("there is no benchmark in that"),
        "{}",
        done.err
    );
}
