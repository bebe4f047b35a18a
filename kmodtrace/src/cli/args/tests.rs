//! The arguments, as they are typed.

use clap::{CommandFactory as _, error::ErrorKind};

use kmodtrace_common::config::DEFAULT_RING_BYTES;

use super::*;
use crate::render::Format;

fn run(words: &[&str]) -> RunArgs {
    let words = ["kmodtrace", "run"].iter().chain(words);
    match Cli::try_parse_from(words).unwrap().verb {
        Verb::Run(args) => args,
        other => panic!("{other:?}"),
    }
}

fn refused(words: &[&str]) -> ErrorKind {
    let words = ["kmodtrace"].iter().chain(words);
    Cli::try_parse_from(words).unwrap_err().kind()
}

#[test]
fn definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn nothing_typed_means_everything_printed() {
    let args = run(&[]);
    assert_eq!(args.output_args.format(), Format::Terminal);
    assert_eq!(args.attaching.attach, Preference::Auto);
    assert_eq!(args.attaching.ring_size, DEFAULT_RING_BYTES);
    assert!(args.command.is_empty() && args.output_args.filter.module.is_empty());
}

#[test]
fn everything_typed() {
    let args = run(&[
        "--module",
        "nf-*",
        "--module",
        "dummy",
        "--pid",
        "7",
        "--comm",
        "modprobe",
        "--count",
        "3",
        "--duration",
        "1.5s",
        "--brief",
        "-v",
        "--color",
        "never",
        "--ascii",
        "--ring-size",
        "4M",
        "--btf",
        "b",
        "--attach",
        "kprobe",
        "--dry-run",
        "--ready-file",
        "r",
        "-o",
        "f",
        "--",
        "modprobe",
        "-v",
        "dummy",
    ]);
    assert_eq!(args.output_args.filter.module.len(), 2);
    assert_eq!(args.output_args.count, Some(3));
    assert_eq!(args.output_args.format(), Format::Brief);
    assert_eq!(args.duration, Some(Duration::from_millis(1500)));
    assert_eq!(args.attaching.attach, Preference::Kprobe);
    assert_eq!(args.output, Some(PathBuf::from("f")));
    assert_eq!(args.command, ["modprobe", "-v", "dummy"]);
}

#[test]
fn mistakes_are_refused() {
    assert_eq!(
        refused(&["run", "--json", "--brief"]),
        ErrorKind::ArgumentConflict
    );
    assert_eq!(
        refused(&["run", "--count", "0"]),
        ErrorKind::ValueValidation
    );
    assert_eq!(
        refused(&["run", "--module", "a[b"]),
        ErrorKind::ValueValidation
    );
    assert_eq!(refused(&["run", "modprobe"]), ErrorKind::UnknownArgument);
    assert_eq!(refused(&["report"]), ErrorKind::MissingRequiredArgument);
}

#[test]
fn style_follows_the_surroundings() {
    let terminal = Surroundings {
        columns: Some(200),
        utf8: true,
        ..Surroundings::default()
    };
    let style = |words: &[&str], surroundings| run(words).output_args.style(surroundings);
    assert_eq!(
        (style(&[], terminal).width, style(&[], terminal).color),
        (100, true)
    );
    assert!(
        !style(
            &[],
            Surroundings {
                no_color: true,
                ..terminal
            }
        )
        .color
    );
    assert!(
        !style(
            &[],
            Surroundings {
                dumb: true,
                ..terminal
            }
        )
        .color
    );
    let pipe = Surroundings {
        columns: None,
        ..terminal
    };
    assert_eq!(
        (style(&[], pipe).width, style(&[], pipe).color),
        (80, false)
    );
    assert!(style(&["--color", "always"], pipe).color);
    assert!(!style(&["--color", "never"], terminal).color);
    assert!(!style(&["--ascii"], terminal).unicode);
}

#[test]
fn inspect_takes_files_and_one_kind_of_output() {
    let words = ["kmodtrace", "inspect", "--sections", "a.ko", "b.ko.xz"];
    let Verb::Inspect(args) = Cli::try_parse_from(words).unwrap().verb else {
        panic!("not inspect");
    };
    assert_eq!(args.files.len(), 2);
    assert!(args.sections && !args.json && args.modules.is_none());
    assert_eq!(refused(&["inspect"]), ErrorKind::MissingRequiredArgument);
    assert_eq!(
        refused(&["inspect", "--json", "-v", "a.ko"]),
        ErrorKind::ArgumentConflict
    );
}
