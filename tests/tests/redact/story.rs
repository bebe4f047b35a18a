//! One load with everything, its child, and what is told of both.

use kmodtrace::{
    event::{Attached, HostEvent, LoadKey, Name, Session},
    model::{Memory, Update},
    trace::Frame,
};
use kmodtrace_common::{
    catalogue::HookId as H,
    wire::{
        BLOB_COMMAND_LINE, BLOB_LOG, BLOB_SECTION_NAMES, BLOB_SECTIONS, Facts, KIND_HELPER_REQUEST,
        KIND_HELPER_TASK, KIND_SYMBOL, KNOWN_MEMORY, KNOWN_MODULE, Mark, SEGMENT_FINAL,
    },
};
use kmodtrace_tests::{leaks, records};

use crate::run::{Told, redacted, session};

const TEXT: u64 = 0xffff_ffff_c0a0_3000;
const DATA: u64 = 0xffff_ffff_c0a0_0000;
const INIT: u64 = 0xffff_ffff_c0b0_0000;
const COPY: u64 = 0xffff_c900_0123_4000;
const SUBPROCESS: u64 = 0xffff_8881_0203_0400;
const PARENT: LoadKey = LoadKey {
    pid_tgid: 700 << 32 | 700,
    start_ns: 1_000,
};
const UNLOAD: LoadKey = LoadKey {
    pid_tgid: 900 << 32 | 900,
    start_ns: 30_000,
};
const CHILD: LoadKey = LoadKey {
    pid_tgid: 800 << 32 | 800,
    start_ns: 5_000,
};

fn mark(time_ns: u64, hook: H, edge: u8, a: u64, b: u64) -> Mark {
    Mark {
        time_ns,
        hook: hook.0,
        edge,
        flags: 0,
        reserved: 0,
        a,
        b,
    }
}

fn marks() -> Vec<Mark> {
    vec![
        mark(1_100, H::READ_FILE, 0, 0xffff_8881_0000_1200, 0),
        mark(1_200, H::LOAD_MODULE, 0, 5_000, 0),
        mark(1_300, H::EXECMEM_ALLOC, 0, 0x2000, 0),
        mark(1_310, H::EXECMEM_ALLOC, 1, TEXT, 0),
        mark(1_320, H::EXECMEM_ALLOC, 0, 0x1000, 1),
        mark(1_330, H::EXECMEM_ALLOC, 1, DATA, 0),
        mark(1_400, H::TREE_INSERT, 0, DATA + 0x40, 0),
        mark(1_500, H::SET_MEMORY_ROX, 0, TEXT, 2),
        mark(1_510, H::SET_MEMORY_ROX, 1, 0, 0),
        mark(1_600, H::KLP_COMING, 0, 0, 0),
        mark(1_700, H::VFREE, 0, COPY, 0),
        mark(2_000, H::DO_INIT, 0, DATA + 0x40, 0),
        mark(3_000, H::HELPER_EXEC, 0, SUBPROCESS, 0),
        mark(8_000, H::INITCALL_FINISH, 2, INIT + 0x10, 0),
    ]
}

