//! Sentences and codes.

use super::*;
use crate::{kernel::environment::Environment, model::Summary};

#[test]
fn codes_are_those_of_the_help() {
    for (exit, line) in [
        (Exit::Ok, "  0  ok"),
        (Exit::Degraded, "  1  degraded"),
        (Exit::Usage, "  2  usage"),
        (Exit::NotPermitted, "  3  not permitted"),
        (Exit::CannotTrace, "  4  this kernel cannot"),
        (Exit::Incomplete, "  5  data incomplete"),
    ] {
        assert_eq!(exit.code().to_string(), line[2..3]);
        assert!(EXIT_CODES.contains(line), "{line}");
    }
}

#[test]
fn failures_are_one_sentence() {
    let missing = || io::Error::from(io::ErrorKind::NotFound);
    let all = [
        Failure::NotRoot,
        Failure::NotCapable,
        Failure::Lockdown,
        Failure::Kernel(CannotTrace::NoModules),
        Failure::Kernel(CannotTrace::NoProbes),
        Failure::open(Path::new("/x"), missing()),
        Failure::create(Path::new("/x"), missing()),
        Failure::NotRecording(String::from("x.kmt is not a recording")),
        Failure::UnreadableRecording(String::from("x.kmt: recording format 9")),
        Failure::Damaged(String::from("frame 7")),
        Failure::Recording(missing()),
        Failure::Output(missing()),
        Failure::Runtime(missing()),
    ];
    for failure in all {
        let text = failure.to_string();
        assert!(!text.contains('\n') && !text.ends_with('.'), "{text}");
        assert_ne!(failure.exit(false), Exit::Ok);
        assert_eq!(failure.exit(true).code(), 125);
    }
}

#[test]
fn commands_that_do_not_start() {
    let failure = |kind| Failure::Command {
        program: OsString::from("modprob"),
        error: io::Error::from(kind),
    };
    assert_eq!(failure(io::ErrorKind::NotFound).exit(true).code(), 127);
    assert_eq!(
        failure(io::ErrorKind::PermissionDenied).exit(true).code(),
        126
    );
}

#[test]
fn permission_has_names() {
    let user = Environment {
        euid: Some(1000),
        ..Environment::default()
    };
    assert!(matches!(may_trace(&user, None), Err(Failure::NotRoot)));
    let contained = Environment {
        euid: Some(0),
        ..Environment::default()
    };
    assert!(matches!(
        may_trace(&contained, None),
        Err(Failure::NotCapable)
    ));
    let root = Environment {
        capabilities: u64::MAX,
        ..contained
    };
    let of_a_namespace = Environment {
        contained: true,
        ..root.clone()
    };
    assert!(matches!(
        may_trace(&of_a_namespace, None),
        Err(Failure::NotCapable)
    ));
    assert!(may_trace(&root, Some("integrity")).is_ok());
    assert!(matches!(
        may_trace(&root, Some("confidentiality")),
        Err(Failure::Lockdown)
    ));
    let silent = Environment {
        ftrace_enabled: Some(0),
        ..root.clone()
    };
    assert!(matches!(may_trace(&silent, None), Err(Failure::FtraceOff)));
    let silent = Environment {
        kprobes_enabled: Some(false),
        ..root.clone()
    };
    assert!(matches!(may_trace(&silent, None), Err(Failure::KprobesOff)));
    let capable = Environment {
        capabilities: 1 << 38 | 1 << 39,
        ..user
    };
    assert!(may_trace(&capable, None).is_ok());
}

#[test]
fn ends_of_runs() {
    let mut summary = Summary::default();
    assert_eq!(Exit::of_run(&summary, false), Exit::Ok);
    assert_eq!(Exit::of_run(&summary, true), Exit::Degraded);
    summary.losses.untracked = 1;
    assert_eq!(Exit::of_run(&summary, true), Exit::Incomplete);
    summary.command = Some(0);
    assert_eq!(Exit::of_run(&summary, true), Exit::Command(0));
    assert_eq!(Exit::of_report(&summary), Exit::Incomplete);
}
