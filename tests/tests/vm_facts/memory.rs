//! Memory, permissions, and the per-CPU area.

use std::collections::BTreeSet;

use kmodtrace_tests::vm::facts::{Region, hexadecimal};
use kmodtrace_tests::vm::{Load, Results, none_of};

use super::truth::{
    differ, file_of, headers, kallsyms, labelled, output, own_modules, present, sysfs,
};

const PAGE: u64 = 4096;

pub(crate) fn memory_is_what_proc_modules_says(results: &Results) {
    let output = output(results);
    let mut wrong = Vec::new();
    for (listed, load) in present(results, &output, "end") {
        let of = &listed.name;
        let memory = &load.memory;
        let kept: Vec<_> = memory
            .regions
            .iter()
            .filter(|region| !region.is_init())
            .collect();
        let sum: u64 = kept.iter().map(|region| region.bytes).sum();
        differ(
            &mut wrong,
            of,
            "bytes kept",
            &memory.kept_bytes,
            &listed.bytes,
        );
        differ(&mut wrong, of, "bytes in regions", &sum, &listed.bytes);
        let coresize = sysfs(results, of, "coresize").and_then(|text| text.parse().ok());
        differ(
            &mut wrong,
            of,
            "bytes kept",
            &Some(memory.kept_bytes),
            &coresize,
        );
        let text = memory.regions.iter().find(|region| region.kind == "text");
        let base = text.map(|region| region.address.0);
        differ(&mut wrong, of, "base", &base, &Some(listed.address));
        differ(&mut wrong, of, "in the area", &memory.in_area, &Some(true));
        if memory.freed_bytes == 0 {
            wrong.push(format!("{of}: no init memory"));
        }
        regions_are_sound(&mut wrong, load);
    }
    if own_modules(results) {
        // While init runs all of it is there.
        let during = present(results, &output, "init");
        let found = during.iter().find(|(listed, _)| listed.name == "kt_facts");
        let (listed, load) = found.expect("kt_facts");
        let all = load.memory.kept_bytes + load.memory.freed_bytes;
        differ(&mut wrong, "kt_facts", "bytes in init", &all, &listed.bytes);
        let kinds: BTreeSet<_> = load
            .memory
            .regions
            .iter()
            .map(|region| &region.kind)
            .collect();
        if kinds.len() < 7 {
            wrong.push(format!("kt_facts: only {kinds:?}"));
        }
    }
    none_of(&wrong);
}

/// Pages, order, and every section in a region of its kind.
fn regions_are_sound(wrong: &mut Vec<String>, load: &Load) {
    let regions = &load.memory.regions;
    for region in regions {
        let whole = region.address.0 % PAGE == 0 && region.bytes % PAGE == 0;
        if !whole || region.pages * PAGE != region.bytes || region.block > region.address {
            wrong.push(format!("{}: {region:?}", load.label()));
        }
        let inside = |time_ns| load.start_ns <= time_ns && time_ns <= load.end_ns();
        if !region.allocated_ns.is_some_and(inside) {
            wrong.push(format!("{}: allocated when? {region:?}", load.label()));
        }
    }
    if !regions.is_sorted_by(|a, b| a.address.0 + a.bytes <= b.address.0) {
        wrong.push(format!("{}: regions overlap", load.label()));
    }
    for section in load.sections.iter().filter(|section| section.bytes > 0) {
        let Some(address) = section.address else {
            continue;
        };
        let region = regions.iter().find(|region| region.holds(address.0));
        let init = section.name.starts_with(".init");
        let named = |region: &Region| match section.name.as_str() {
            ".text" => region.kind == "text",
            ".data" | ".bss" => region.kind == "data",
            ".rodata" => region.kind == "rodata",
            ".data..ro_after_init" => region.kind == "ro_after_init",
            ".init.text" => region.kind == "init_text",
            ".init.data" => region.kind == "init_data",
            ".init.rodata" => region.kind == "init_rodata",
            _ => !init || region.is_init(),
        };
        let holds_all = |region: &Region| region.holds(address.0 + section.bytes - 1);
        if !region.is_some_and(|region| named(region) && holds_all(region)) {
            wrong.push(format!("{}: {section:x?} in {region:x?}", load.label()));
        }
    }
}

pub(crate) fn the_per_cpu_area_is_kallsyms(results: &Results) {
    if !own_modules(results) {
        return;
    }
    let output = output(results);
    let load = labelled(results, &output, "facts");
    let area = load
        .memory
        .per_cpu
        .as_ref()
        .expect("kt_facts has a per-CPU area");
    let symbols = kallsyms(results, "kallsyms.init");
    let truth = symbols.get("kt_facts_per_cpu").map(|found| found[0].0);
    assert_eq!(Some(area.address.0), truth);
    let headers = headers(results, &file_of(results, load).expect("kt_facts.ko"));
    let header = headers.iter().find(|header| header.name == ".data..percpu");
    assert_eq!(Some(area.bytes), header.map(|header| header.bytes));
    let others = ["kt_export", "dummy"];
    let others = output.loads.iter().filter(|load| {
        load.module
            .as_deref()
            .is_some_and(|module| others.contains(&module))
    });
    assert!(others.into_iter().all(|load| load.memory.per_cpu.is_none()));
}

/// Ranges of addresses with their permissions, as the page tables have them.
struct Pages(Vec<(u64, u64, String)>);

impl Pages {
    fn read(results: &Results, moment: &str) -> Self {
        let rows = results.table(&format!("pages.{moment}"));
        let parse = |row: &Vec<String>| match row.as_slice() {
            [begin, end, how] => {
                let parsed = (hexadecimal(begin), hexadecimal(end));
                (
                    parsed.0.expect("begin"),
                    parsed.1.expect("end"),
                    how.clone(),
                )
            }
            _ => panic!("{row:?}"),
        };
        Self(rows.iter().map(parse).collect())
    }

    /// The permissions of a region's pages, each once; `---` for what is not mapped.
    fn of(&self, region: &Region) -> BTreeSet<String> {
        let pages = (0..region.pages).map(|page| region.address.0 + page * PAGE);
        let of_page = |page: u64| {
            let mut ranges = self.0.iter();
            let range = ranges.find(|(begin, end, _)| (*begin..*end).contains(&page));
            range.map_or("---".to_owned(), |(_, _, how)| how.clone())
        };
        pages.map(of_page).collect()
    }
}

pub(crate) fn permissions_are_the_page_tables(results: &Results) {
    let output = output(results);
    let mut wrong = Vec::new();
    let mut count = 0;
    for moment in ["init", "end"] {
        if moment == "init" && !own_modules(results) {
            continue;
        }
        let pages = Pages::read(results, moment);
        for (listed, load) in present(results, &output, moment) {
            // Init memory is gone at the end; what becomes read-only after init is not so during it.
            let init = moment == "init";
            if init && listed.name != "kt_facts" {
                continue;
            }
            let mut loose = false;
            let regions = load.memory.regions.iter();
            for region in regions.filter(|region| region.is_init() == init) {
                let truth = pages.of(region);
                loose |= truth.contains("rwx");
                let told = region.permissions.iter().cloned().collect();
                let what = format!("{} at {:x?}", region.kind, region.address);
                differ(&mut wrong, &listed.name, &what, &told, &truth);
                count += region.pages;
            }
            let verdict = load.memory.write_xor_execute.as_str();
            let truth = if loose { "violated" } else { "holds" };
            differ(&mut wrong, &listed.name, "W^X", &verdict, &truth);
        }
    }
    results.keep_figures("pages", &format!("{count} pages"));
    none_of(&wrong);
}
