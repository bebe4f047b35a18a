//! Sections made by hand.

use super::*;
use crate::image::Encoding;

const A: u64 = elf::SHF_ALLOC as u64;
const W: u64 = elf::SHF_WRITE as u64;
const X: u64 = elf::SHF_EXECINSTR as u64;

fn section(name: &'static str, flags: u64, size: u64, align: u64) -> Section<'static> {
    Section {
        name: name.as_bytes(),
        kind: elf::SHT_PROGBITS,
        flags,
        address: 0,
        offset: 0,
        size,
        link: 0,
        info: 0,
        align,
        entry_bytes: 0,
    }
}

fn laid_out(sections: &[Section<'static>]) -> Layout {
    let symbols = SymbolTable::find(Encoding::LITTLE_64, sections, &[]).unwrap();
    Layout::new(sections, &symbols)
}

#[test]
fn kinds_are_the_kernels() {
    let expected = [
        (".text", A | X, Kind::Text),
        (".text", A | X | W, Kind::Text),
        (".rodata", A, Kind::Rodata),
        (".data", A | W, Kind::Data),
        (".data..ro_after_init", A | W, Kind::RoAfterInit),
        ("__jump_table", A | W, Kind::RoAfterInit),
        (".init.text", A | X, Kind::InitText),
        (".init.rodata", A, Kind::InitRodata),
        (".init.data", A | W, Kind::InitData),
        (".exit.text", A | X, Kind::Text),
        (".data..percpu", A | W, Kind::PerCpu),
        (".modinfo", A, Kind::NotKept),
        ("__versions", A, Kind::NotKept),
        (".comment", 0, Kind::NotKept),
    ];
    for (name, flags, kind) in expected {
        assert_eq!(Kind::of(&section(name, flags, 1, 1)), kind, "{name}");
    }
}

#[test]
fn alignment_makes_gaps_and_areas_end_at_pages() {
    let layout = laid_out(&[
        section("", 0, 0, 0),
        section(".text", A | X, 10, 16),
        section(".text.unlikely", A | X, 4087, 8),
        section(".rodata", A, 1, 1),
        section(".data", A | W, 3, 1),
        section(".bss", A | W, 8, 32),
        section(".init.text", A | X, 5, 1),
        section(".data..percpu", A | W, 7, 1),
        section(".debug", 0, 1000, 1),
    ]);
    let region = |kind: Kind| {
        let found = layout.regions.iter().find(|(its, _)| *its == kind);
        found.map(|(_, region)| (region.sections, region.bytes, region.pages()))
    };
    assert_eq!(region(Kind::Text), Some((2, 16 + 4087, 2)));
    assert_eq!(region(Kind::Rodata), Some((1, 1, 1)));
    assert_eq!(region(Kind::Data), Some((2, 40, 1)));
    assert_eq!(region(Kind::InitText), Some((1, 5, 1)));
    assert_eq!(region(Kind::InitData), None);
    assert_eq!(
        (layout.page_bytes(false), layout.page_bytes(true)),
        (4 * 4096, 4096)
    );
    assert_eq!((layout.core.bytes, layout.init.bytes), (4 * 4096, 4096));
    assert_eq!((layout.percpu.bytes, layout.not_kept.bytes), (7, 1000));
}

#[test]
fn absurd_sizes_do_not_overflow() {
    let huge = section(".bss", A | W, u64::MAX, u64::MAX);
    let layout = laid_out(&[section("", 0, 0, 0), huge, huge]);
    assert_eq!(layout.regions[0].1.bytes, u64::MAX);
    assert!(layout.page_bytes(false) > u64::MAX / 2);
}
