//! Failures, and what is said of them.

use super::*;
use crate::{
    event::LoadKey,
    model::{Anchor, Bounds, Facts, LoadId, LogLine, Symbols, Syscall},
};

fn span(phase: Phase) -> PhaseSpan {
    let anchor = Anchor {
        hook: "load_module",
        edge: "entry",
    };
    PhaseSpan {
        covers: vec![phase],
        start_ns: 1,
        duration_ns: 1,
        bounds: Bounds::Measured,
        begin: anchor,
        end: anchor,
        calls: Vec::new(),
    }
}

fn failed(errno: i32, phase: Phase, log: &[&str]) -> Card {
    let key = LoadKey {
        pid_tgid: 1,
        start_ns: 1,
    };
    let line = |text: &&str| LogLine {
        time_ns: 1,
        text: Name(text.as_bytes().to_vec()),
        ..LogLine::default()
    };
    let facts = Facts {
        log: log.iter().map(line).collect(),
        ..Facts::default()
    };
    let load = Load {
        id: LoadId(key),
        boot_id: String::new(),
        redacted: false,
        module: None,
        comm: Name::default(),
        parent_pid: None,
        task_start_ns: None,
        descendant: false,
        syscall: Syscall::InitModule,
        params: None,
        params_truncated: false,
        file: None,
        file_bytes: None,
        image_bytes: None,
        cpus: (0, 0),
        parent: None,
        retry_of: None,
        contest: None,
        outcome: Outcome::Returned(Err(Errno(errno))),
        start_ns: 1,
        total_ns: 2,
        phases: vec![span(phase), span(Phase::Unwind)],
        unattributed_ns: 0,
        symbols: Symbols::default(),
        facts: Box::new(facts),
        lost_events: 0,
        complete: true,
    };
    explain(&load).unwrap()
}

fn names(card: &Card) -> Vec<&str> {
    let names = card.culprits.iter();
    names
        .map(|name| std::str::from_utf8(&name.0).unwrap())
        .collect()
}

#[test]
fn culprits_are_what_the_kernel_logged() {
    let log = [
        "kt_user: Unknown symbol kt_missing (err -2)",
        "kt_user: Unknown symbol kt_other (err -2)",
    ];
    let card = failed(ENOENT, Phase::Symbols, &log);
    assert_eq!(names(&card), ["kt_missing", "kt_other"]);
    assert!(card.certain);
    let log = ["kt_params: `x' invalid for parameter `count'"];
    assert_eq!(names(&failed(EINVAL, Phase::Params, &log)), ["count"]);
    let log = ["kt: module uses symbol kt_ns from namespace KT, but does not import it."];
    assert_eq!(names(&failed(EINVAL, Phase::Symbols, &log)), ["kt_ns"]);
    let log = [
        "kt: disagrees about version of symbol module_layout",
        "kt: Unknown symbol module_layout (err -22)",
    ];
    let card = failed(EINVAL, Phase::Symbols, &log);
    assert_eq!(names(&card), ["module_layout"]);
    assert!(card.meaning.contains("version"), "{card:?}");
}

#[test]
fn without_a_log_the_phase_decides() {
    assert!(
        failed(ENODEV, Phase::Init, &[])
            .meaning
            .contains("no device")
    );
    assert!(
        failed(EINVAL, Phase::Params, &[])
            .meaning
            .contains("parameter")
    );
    assert!(failed(EEXIST, Phase::Elf, &[]).meaning.contains("already"));
    assert!(!failed(EPERM, Phase::Read, &[]).certain);
    assert!(
        failed(ENOEXEC, Phase::Elf, &[])
            .meaning
            .contains("no module")
    );
    assert!(!failed(9999, Phase::Read, &[]).next.is_empty());
}
