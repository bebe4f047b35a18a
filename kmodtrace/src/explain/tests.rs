//! Failures, and what is said of them.

use super::{errno::*, *};
use crate::{
    catalogue::phase::Phase,
    event::{LoadKey, MissingSymbol},
    model::{
        Anchor, Bounds, Call, CallValue, Facts, LoadId, LogLine, Overhead, PhaseSpan, Symbols,
        Syscall,
    },
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

/// A load that failed in a phase, with lines of its own in the log.
fn load(errno: i32, phases: &[Phase], log: &[&str]) -> Load {
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
        log_followed: true,
        log: log.iter().map(line).collect(),
        ..Facts::default()
    };
    let mut failed = span(phases[0]);
    failed.covers = phases.to_vec();
    Load {
        id: LoadId(key),
        boot_id: String::new(),
        redacted: false,
        module: Some(Name(b"kt".to_vec())),
        comm: Name::default(),
        parent_pid: None,
        task_start_ns: None,
        descendant: false,
        syscall: Syscall::InitModule,
        params: None,
        params_truncated: false,
        file: None,
        file_bytes: None,
        image_bytes: Some(4096),
        cpus: (0, 0),
        parent: None,
        retry_of: None,
        contest: None,
        iteration: None,
        outcome: Outcome::Returned(Err(Errno(errno))),
        start_ns: 1,
        total_ns: 2,
        phases: vec![failed, span(Phase::Unwind)],
        unattributed_ns: 0,
        symbols: Symbols::default(),
        facts: Box::new(facts),
        overhead: Overhead::default(),
        lost_events: 0,
        complete: true,
    }
}

fn failed(errno: i32, phase: Phase, log: &[&str]) -> Card {
    explain(&load(errno, &[phase], log)).unwrap()
}

fn call(name: &'static str, status: i64) -> Call {
    Call {
        name,
        start_ns: 1,
        duration_ns: Some(1),
        values: vec![("status", CallValue::Status(status))],
    }
}

fn names(card: &Card) -> Vec<&str> {
    let names = card.culprits.iter();
    names
        .map(|culprit| std::str::from_utf8(&culprit.name.0).unwrap())
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
    for symbol in ["kt_ns", "(kt_ns)"] {
        let log =
            format!("kt: module uses symbol {symbol} from namespace KT, but does not import it.");
        let card = failed(EINVAL, Phase::Symbols, &[&log]);
        assert_eq!(
            (names(&card), card.cause),
            (vec!["kt_ns"], Cause::Namespace)
        );
    }
    let log = ["kt: gave up waiting for init of module kt_other."];
    let card = failed(EBUSY, Phase::Symbols, &log);
    assert_eq!(
        (names(&card), card.cause),
        (vec!["kt_other"], Cause::ProviderBusy)
    );
    let log = [
        "kt: disagrees about version of symbol module_layout",
        "kt: Unknown symbol module_layout (err -22)",
    ];
    let card = failed(EINVAL, Phase::Symbols, &log);
    assert_eq!(names(&card), ["module_layout"]);
    assert_eq!(card.cause, Cause::SymbolVersion);
}

/// Where the kernel takes a module whose import is missing, it says so nevertheless.
#[test]
fn a_warning_is_no_cause() {
    let warning = "kt: module uses symbol kt_ns from namespace KT, but does not import it.";
    let cause = |errno, phase, log: &[&str]| failed(errno, phase, log).cause;
    assert_eq!(cause(EINVAL, Phase::Symbols, &[warning]), Cause::Namespace);
    assert_eq!(cause(ENOMEM, Phase::Alloc, &[warning]), Cause::NoMemory);
    assert_eq!(
        cause(EINVAL, Phase::Params, &[warning]),
        Cause::ParameterValue
    );
    let unknown = "kt: Unknown symbol kt_missing (err -2)";
    let card = failed(ENOENT, Phase::Symbols, &[warning, unknown]);
    assert_eq!(names(&card), ["kt_missing"]);
    assert_eq!(card.cause, Cause::UnknownSymbol);
    let version = "kt: disagrees about version of symbol kt_other";
    let log = [warning, version];
    assert_eq!(cause(EINVAL, Phase::Symbols, &log), Cause::SymbolVersion);
    let mut loaded = load(EINVAL, &[Phase::Symbols], &[warning]);
    loaded.outcome = Outcome::Returned(Ok(()));
    assert_eq!(explain(&loaded), None);
}

