//! Symbols that a module needs, those that it offers, and its init function.

use kmodtrace_tests::vm::facts::Init;
use kmodtrace_tests::vm::{Load, Results, none_of};

use super::truth::{differ, file_of, kallsyms, labelled, output, own_modules, present, readelf};

/// Symbols of a file: name, and the section that they are in (`UND`, `ABS`, an index).
fn of_file(results: &Results, file: &str) -> Vec<(String, String)> {
    let text = readelf(results, "-s", file);
    let parse = |line: &str| {
        let fields: Vec<_> = line.split_ascii_whitespace().collect();
        let [number, _, _, kind, _, _, section, name] = fields.as_slice() else {
            return None;
        };
        // Sections have symbols of their own.
        (number.ends_with(':') && *kind != "SECTION")
            .then(|| ((*name).to_owned(), (*section).to_owned()))
    };
    text.lines()
        .filter_map(parse)
        .filter(|(name, _)| name != "Name")
        .collect()
}

/// Names of the symbols that a file needs, in order.
pub(crate) fn needed(results: &Results, file: &str) -> Vec<String> {
    let symbols = of_file(results, file).into_iter();
    let mut names: Vec<_> = symbols
        .filter(|(_, section)| section == "UND")
        .map(|(name, _)| name)
        .collect();
    names.sort();
    names
}

/// Names of the symbols that were looked up, in order.
pub(crate) fn looked_up(load: &Load) -> Vec<String> {
    let list = load.symbols.list.as_ref().expect("symbols were recorded");
    let mut names: Vec<_> = list.iter().map(|symbol| symbol.name.clone()).collect();
    names.sort();
    names
}

pub(crate) fn symbols_are_kallsyms(results: &Results) {
    let output = output(results);
    let truth = kallsyms(results, "kallsyms");
    let mut wrong = Vec::new();
    let (mut count, mut of_modules) = (0, 0);
    for (listed, load) in present(results, &output, "end") {
        let of = &listed.name;
        let Some(list) = &load.symbols.list else {
            wrong.push(format!("{of}: symbols were not recorded"));
            continue;
        };
        differ(
            &mut wrong,
            of,
            "count",
            &load.symbols.count,
            &(list.len() as u64),
        );
        if let Some(file) = file_of(results, load) {
            differ(
                &mut wrong,
                of,
                "names",
                &looked_up(load),
                &needed(results, &file),
            );
        }
        let longest = list.iter().max_by_key(|symbol| symbol.duration_ns);
        if longest.is_none() != load.symbols.longest.is_none() {
            wrong.push(format!("{of}: longest {:?}", load.symbols.longest));
        }
        for (number, symbol) in list.iter().enumerate() {
            count += 1;
            of_modules += usize::from(symbol.owner.is_some());
            let found = truth
                .get(&symbol.name)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let is_it = |(address, owner): &(u64, Option<String>)| {
                symbol.address.is_some_and(|told| told.0 == *address) && symbol.owner == *owner
            };
            if !found.iter().any(is_it) {
                wrong.push(format!("{of}: {symbol:x?}, but kallsyms: {found:x?}"));
            }
            let inside = load.phase("symbols").is_some_and(|phase| {
                // Of two programs on the function that begins the phase, a symbol's own comes first.
                let (begin, end) = (phase.start_ns, phase.start_ns + phase.duration_ns);
                (number == 0 || begin <= symbol.start_ns)
                    && symbol.start_ns + symbol.duration_ns <= end
            });
            if !inside {
                wrong.push(format!("{of}: not in its phase: {symbol:?}"));
            }
        }
    }
    results.keep_figures(
        "symbols",
        &format!("{count} symbols, {of_modules} of modules"),
    );
    assert!(of_modules > 0, "none of a module");
    none_of(&wrong);
}

pub(crate) fn exports_are_the_files(results: &Results) {
    let output = output(results);
    let mut wrong = Vec::new();
    for (listed, load) in present(results, &output, "end") {
        let Some(file) = file_of(results, load) else {
            continue;
        };
        let symbols = of_file(results, &file);
        let exported = symbols
            .iter()
            .filter(|(name, _)| name.starts_with("__ksymtab_"));
        let exported = exported.count() as u64;
        let of = &listed.name;
        let Some(exports) = &load.exports else {
            wrong.push(format!("{of}: exports are not known"));
            continue;
        };
        differ(
            &mut wrong,
            of,
            "exports",
            &(exports.all + exports.gpl.unwrap_or(0)),
            &exported,
        );
        let gpl = match of.as_str() {
            "kt_facts" => 2,
            "kt_export" => 1,
            _ => continue,
        };
        // Since Linux 7.1 there is one table for both.
        let known = if results.kernel() == "newest" {
            None
        } else {
            Some(gpl)
        };
        differ(
            &mut wrong,
            of,
            "exports under the GPL",
            &exports.gpl,
            &known,
        );
    }
    none_of(&wrong);
}

/// The name is one that the file gives the place of `init_module`; 5.10 tells none.
fn init_is_named(results: &Results, file: &str, init: &Init) {
    if results.kernel() == "5.10" {
        assert_eq!(init.symbol, None, "{file}");
        return;
    }
    let text = readelf(results, "-s", file);
    let places = text.lines().filter_map(|line| {
        let fields: Vec<_> = line.split_ascii_whitespace().collect();
        let [_, value, _, "FUNC", _, _, section, name] = fields[..] else {
            return None;
        };
        Some((name, (value, section)))
    });
    let places: Vec<_> = places.collect();
    let init_module = places.iter().find(|(name, _)| *name == "init_module");
    let place = init_module.expect("an init function").1;
    let symbol = init.symbol.as_deref().unwrap_or("nothing");
    assert!(
        places.contains(&(symbol, place)),
        "{file}: init is {symbol}"
    );
}

pub(crate) fn init_is_kallsyms(results: &Results) {
    let output = output(results);
    let mut without = 0;
    for (listed, load) in present(results, &output, "end") {
        let of = &listed.name;
        if let Some(file) = file_of(results, load) {
            let symbols = of_file(results, &file);
            let has_one = symbols.iter().any(|(name, _)| name == "init_module");
            assert_eq!(load.init.is_some(), has_one, "{of}");
            if let Some(init) = &load.init {
                init_is_named(results, &file, init);
            }
        }
        let Some(init) = &load.init else {
            without += 1;
            continue;
        };
        assert_eq!(
            (init.status, init.name.as_deref()),
            (Some(0), Some("OK")),
            "{of}"
        );
        let mut regions = load.memory.regions.iter();
        let region = regions.find(|region| region.holds(init.address.0));
        let kind = region.map(|region| region.kind.as_str());
        assert_eq!(kind, Some("init_text"), "{of}");
    }
    assert!(without <= 2, "{without} without init");
    if own_modules(results) {
        let truth = kallsyms(results, "kallsyms.init");
        let truth = truth.get("kt_facts_init").map(|found| found[0].0);
        let init = labelled(results, &output, "facts").init.as_ref();
        assert_eq!(init.map(|init| init.address.0), truth);
    }
}
