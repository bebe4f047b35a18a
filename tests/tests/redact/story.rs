//! What is told of a load with everything.

use kmodtrace::{
    event::Name,
    model::{Memory, Update},
    trace::Frame,
};
use kmodtrace_tests::leaks;

use crate::{
    frames::frames,
    run::{Told, redacted},
};

#[test]
fn the_story_leaks_only_before() {
    let before = frames();
    let leaking = |frames: &[Frame]| {
        let found: Vec<_> = frames.iter().flat_map(leaks::in_frame).collect();
        (found, leaks::in_text(&Told::of(frames).printed()))
    };
    let (recorded, printed) = leaking(&before);
    assert!(
        recorded.len() > 30 && printed.len() > 20,
        "{recorded:?} {printed:?}"
    );
    assert_eq!(leaking(&redacted(&before)), (Vec::new(), Vec::new()));
}

#[test]
fn the_map_stays_useful() {
    let told = Told::of(&redacted(&frames()));
    assert_eq!(told.anomalies, 0);
    let load = told.load("redacts");
    let facts = &load.facts;
    // The child has ended first; the parent is the second load of this recording.
    let base = 2_u64 << 32;
    let regions = facts.memory.regions.iter();
    let regions: Vec<_> = regions
        .map(|region| (region.kind.name(), region.address))
        .collect();
    let wanted = [
        ("data", base),
        ("text", base + 0x3000),
        ("init_text", base + 0x10_0000),
    ];
    assert_eq!(regions, wanted);
    let text = &facts.memory.regions[1];
    assert_eq!(text.allocated, Some((1_300, 10)));
    assert_eq!(
        text.permissions.map(|all| all.to_string()).as_deref(),
        Some("r-x")
    );
    let sections: Vec<_> = facts
        .sections
        .iter()
        .map(|section| section.address)
        .collect();
    let wanted = [None, Some(base + 0x3020), Some(base), None, None];
    assert_eq!(sections, wanted);
    assert_eq!(
        facts.init.as_ref().map(|init| init.address),
        Some(base + 0x10_0010)
    );
    assert_eq!((facts.memory.area, facts.memory.in_area()), (None, None));
    let per_cpu = facts.memory.per_cpu.expect("a per-CPU area");
    assert_eq!((per_cpu.address, per_cpu.bytes), (None, 8));
}

#[test]
fn text_and_symbols_are_redacted_too() {
    let told = Told::of(&redacted(&frames()));
    let load = told.load("redacts");
    let text = |name: &Option<Name>| {
        let name = name.as_ref().expect("known");
        String::from_utf8_lossy(&name.0).into_owned()
    };
    assert_eq!(
        text(&load.params),
        "at=0x0000000200003010 to=0x0000000000000000"
    );
    let command = load.facts.caller.command_line.as_ref().expect("known");
    assert_eq!(command[1].0, b"at=0000000000000000");
    let registration = load.facts.registration.as_ref().expect("known");
    let line = "redacts 16384 0 - Live 0x0000000200003000 (OE)";
    assert_eq!(text(&registration.line), line);
    let symbols = load.facts.symbols.as_ref().expect("recorded");
    let symbols: Vec<_> = symbols
        .iter()
        .map(|symbol| (symbol.found, symbol.address))
        .collect();
    assert_eq!(symbols, [(true, None), (false, None)]);
    let printed = String::from_utf8(told.printed()).expect("text");
    assert!(printed.contains("redacted            _printk"), "{printed}");
    assert!(printed.contains("not found           nowhere"), "{printed}");
    assert!(printed.contains("addresses are redacted"), "{printed}");
    assert!(printed.contains("\"redacted\":true"));
}

#[test]
fn links_between_records_hold() {
    let told = Told::of(&redacted(&frames()));
    let parent = told.load("child").parent.expect("linked");
    assert_eq!(parent.id, told.load("redacts").id);
    assert!(!parent.probable);
    let [Update::FreeInit { id, addresses, .. }] = told.updates.as_slice() else {
        panic!("{:?}", told.updates);
    };
    assert_eq!(*id, told.load("redacts").id);
    assert_eq!(addresses, &[(2_u64 << 32) + 0x10_0000]);
}

#[test]
fn the_log_is_redacted_too() {
    let told = Told::of(&redacted(&frames()));
    let said = &told.load("redacts").facts.log;
    let wanted = "BUG: unable to handle at 0x0000000200003010, RSP: 0018:0000000000000000";
    assert_eq!(said[0].text.0, wanted.as_bytes());
}

/// An unload tells of the module what its load told.
#[test]
fn an_unload_is_where_its_load_was() {
    let told = Told::of(&redacted(&frames()));
    let [unload] = told.unloads.as_slice() else {
        panic!("{:?}", told.unloads);
    };
    assert!(unload.redacted);
    let of = |memory: &Memory| {
        let regions = memory.regions.iter();
        let regions = regions.map(|region| (region.kind, region.address));
        regions.collect::<Vec<_>>()
    };
    let (before, after) = (of(&told.load("redacts").facts.memory), of(&unload.memory));
    assert_eq!(after.len(), 2);
    assert_eq!(after, before[..2]);
    assert_eq!(unload.log[0].text.0, b"redacts: at 0x0000000200003008, bye");
    // One of which the load was not seen gets a place of its own.
    let frames = frames();
    let late = [&frames[..1], &frames[frames.len() - 3..]].concat();
    let told = Told::of(&redacted(&late));
    assert_eq!(of(&told.unloads[0].memory)[0].1, 1 << 32);
}