#[test]
fn without_a_log_the_phase_decides() {
    let cause = |errno, phase| failed(errno, phase, &[]).cause;
    assert_eq!(cause(ENODEV, Phase::Init), Cause::NoDevice);
    assert_eq!(cause(EEXIST, Phase::Init), Cause::InitFailed);
    assert_eq!(cause(EINVAL, Phase::Params), Cause::ParameterValue);
    assert_eq!(cause(EEXIST, Phase::Elf), Cause::Loaded);
    assert_eq!(cause(ENODEV, Phase::Wait), Cause::OtherFailed);
    assert_eq!(cause(EPERM, Phase::Signature), Cause::LockedDown);
    assert!(!failed(EPERM, Phase::Read, &[]).certain);
    assert_eq!(cause(9999, Phase::Read), Cause::Unknown);
}

#[test]
fn what_cannot_be_seen_is_said() {
    let phases = [Phase::Signature, Phase::Elf];
    let card = explain(&load(ENOEXEC, &phases, &[])).unwrap();
    assert_eq!(card.cause, Cause::Format);
    assert_eq!(card.unseen.as_deref(), Some("signature+elf"));
    let log = ["kt: version magic 'a' should be 'b'"];
    let card = explain(&load(ENOEXEC, &phases, &log)).unwrap();
    assert_eq!((card.cause, card.unseen), (Cause::VersionMagic, None));
}

#[test]
fn lines_of_others_do_not_count() {
    let mut load = load(
        EPERM,
        &[Phase::Signature, Phase::Elf],
        &[
            "other: `x' invalid for parameter `y'",
            "Module kt is blacklisted",
        ],
    );
    for line in &mut load.facts.log {
        line.probable = true;
    }
    let card = explain(&load).unwrap();
    assert_eq!((card.cause, card.certain), (Cause::Blacklisted, true));
    load.facts.log.pop();
    let card = explain(&load).unwrap();
    assert_eq!((card.cause, card.certain), (Cause::LockedDown, false));
    // A line that names nobody may be anybody's.
    load.facts.log[0].text = Name(b"Loading of unsigned module is rejected".to_vec());
    let card = explain(&load).unwrap();
    assert_eq!((card.cause, card.certain), (Cause::SignatureMissing, false));
}

#[test]
fn the_call_that_returned_it_is_named() {
    let mut load = load(EKEYREJECTED, &[Phase::Signature], &[]);
    load.phases[0].calls = vec![
        call("load_module", -i64::from(EKEYREJECTED)),
        call("module_sig_check", -i64::from(EKEYREJECTED)),
    ];
    let card = explain(&load).unwrap();
    assert_eq!(card.call, Some("module_sig_check"));
    assert_eq!((card.cause, card.certain), (Cause::SignatureWrong, true));
    // It has logged no other reason, as far as that can be told.
    load.facts.log_followed = false;
    let unsure = explain(&load).unwrap();
    assert_eq!((unsure.cause, unsure.certain), (Cause::Signature, false));
    load.phases[0].calls[1] = call("mod_verify_sig", -i64::from(ENOKEY));
    let card = explain(&load).unwrap();
    assert_eq!(card.call, None);
    assert_eq!((card.cause, card.certain), (Cause::KeyUnknown, true));
}

#[test]
fn symbols_for_other_licences_and_of_other_modules() {
    let log = [
        "kt: Unknown symbol kt_a (err -2)",
        "kt: Unknown symbol kt_b (err -2)",
    ];
    let mut load = load(ENOENT, &[Phase::Symbols], &log);
    let missing = |name: &str, provider: Option<&str>, exported| MissingSymbol {
        name: Name(name.as_bytes().to_vec()),
        provider: provider.map(|name| Name(name.as_bytes().to_vec())),
        exported,
    };
    load.facts.refusal.missing = vec![
        missing("kt_a", Some("kt_module"), false),
        missing("kt_b", None, true),
    ];
    load.facts.identity.license = Some(Name(b"GPL".to_vec()));
    let card = explain(&load).unwrap();
    assert_eq!(card.cause, Cause::UnknownSymbol);
    let providers: Vec<_> = card
        .culprits
        .into_iter()
        .map(|culprit| culprit.provider)
        .collect();
    assert_eq!(providers, [Some(Name(b"kt_module".to_vec())), None]);
    load.facts.identity.license = Some(Name(b"Proprietary".to_vec()));
    let card = explain(&load).unwrap();
    assert_eq!((card.cause, names(&card)), (Cause::GplOnly, vec!["kt_b"]));
}

#[test]
fn keys_are_words_and_differ() {
    let keys: std::collections::BTreeSet<_> = Cause::ALL.iter().map(|cause| cause.key()).collect();
    assert_eq!(keys.len(), Cause::ALL.len());
    for key in keys {
        assert!(
            key.bytes()
                .all(|byte| byte == b'_' || byte.is_ascii_lowercase()),
            "{key}"
        );
    }
}
