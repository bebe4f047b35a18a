//! `docs/failures.md` is what was measured (`tests/data/expect/failures.toml`, which the VM tests compare with).
//!
//! `KMODTRACE_UPDATE_EXPECT=1 cargo test -p kmodtrace-tests --test failures` writes its table anew.

use std::{collections::BTreeSet, env, fs, path::Path};

use kmodtrace::explain::Cause;
use kmodtrace_tests::failures::{FAILURES, Told, expected, table};

const BEGIN: &str = "<!-- measured -->\n";
const END: &str = "<!-- end -->\n";

#[test]
fn the_table_is_what_was_measured() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/failures.md");
    let text = fs::read_to_string(&path).expect("docs/failures.md");
    let (head, rest) = text
        .split_once(BEGIN)
        .expect("a mark where the table begins");
    let (_, tail) = rest.split_once(END).expect("a mark where the table ends");
    let wanted = format!("{head}{BEGIN}\n{}\n{END}{tail}", table(&expected()));
    if env::var_os("KMODTRACE_UPDATE_EXPECT").is_some() {
        fs::write(&path, &wanted).expect("written");
    }
    let now = fs::read_to_string(&path).expect("docs/failures.md");
    assert!(
        now == wanted,
        "docs/failures.md is not what failures.toml says"
    );
}

#[test]
fn causes_are_documented_and_measured() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/output.md");
    let docs = fs::read_to_string(docs).expect("docs/output.md");
    let keys: BTreeSet<_> = Cause::ALL.iter().map(|cause| cause.key()).collect();
    for key in &keys {
        assert!(
            docs.contains(&format!("`{key}`")),
            "{key} is not in docs/output.md"
        );
    }
    for failure in FAILURES {
        assert!(keys.contains(failure.cause), "{}", failure.label);
    }
    for (kernel, labels) in expected() {
        for (label, line) in labels.as_table().expect("a table") {
            let told = Told::parse(line.as_str().expect("a string"));
            let told = told.unwrap_or_else(|| panic!("{kernel} {label}"));
            assert!(keys.contains(told.cause.as_str()), "{kernel} {label}");
        }
    }
}
