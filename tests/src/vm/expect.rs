//! Checked-in expectations (`tests/data/expect`), and how they are brought up to date.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Kernel series, then kind of load, then phases in the short form of [`super::Load::phase_line`].
pub type Phases = BTreeMap<String, BTreeMap<String, String>>;

/// What stands above the table.
const PHASES_HEAD: &str = "\
# The phases that each kernel lets tell apart, by kind of load (a label of ledger-loads.sh).
# `~` behind a name: inferred bounds. `a+b`: one span that covers both. Not named: absent.
# KMODTRACE_UPDATE_EXPECT=1 in the environment of the checks writes what was seen.

";

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data/expect")
        .join(name)
}

/// The text of an expectation file.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn text(name: &str) -> String {
    let path = path(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Compares the phases seen on a kernel with the table, or writes them into it.
///
/// # Panics
/// When they differ, or the table cannot be read or written.
pub fn phases(kernel: &str, seen: &BTreeMap<String, String>) {
    static WRITING: Mutex<()> = Mutex::new(());
    let parse = |text: &str| -> Phases { toml::from_str(text).expect("phases.toml is no table") };
    if env::var_os("KMODTRACE_UPDATE_EXPECT").is_some() {
        let _one_at_a_time = WRITING.lock();
        let mut table = parse(&fs::read_to_string(path("phases.toml")).unwrap_or_default());
        table.insert(kernel.to_owned(), seen.clone());
        let body = toml::to_string(&table).expect("a table of strings");
        fs::write(path("phases.toml"), format!("{PHASES_HEAD}{body}")).expect("phases.toml");
        return;
    }
    let table = parse(&text("phases.toml"));
    let expected = table.get(kernel).cloned().unwrap_or_default();
    let mut wrong = Vec::new();
    let labels = expected
        .keys()
        .chain(seen.keys().filter(|key| !expected.contains_key(*key)));
    for label in labels {
        let (want, got) = (expected.get(label), seen.get(label));
        if want != got {
            let show = |line: Option<&String>| line.map_or("nothing", String::as_str).to_owned();
            wrong.push(format!(
                "{label}: expected {}\n{:width$}  saw      {}",
                show(want),
                "",
                show(got),
                width = label.len()
            ));
        }
    }
    super::none_of(&wrong);
}
