//! The same answers as binutils and kmod give, where they are installed.

use std::{collections::BTreeMap, io::Write as _, process::Command};

use kmodtrace::{
    image::{ModuleImage, compression, relocations},
    render::Inspection,
};

use super::{inspected, names, read};

/// What a program prints about a file, or `None` where it is not installed.
fn output(program: &str, args: &[&str], image: &[u8]) -> Option<String> {
    let mut file = tempfile::Builder::new()
        .suffix(".ko")
        .tempfile()
        .expect("a file");
    file.write_all(image).expect("room for it");
    let mut command = Command::new(program);
    command.args(args).arg(file.path()).env("LC_ALL", "C");
    match command.output() {
        Ok(done) => Some(String::from_utf8_lossy(&done.stdout).into_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("skipped: there is no {program}");
            None
        }
        Err(error) => panic!("{program}: {error}"),
    }
}

/// Names more modules to look at, one path a line.
const MORE: &str = "KMODTRACE_MODULE_FILES";

/// Calls `check` with every module that is there, and with those that the environment names.
fn each(check: impl Fn(&str, &[u8], &ModuleImage<'_>)) {
    let one = |name: &str, file: &[u8]| {
        let image = compression::decompress(file).expect("sound data");
        let look = |i: &Inspection<'_>| check(name, &image, i.image);
        inspected(name, &image, look).expect("a module");
    };
    for name in names() {
        one(&name, &read(&name));
    }
    let more = std::env::var(MORE).unwrap_or_default();
    for path in more.lines() {
        one(path, &std::fs::read(path).expect("a module's file"));
    }
}

#[test]
fn sections_are_those_of_readelf() {
    each(|name, bytes, image| {
        let Some(text) = output("readelf", &["-S", "-W"], bytes) else {
            return;
        };
        let theirs: Vec<String> = text.lines().filter_map(section_line).collect();
        let ours = image.sections[1..].iter().map(|section| {
            format!(
                "{} {} {:06x} {:06x} {:?} {}",
                String::from_utf8_lossy(section.name),
                section.kind_name().expect("a usual type"),
                section.offset,
                section.size,
                section.flag_letters(),
                section.align,
            )
        });
        assert!(theirs.len() > 10, "{text}");
        assert_eq!(ours.collect::<Vec<_>>(), theirs, "{name}");
    });
}

/// `[ 1] .text PROGBITS 0000000000000000 000040 00639d 00  AX  0   0 32`: flags may be missing.
fn section_line(line: &str) -> Option<String> {
    let (number, rest) = line.trim_start().strip_prefix('[')?.split_once("] ")?;
    number.trim().parse::<u32>().ok()?;
    let words: Vec<&str> = rest.split_whitespace().collect();
    let [name, kind, _, offset, size, _, more @ ..] = &words[..] else {
        return None;
    };
    let [flags @ .., _, _, align] = more else {
        return None;
    };
    let flags = flags.concat();
    Some(format!("{name} {kind} {offset} {size} {flags:?} {align}"))
}

#[test]
fn relocations_are_those_of_readelf() {
    each(|name, bytes, image| {
        let Some(text) = output("readelf", &["-r", "-W"], bytes) else {
            return;
        };
        let mut theirs: Vec<(String, BTreeMap<String, u64>)> = Vec::new();
        for line in text.lines() {
            if let Some((_, rest)) = line.split_once("Relocation section '") {
                let (section, _) = rest.split_once('\'').expect("a quoted name");
                theirs.push((section.to_owned(), BTreeMap::new()));
            } else if let Some(kind) = line.split_whitespace().find(|word| word.starts_with("R_")) {
                let (_, kinds) = theirs.last_mut().expect("a section first");
                *kinds.entry(kind.to_owned()).or_default() += 1;
            }
        }
        let ours = image.relocations.iter().map(|table| {
            let kinds = table.kinds.iter().map(|(&kind, &count)| {
                let kind = relocations::name(image.header.machine, kind).expect("a usual type");
                (kind.to_owned(), count)
            });
            let section = image.sections[table.section].name;
            (
                String::from_utf8_lossy(section).into_owned(),
                kinds.collect(),
            )
        });
        let ours: Vec<_> = ours.collect();
        assert_eq!(ours, theirs, "{name}");
    });
}

#[test]
fn undefined_symbols_are_those_of_nm() {
    each(|name, bytes, image| {
        let Some(text) = output("nm", &["-u"], bytes) else {
            return;
        };
        let mut theirs: Vec<&str> = text
            .lines()
            .filter_map(|l| l.split_whitespace().last())
            .collect();
        let mut ours: Vec<_> = image
            .undefined
            .iter()
            .map(|s| String::from_utf8_lossy(s.name))
            .collect();
        theirs.sort_unstable();
        ours.sort();
        assert_eq!(ours, theirs, "{name}");
    });
}

#[test]
fn modinfo_is_that_of_modinfo() {
    each(|name, bytes, image| {
        let Some(text) = output("modinfo", &["-0"], bytes) else {
            return;
        };
        let theirs: Vec<&str> = text.split('\0').collect();
        for entry in image
            .info
            .iter()
            .filter(|e| !matches!(e.key, b"parm" | b"parmtype"))
        {
            let ours = format!(
                "{}={}",
                String::from_utf8_lossy(entry.key),
                String::from_utf8_lossy(entry.value)
            );
            assert!(
                theirs.contains(&ours.as_str()),
                "{name}: {ours}: {theirs:?}"
            );
        }
    });
}
