//! One load with everything, its child, its unload: as a kernel tells of them.

use kmodtrace::{
    event::{Attached, HostEvent, LoadKey, Name, Session},
    trace::Frame,
};
use kmodtrace_common::{
    catalogue::HookId as H,
    wire::{
        BLOB_COMMAND_LINE, BLOB_LOG, BLOB_SECTION_NAMES, BLOB_SECTIONS, Facts, KIND_HELPER_REQUEST,
        KIND_HELPER_TASK, KIND_SYMBOL, KNOWN_MEMORY, KNOWN_MODULE, Mark, SEGMENT_FINAL,
    },
};
use kmodtrace_tests::records;

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
pub(crate) fn frames() -> Vec<Frame> {
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
    let mut frames = vec![Frame::Session(Box::new(Session {
        attached: attached.to_vec(),
        module_area: Some((0xffff_ffff_c000_0000, 0xffff_ffff_ff00_0000)),
        ..Session::default()
    }))];
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
