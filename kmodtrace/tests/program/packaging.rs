//! Completions and manual pages are what shells and groff read.

use std::{fs, io::ErrorKind, path::Path, process::Command};

use crate::scene::run;

/// What a program complains of; `None` where it is not installed.
fn complaints(program: &str, args: &[&str], file: &Path) -> Option<String> {
    let done = Command::new(program).args(args).arg(file).output();
    let done = match done {
        Ok(done) => done,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("skipped: there is no {program}");
            return None;
        }
        Err(error) => panic!("{program}: {error}"),
    };
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    Some(format!(
        "{said}{}",
        if done.status.success() { "" } else { "failed" }
    ))
}

#[test]
fn shells_understand_their_completions() {
    let dir = tempfile::tempdir().expect("a directory");
    for shell in ["bash", "zsh", "fish"] {
        let done = run(&["completions", shell]);
        assert_eq!((done.code, done.err.as_str()), (0, ""));
        for word in ["report", "rotate-size", "inspect", "ls"] {
            assert!(done.out.contains(word), "no {word} for {shell}");
        }
        let file = dir.path().join(shell);
        fs::write(&file, &done.out).expect("written");
        let said = complaints(shell, &["-n"], &file);
        assert!(said.is_none_or(|said| said.is_empty()), "{shell}");
        if shell == "bash" {
            fs::write(&file, done.out + "\nif").expect("written");
            let said = complaints(shell, &["-n"], &file).expect("bash is everywhere");
            assert!(!said.is_empty(), "bash took what is no script");
        }
    }
    assert_eq!(run(&["completions", "csh"]).code, 2);
}

/// What bash offers for a line.
#[test]
fn bash_completes() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("completions");
    fs::write(&file, run(&["completions", "bash"]).out).expect("written");
    let script = "source \"$0\"; COMP_WORDS=(kmodtrace report --b); COMP_CWORD=2; \
                  _kmodtrace kmodtrace --b report 2>/dev/null; echo \"${COMPREPLY[@]}\"";
    let bash = Command::new("bash")
        .args(["-c", script])
        .arg(&file)
        .output();
    let bash = bash.expect("bash is everywhere");
    assert_eq!(String::from_utf8_lossy(&bash.stdout).trim(), "--brief");
}

#[test]
fn every_verb_has_its_page() {
    let dir = tempfile::tempdir().expect("a directory");
    let pages = dir.path().join("man1");
    let done = run(&["man", pages.to_str().expect("UTF-8")]);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let verbs = [
        "run",
        "report",
        "ls",
        "doctor",
        "export",
        "inspect",
        "map",
        "completions",
        "man",
    ];
    let names = verbs.map(|verb| format!("kmodtrace-{verb}.1"));
    for name in names.iter().map(String::as_str).chain(["kmodtrace.1"]) {
        let page = pages.join(name);
        let text = fs::read_to_string(&page).expect("a page");
        assert!(
            text.contains(".TH") && text.contains("EXIT") || text.contains("Exit codes"),
            "{name}"
        );
        for (program, args) in [
            ("groff", &["-man", "-Tutf8", "-ww", "-z"][..]),
            ("mandoc", &["-T", "lint", "-W", "warning"]),
        ] {
            let said = complaints(program, args, &page);
            assert!(
                said.as_deref().is_none_or(str::is_empty),
                "{program}: {said:?}"
            );
        }
    }
    assert_eq!(
        fs::read_dir(&pages).expect("there").count(),
        names.len() + 1
    );
    assert_eq!(run(&["man", "/proc/nowhere"]).code, 2);
}
