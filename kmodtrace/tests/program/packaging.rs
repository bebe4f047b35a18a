//! Completions and manual pages are what shells and groff read.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::scene::run;

/// What a program complains of.
fn complaints(program: &str, args: &[&str], file: &Path) -> String {
    let done = Command::new(program).args(args).arg(file).output();
    let done = done.unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    let end = if done.status.success() { "" } else { "failed" };
    format!("{said}{end}")
}

/// A shell takes its completions, and not whatever it is given.
fn understands(shell: &str) {
    let dir = tempfile::tempdir().expect("a directory");
    let script = run(&["completions", shell]).out;
    let file = dir.path().join(shell);
    fs::write(&file, &script).expect("written");
    assert_eq!(complaints(shell, &["-n"], &file), "", "{shell}");
    fs::write(&file, script + "\n)\n").expect("written");
    let said = complaints(shell, &["-n"], &file);
    assert_ne!(said, "", "{shell} took what is no script");
}

#[test]
fn every_shell_has_its_completions() {
    for shell in ["bash", "zsh", "fish"] {
        let done = run(&["completions", shell]);
        assert_eq!((done.code, done.err.as_str()), (0, ""));
        for word in ["report", "rotate-size", "inspect", "ls"] {
            assert!(done.out.contains(word), "no {word} for {shell}");
        }
    }
    understands("bash");
    assert_eq!(run(&["completions", "csh"]).code, 2);
}

#[test]
#[ignore = "needs zsh and fish: `cargo xtask test --full` installs them and runs it"]
fn other_shells_understand_their_completions() {
    understands("zsh");
    understands("fish");
}

/// What bash offers for a line.
#[test]
fn bash_completes() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("completions");
    fs::write(&file, run(&["completions", "bash"]).out).expect("written");
    let script = "source \"$0\"; COMP_WORDS=(kmodtrace report --br); COMP_CWORD=2; \
                  _kmodtrace kmodtrace --br report 2>/dev/null; echo \"${COMPREPLY[@]}\"";
    let bash = Command::new("bash")
        .args(["-c", script])
        .arg(&file)
        .output();
    let bash = bash.expect("bash is everywhere");
    assert_eq!(String::from_utf8_lossy(&bash.stdout).trim(), "--brief");
}

/// Writes the pages, and says which there have to be.
fn pages(dir: &Path) -> Vec<PathBuf> {
    let pages = dir.join("man1");
    let done = run(&["man", pages.to_str().expect("UTF-8")]);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let verbs = [
        "run",
        "bench",
        "compare",
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
    let names = names.into_iter().chain(["kmodtrace.1".to_owned()]);
    let names: Vec<_> = names.map(|name| pages.join(name)).collect();
    assert_eq!(fs::read_dir(&pages).expect("there").count(), names.len());
    names
}

#[test]
fn every_verb_has_its_page() {
    let dir = tempfile::tempdir().expect("a directory");
    for page in pages(dir.path()) {
        let text = fs::read_to_string(&page).expect("a page");
        assert!(
            text.contains(".TH") && text.contains("EXIT") || text.contains("Exit codes"),
            "{}",
            page.display()
        );
    }
    assert_eq!(run(&["man", "/proc/nowhere"]).code, 2);
}

#[test]
#[ignore = "needs groff and mandoc: `cargo xtask test --full` installs them and runs it"]
fn readers_of_pages_have_nothing_to_complain_of() {
    let dir = tempfile::tempdir().expect("a directory");
    let readers = [
        ("groff", &["-man", "-Tutf8", "-ww", "-z"][..]),
        // Its warnings are about blank lines and a date that is missing.
        ("mandoc", &["-T", "lint", "-W", "error"]),
    ];
    for page in pages(dir.path()) {
        for (program, args) in readers {
            let said = complaints(program, args, &page);
            assert_eq!(said, "", "{program}: {}", page.display());
        }
    }
    let wrong = dir.path().join("wrong.1");
    fs::write(&wrong, ".TH WRONG 1\n.SH NAME\n.nosuch\n").expect("written");
    for (program, args) in readers {
        assert_ne!(
            complaints(program, args, &wrong),
            "",
            "{program} took what is no page"
        );
    }
}
