//! Loads that fail have the facts of what they came to.

use kmodtrace_tests::vm::{Load, Results, none_of};

use super::symbols::{looked_up, needed};
use super::truth::{differ, file_of, labelled, output, own_modules};

const ENOENT: i32 = 2;
const ENODEV: i32 = 19;
const EINVAL: i32 = 22;

pub(crate) fn failed_loads_keep_what_they_had(results: &Results) {
    let output = output(results);
    let mut wrong = Vec::new();
    let mut cases = vec![("unknown", ENOENT), ("badparam", EINVAL)];
    if own_modules(results) {
        cases.extend([("badnumber", EINVAL), ("enodev", ENODEV)]);
    }
    for (label, errno) in cases {
        let load = labelled(results, &output, label);
        differ(&mut wrong, label, "errno", &load.result.errno, &Some(errno));
        let file = file_of(results, load).expect("the guest left the file");
        differ(
            &mut wrong,
            label,
            "names",
            &looked_up(load),
            &needed(results, &file),
        );
        sections_lie_in_memory(&mut wrong, label, load);
        let identity = &load.identity;
        for (what, told) in [
            ("vermagic", &identity.vermagic),
            ("license", &identity.license),
        ] {
            if told.as_deref().is_none_or(str::is_empty) {
                wrong.push(format!("{label}: no {what}"));
            }
        }
        differ(
            &mut wrong,
            label,
            "registered",
            &load.registration.is_none(),
            &true,
        );
        let init = load.init.as_ref().and_then(|init| init.status);
        let returned = (label == "enodev").then_some(-i64::from(ENODEV));
        differ(&mut wrong, label, "init's status", &init, &returned);
        // The steps that they came to.
        let relocated = label != "unknown";
        differ(
            &mut wrong,
            label,
            "relocated",
            &!load.relocations.is_empty(),
            &relocated,
        );
        let verdict = load.memory.write_xor_execute.as_str();
        let known = if relocated { "holds" } else { "unknown" };
        differ(&mut wrong, label, "W^X", &verdict, &known);
        let list = load.symbols.list.iter().flatten();
        let missing = list.filter(|symbol| symbol.address.is_none()).count();
        differ(
            &mut wrong,
            label,
            "symbols missing",
            &(missing > 0),
            &!relocated,
        );
    }
    none_of(&wrong);
}

fn sections_lie_in_memory(wrong: &mut Vec<String>, label: &str, load: &Load) {
    let placed = load
        .sections
        .iter()
        .filter_map(|section| Some((section, section.address?.0)));
    let placed: Vec<_> = placed.filter(|(section, _)| section.bytes > 0).collect();
    if placed.len() < 5 || load.memory.regions.is_empty() {
        wrong.push(format!(
            "{label}: {} sections in {:?}",
            placed.len(),
            load.memory.regions
        ));
    }
    for (section, address) in placed {
        if !load
            .memory
            .regions
            .iter()
            .any(|region| region.holds(address))
        {
            wrong.push(format!("{label}: {section:x?} in no region"));
        }
    }
}
