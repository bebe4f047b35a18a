//! Sections and relocations.

use std::collections::BTreeSet;

use kmodtrace_tests::vm::{Load, Results, none_of};

use super::truth::{differ, file_of, headers, output, own_modules, present, readelf, sections};

/// `SHF_ALLOC`.
const ALLOCATED: u64 = 2;

pub(crate) fn sections_are_where_sysfs_says(results: &Results) {
    let output = output(results);
    let mut wrong = Vec::new();
    let mut init = 0;
    for moment in ["init", "end"] {
        if moment == "init" && !own_modules(results) {
            continue;
        }
        let sysfs = sections(results, moment);
        for (listed, load) in present(results, &output, moment) {
            if moment == "init" && listed.name != "kt_facts" {
                continue;
            }
            let truth = sysfs.get(&listed.name).cloned().unwrap_or_default();
            // Empty sections are not listed.
            let told = load.sections.iter().filter(|section| section.bytes > 0);
            let told: BTreeSet<_> = told
                .filter_map(|section| Some((section.name.clone(), section.address?.0)))
                .collect();
            init += truth
                .iter()
                .filter(|(name, _)| name.starts_with(".init"))
                .count();
            for only in told.symmetric_difference(&truth) {
                let where_ = if told.contains(only) {
                    "told"
                } else {
                    "in sysfs"
                };
                wrong.push(format!("{} {moment}: {only:x?} only {where_}", listed.name));
            }
        }
    }
    assert!(init > 0, "no section of init in sysfs");
    none_of(&wrong);
}

pub(crate) fn sections_are_the_files(results: &Results) {
    let mut wrong = Vec::new();
    let mut checked = 0;
    for load in &output(results).loads {
        let Some(file) = file_of(results, load) else {
            continue;
        };
        let headers = headers(results, &file);
        let told: Vec<_> = load
            .sections
            .iter()
            .map(|s| (s.index, &s.name, s.bytes))
            .collect();
        let truth: Vec<_> = headers
            .iter()
            .map(|h| (h.index, &h.name, h.bytes))
            .collect();
        differ(&mut wrong, &load.label(), "sections", &told, &truth);
        // The loader gives memory to what needs it, adds the symbols, and takes it from a few others.
        for (section, header) in load.sections.iter().zip(&headers) {
            let changed = [
                "__versions",
                ".modinfo",
                ".data..percpu",
                ".symtab",
                ".strtab",
            ];
            let changed = changed.contains(&section.name.as_str())
                || section.name.starts_with("__version_ext");
            let allocated = section.flags & ALLOCATED != 0;
            if !changed && allocated != header.flags.contains('A') {
                wrong.push(format!("{}: flags of {section:?}", load.label()));
            }
        }
        checked += 1;
    }
    assert!(checked >= 7, "{checked} loads");
    none_of(&wrong);
}

pub(crate) fn relocations_are_readelfs(results: &Results) {
    let mut wrong = Vec::new();
    let mut entries = 0;
    for load in &output(results).loads {
        let Some(file) = file_of(results, load) else {
            continue;
        };
        let truth = if resolved(load) {
            applied(results, &file)
        } else {
            Vec::new()
        };
        let told = load.relocations.iter().map(|relocation| {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            (
                text(&relocation.name),
                text(&relocation.target),
                relocation.entries.unwrap_or(0),
            )
        });
        let told: Vec<_> = told.collect();
        entries += told.iter().map(|(_, _, entries)| entries).sum::<u64>();
        differ(&mut wrong, &load.label(), "relocations", &told, &truth);
        for relocation in &load.relocations {
            let target = load
                .sections
                .iter()
                .find(|s| Some(&s.name) == relocation.target.as_ref());
            let place = target.map(|target| (target.address, Some(target.bytes)));
            let told = Some((relocation.address, relocation.bytes));
            differ(
                &mut wrong,
                &load.label(),
                "place of a target",
                &told,
                &place,
            );
            let end = relocation.start_ns + relocation.duration_ns.unwrap_or(u64::MAX >> 1);
            let inside = load.phase("relocate").is_some_and(|phase| {
                phase.start_ns <= relocation.start_ns && end <= phase.start_ns + phase.duration_ns
            });
            if !inside {
                wrong.push(format!(
                    "{}: not in its phase: {relocation:?}",
                    load.label()
                ));
            }
        }
    }
    results.keep_figures("relocations", &format!("{entries} relocations"));
    none_of(&wrong);
}

/// True for a load that came as far as its relocations.
fn resolved(load: &Load) -> bool {
    load.phase("relocate").is_some()
}

/// The relocation sections of a file that the loader applies: name, target, entries.
fn applied(results: &Results, file: &str) -> Vec<(String, String, u64)> {
    let headers = headers(results, file);
    let text = readelf(results, "-r", file);
    let sections = text.lines().filter_map(|line| {
        let (name, rest) = line
            .strip_prefix("Relocation section '")?
            .split_once('\'')?;
        let (_, count) = rest.split_once(" contains ")?;
        let count = count.split(' ').next()?.parse().ok()?;
        Some((
            name.to_owned(),
            name.strip_prefix(".rela")?.to_owned(),
            count,
        ))
    });
    // Two sections may have the same name: then any of them does.
    let allocated = |target: &str| {
        headers
            .iter()
            .any(|header| header.name == target && header.flags.contains('A'))
    };
    let ignored = ["__versions", ".modinfo"];
    sections
        .filter(|(_, target, _)| allocated(target) && !ignored.contains(&target.as_str()))
        .collect()
}