/// Frames in the order in which a kernel sends them: the child in the middle of its parent.
fn frames() -> Vec<Frame> {
    let attached = [
        (H::EACH_SYMBOL, "entry"),
        (H::SET_MEMORY_RO, "entry"),
        (H::EXECMEM_ALLOC, "entry"),
        (H::EXECMEM_ALLOC, "return"),
    ];
    let attached = attached.map(|(hook, edge)| Attached {
        hook: hook.0,
        symbol: String::new(),
        edge: edge.to_owned(),
        how: String::new(),
    });
    let mut facts = Facts {
        known: KNOWN_MEMORY | KNOWN_MODULE,
        init: INIT + 0x10,
        percpu: 0x3_b0c0,
        percpu_bytes: 8,
        ..Facts::default()
    };
    for (kind, base, size) in [(0, TEXT, 0x2000), (1, DATA, 0x1000), (4, INIT, 0x1000)] {
        (facts.memory[kind].base, facts.memory[kind].size) = (base, size);
    }
    let headers = [
        records::section(0, 0, 0, 0, 0),
        records::section(1, 1, 6, TEXT + 0x20, 0x100),
        records::section(7, 1, 3, DATA, 0x80),
        records::section(13, 1, 0, COPY + 0x700, 0x80),
        records::section(13, 1, 2, COPY + 0x800, 0x80),
    ];
    let mut end = records::facts(PARENT);
    (end.flags, end.syscall, end.end_ns) = (SEGMENT_FINAL, u32::from(H::SYS_FINIT_MODULE.0), 9_000);
    (end.module, end.copy, end.image_bytes) = (DATA + 0x40, COPY, 5_000);
    end.load_info = 0xffff_c900_0000_0010;
    end.init_memory[0] = INIT;
    end.module_name[..7].copy_from_slice(b"redacts");
    let mut child = records::facts(CHILD);
    (child.flags, child.syscall, child.end_ns) =
        (SEGMENT_FINAL, u32::from(H::SYS_FINIT_MODULE.0), 6_000);
    child.module_name[..5].copy_from_slice(b"child");
    let said = "BUG: unable to handle at 0xffffffffc0a03010, RSP: 0018:ffffc90000123d08";
    let said = [&2_500_u64.to_le_bytes()[..], said.as_bytes()].concat();
    let line = format!("redacts 16384 0 - Live {TEXT:#018x} (OE)");
    let records = [
        records::params(PARENT, b"at=0xffffffffc0a03010 to=0xffffffff81234567"),
        records::blob(PARENT, BLOB_COMMAND_LINE, b"insmod\0at=ffff888012345678\0"),
        records::named(KIND_SYMBOL, PARENT, 0xffff_ffff_8112_3450, b"_printk", b""),
        records::named(KIND_SYMBOL, PARENT, 0, b"nowhere", b""),
        records::helper(KIND_HELPER_REQUEST, PARENT, 3_000, SUBPROCESS),
        records::helper(
            KIND_HELPER_TASK,
            LoadKey {
                start_ns: 0,
                ..CHILD
            },
            4_000,
            SUBPROCESS,
        ),
        records::segment(&child, &[]),
        records::blob(PARENT, BLOB_SECTIONS, &headers.concat()),
        records::blob(PARENT, BLOB_SECTION_NAMES, b"\0.text\0.data\0.modinfo\0"),
        records::fixed(PARENT, &facts),
        records::blob(PARENT, BLOB_LOG, &said),
    ];
    let mut frames = vec![session(Session {
        attached: attached.to_vec(),
        module_area: Some((0xffff_ffff_c000_0000, 0xffff_ffff_ff00_0000)),
        ..Session::default()
    })];
    frames.extend(records.map(Frame::Record));
    frames.push(Frame::Host(HostEvent::Registered {
        key: PARENT,
        line: Some(Name(line.into_bytes())),
        uses: Vec::new(),
        build_id: Vec::new(),
    }));
    frames.push(Frame::Record(records::segment(&end, &marks())));
    frames.push(Frame::Record(records::freed(20_000, 20_010, INIT)));
    // Init is gone when the module is unloaded: its address is still there, its size is not.
    facts.memory[4].size = 0;
    let mut gone = records::facts(UNLOAD);
    gone.flags = SEGMENT_FINAL;
    (gone.syscall, gone.end_ns) = (u32::from(H::SYS_DELETE_MODULE.0), 31_000);
    gone.module = DATA + 0x40;
    gone.module_name[..7].copy_from_slice(b"redacts");
    let said = format!("redacts: at {:#x}, bye", TEXT + 8);
    let said = [&30_500_u64.to_le_bytes()[..], said.as_bytes()].concat();
    frames.push(Frame::Record(records::fixed(UNLOAD, &facts)));
    frames.push(Frame::Record(records::blob(UNLOAD, BLOB_LOG, &said)));
    frames.push(Frame::Record(records::segment(&gone, &[])));
    frames
}

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
    assert_eq!(facts.init.map(|init| init.address), Some(base + 0x10_0010));
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
