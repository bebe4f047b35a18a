//! What a module is, who signed it, and what the kernel lists of it.

use std::collections::BTreeSet;

use kmodtrace_tests::vm::{Load, Results, none_of};

use super::truth::{differ, listed, output, own_modules, present, sysfs};

/// A field of what modinfo printed.
fn modinfo(results: &Results, module: &str, field: &str) -> Option<String> {
    let text = results.text(&format!("modinfo.{module}"));
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(key, _)| *key == field)?;
    Some(value.trim_start().to_owned())
}

/// The letter of a taint in sysfs (`Documentation/admin-guide/tainted-kernels.rst`).
fn letter(taint: &str) -> char {
    match taint {
        "PROPRIETARY_MODULE" => 'P',
        "OOT_MODULE" => 'O',
        "UNSIGNED_MODULE" => 'E',
        other => panic!("a taint {other}"),
    }
}

pub(crate) fn identity_is_modinfos(results: &Results) {
    let output = output(results);
    let mut wrong = Vec::new();
    let (mut built, mut tainted) = (0, 0);
    for (listed, load) in present(results, &output, "end") {
        let of = &listed.name;
        let identity = &load.identity;
        differ(
            &mut wrong,
            of,
            "srcversion",
            &identity.srcversion,
            &sysfs(results, of, "srcversion"),
        );
        differ(
            &mut wrong,
            of,
            "version",
            &identity.version,
            &sysfs(results, of, "version"),
        );
        let taints = identity.taints.iter().flatten().map(|taint| letter(taint));
        let taints: String = taints.collect();
        tainted += taints.len();
        differ(
            &mut wrong,
            of,
            "taints",
            &Some(taints),
            &sysfs(results, of, "taint"),
        );
        let note = format!("build-id.{of}");
        let note = results.has(&note).then(|| results.bytes(&note));
        // Sizes, type and name stand in front of it.
        let note = note.map(|note| note[16..].iter().map(|b| format!("{b:02x}")).collect());
        built += usize::from(note.is_some());
        differ(&mut wrong, of, "build id", &identity.build_id, &note);
        if !results.has(&format!("modinfo.{of}")) {
            continue;
        }
        for (field, told) in [
            ("vermagic", &identity.vermagic),
            ("license", &identity.license),
            ("srcversion", &identity.srcversion),
            ("version", &identity.version),
        ] {
            differ(&mut wrong, of, field, told, &modinfo(results, of, field));
        }
        let depends = modinfo(results, of, "depends").unwrap_or_default();
        let depends = depends.split(',').filter(|name| !name.is_empty());
        let depends = Some(depends.map(str::to_owned).collect());
        differ(&mut wrong, of, "depends", &identity.depends, &depends);
    }
    assert!(built > 0, "no build id");
    assert_eq!(tainted > 0, own_modules(results), "taints");
    none_of(&wrong);
}

pub(crate) fn signatures_are_modinfos(results: &Results) {
    let output = output(results);
    let mut wrong = Vec::new();
    let mut signed = 0;
    for (listed, load) in present(results, &output, "end") {
        let of = &listed.name;
        let Some(signature) = &load.signature else {
            wrong.push(format!("{of}: no signature, nor that there is none"));
            continue;
        };
        // The kernel taints itself with what it does not accept.
        let accepted = !taints(load).contains("UNSIGNED_MODULE");
        differ(
            &mut wrong,
            of,
            "accepted",
            &signature.accepted,
            &Some(accepted),
        );
        differ(
            &mut wrong,
            of,
            "ours",
            &!signature.present,
            &of.starts_with("kt_"),
        );
        if !results.has(&format!("modinfo.{of}")) {
            continue;
        }
        let signer = modinfo(results, of, "signer");
        differ(
            &mut wrong,
            of,
            "present",
            &signature.present,
            &signer.is_some(),
        );
        differ(&mut wrong, of, "signer", &signature.signer, &signer);
        let hash = modinfo(results, of, "sig_hashalgo");
        differ(&mut wrong, of, "hash", &signature.hash, &hash);
        let key = modinfo(results, of, "sig_key");
        let key = key.map(|key| key.replace(':', "").to_lowercase());
        differ(&mut wrong, of, "key", &signature.key, &key);
        signed += usize::from(signature.present);
    }
    assert_eq!(signed, 1, "nf_tables is signed");
    none_of(&wrong);
}

fn taints(load: &Load) -> BTreeSet<&str> {
    load.identity
        .taints
        .iter()
        .flatten()
        .map(String::as_str)
        .collect()
}

pub(crate) fn registration_is_proc_modules(results: &Results) {
    let output = output(results);
    let mut wrong = Vec::new();
    let all = listed(results, "end");
    for (listed, load) in present(results, &output, "end") {
        let of = &listed.name;
        let Some(registration) = &load.registration else {
            wrong.push(format!("{of}: not registered"));
            continue;
        };
        differ(
            &mut wrong,
            of,
            "state",
            &registration.state.as_deref(),
            &Some("live"),
        );
        differ(
            &mut wrong,
            of,
            "state",
            &sysfs(results, of, "initstate"),
            &Some("live".to_owned()),
        );
        // A module that nobody uses yet; kt_facts holds itself.
        let references = Some(i64::from(of == "kt_facts"));
        differ(
            &mut wrong,
            of,
            "references",
            &registration.references,
            &references,
        );
        if of == "kt_facts" {
            let later = sysfs(results, of, "refcnt").and_then(|text| text.parse().ok());
            differ(
                &mut wrong,
                of,
                "references",
                &registration.references,
                &later,
            );
        }
        let uses: BTreeSet<_> = registration.uses.iter().cloned().collect();
        let others = all.iter().filter(|other| other.users.contains(of));
        let truth = others.map(|other| other.name.clone()).collect();
        differ(&mut wrong, of, "uses", &uses, &truth);
        let holders = sysfs_holders(results, of);
        differ(&mut wrong, of, "holders", &listed.users, &holders);
        // The users came later, or are told with it.
        let used_by: BTreeSet<_> = registration.used_by.iter().cloned().collect();
        if !used_by.is_subset(&holders) {
            wrong.push(format!("{of}: used by {used_by:?}, but by {holders:?}"));
        }
        let line = registration.proc_modules.as_deref().unwrap_or_default();
        let same = |at: usize| line.split(' ').nth(at) == listed.line.split(' ').nth(at);
        if ![0, 4, 5].into_iter().all(same) || !same_size(line, &listed.line, load) {
            wrong.push(format!("{of}: {line:?}, but {:?}", listed.line));
        }
    }
    none_of(&wrong);
}

/// The size in two lines; the earlier one may have init memory in it that was not freed yet.
fn same_size(earlier: &str, later: &str, load: &Load) -> bool {
    let size = |line: &str| {
        line.split(' ')
            .nth(1)
            .and_then(|text| text.parse::<u64>().ok())
    };
    size(earlier) == size(later)
        || size(earlier) == size(later).map(|size| size + load.memory.freed_bytes)
}

fn sysfs_holders(results: &Results, module: &str) -> BTreeSet<String> {
    let prefix = format!("{module}:holders:");
    let text = results.text("sysfs");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(&prefix))
        .unwrap_or_default();
    line.split(',')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}
