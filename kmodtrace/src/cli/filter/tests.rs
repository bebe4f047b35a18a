//! Filters over hand-made loads.

use super::*;
use crate::{
    event::LoadKey,
    model::{LoadId, Outcome, Overhead, Symbols, Syscall},
};

fn load(module: Option<&[u8]>, file: Option<&[u8]>) -> Load {
    let name = |bytes: &[u8]| Name(bytes.to_vec());
    Load {
        id: LoadId(LoadKey {
            pid_tgid: 7 << 32 | 8,
            start_ns: 1,
        }),
        boot_id: String::new(),
        redacted: false,
        module: module.map(name),
        comm: name(b"(udev-worker)"),
        parent_pid: None,
        task_start_ns: None,
        descendant: false,
        syscall: Syscall::InitModule,
        params: None,
        params_truncated: false,
        file: file.map(name),
        file_bytes: None,
        image_bytes: None,
        cpus: (0, 0),
        parent: None,
        retry_of: None,
        contest: None,
        iteration: None,
        outcome: Outcome::Unknown,
        start_ns: 1,
        total_ns: 0,
        phases: Vec::new(),
        unattributed_ns: 0,
        symbols: Symbols::default(),
        facts: Box::default(),
        overhead: Overhead::default(),
        lost_events: 0,
        complete: false,
    }
}

fn modules(globs: &[&str]) -> Filter {
    let globs = globs.iter().map(|glob| NameGlob::module(glob).unwrap());
    Filter {
        modules: globs.collect(),
        ..Filter::default()
    }
}

#[test]
fn no_filter_lets_everything_through() {
    assert!(Filter::default().matches(&load(None, None)));
}

#[test]
fn dashes_and_underscores_are_the_same() {
    let snd = load(Some(b"snd_hda_intel"), None);
    assert!(modules(&["snd-hda-*"]).matches(&snd));
    assert!(modules(&["snd_hda_intel"]).matches(&snd));
    assert!(modules(&["other", "*intel"]).matches(&snd));
    assert!(!modules(&["hda"]).matches(&snd));
    assert!(modules(&["x[a-c]y-z"]).matches(&load(Some(b"xby_z"), None)));
    assert!(modules(&["{snd-hda,nf-*}*"]).matches(&snd));
}

#[test]
fn the_file_stands_in_for_an_unknown_name() {
    let unknown = load(None, Some(b"nf-tables.ko.xz"));
    assert!(modules(&["nf_tables"]).matches(&unknown));
    assert!(!modules(&["nf_tables"]).matches(&load(None, None)));
    assert!(modules(&["README.md"]).matches(&load(Some(b""), Some(b"README.md"))));
    assert!(modules(&["a*"]).matches(&load(Some(b"a\xff/b"), None)));
}

#[test]
fn one_of_each_kind() {
    let mut filter = modules(&["dummy"]);
    filter.comms = vec![NameGlob::exact("(udev-*").unwrap()];
    filter.pids = vec![3, 7];
    assert!(filter.matches(&load(Some(b"dummy"), None)));
    assert!(!filter.matches(&load(Some(b"other"), None)));
    filter.pids = vec![8];
    assert!(
        !filter.matches(&load(Some(b"dummy"), None)),
        "8 is the thread's id"
    );
}
