//! Loads made by hand: one for each thing that outputs must show.

use kmodtrace::{
    catalogue::{HookId, phase::Phase},
    event::{LoadKey, Name},
    model::{
        Anchor, Bounds, Call, CallValue, Errno, Load, LoadId, Outcome, Overhead, Parent, PhaseSpan,
        Symbols, Syscall,
    },
};

use Bounds::{Inferred, Measured};
use Phase::*;

/// Every load, by what it is there for.
pub(crate) fn all() -> Vec<(&'static str, Load)> {
    vec![
        ("child", child()),
        ("success", success()),
        ("failure", failure()),
        ("merged", merged()),
        ("hostile", hostile()),
        ("retry", retry()),
        ("incomplete", incomplete()),
        ("task_gone", task_gone()),
        ("no_name", no_name()),
    ]
}

pub(crate) fn name(text: impl AsRef<[u8]>) -> Name {
    Name(text.as_ref().to_vec())
}

fn hook(id: HookId) -> &'static str {
    id.hook().map_or("?", |hook| hook.name)
}

fn anchor(id: HookId, edge: &'static str) -> Anchor {
    let hook = hook(id);
    Anchor { hook, edge }
}

pub(crate) fn key(pid: u64, start_ns: u64) -> LoadKey {
    let pid_tgid = pid << 32 | pid;
    LoadKey { pid_tgid, start_ns }
}

/// Ends of phases, one after the other.
const ANCHORS: &[(HookId, &str)] = &[
    (HookId::LOAD_MODULE, "entry"),
    (HookId::SIG_CHECK, "return"),
    (HookId::FROB_ARCH, "entry"),
    (HookId::EXECMEM_ALLOC, "entry"),
    (HookId::EXECMEM_ALLOC, "return"),
    (HookId::CHECK_EXISTS, "entry"),
    (HookId::RESOLVE_SYMBOL, "entry"),
    (HookId::DO_INIT, "entry"),
    (HookId::INITCALL_FINISH, "tracepoint"),
];

/// A load whose phases follow each other without gaps, from `(covers, ns, bounds)`.
fn load(pid: u64, start_ns: u64, module: &str, phases: &[(&[Phase], u64, Bounds)]) -> Load {
    let mut at = start_ns;
    let mut anchors = ANCHORS.iter().cycle();
    let mut begin = anchor(HookId::SYS_FINIT_MODULE, "entry");
    let spans = phases.iter().map(|&(covers, duration_ns, bounds)| {
        let start_ns = at;
        at += duration_ns;
        let end = anchors
            .next()
            .map_or(begin, |&(hook, edge)| anchor(hook, edge));
        PhaseSpan {
            covers: covers.to_vec(),
            start_ns,
            duration_ns,
            bounds,
            begin: std::mem::replace(&mut begin, end),
            end,
            calls: Vec::new(),
        }
    });
    let phases: Vec<_> = spans.collect();
    Load {
        id: LoadId(key(pid, start_ns)),
        boot_id: String::from("5f0f0c1e-6f0a-4d3e-9a60-0d0f6f1a2b3c"),
        redacted: false,
        module: Some(name(module)),
        comm: name("modprobe"),
        parent_pid: Some(1200),
        task_start_ns: Some(5_023_449_000_000),
        descendant: false,
        syscall: Syscall::FinitModule { fd: 3, flags: 0 },
        params: Some(name("")),
        params_truncated: false,
        file: Some(name(format!("{module}.ko"))),
        file_bytes: Some(831_488),
        image_bytes: Some(831_488),
        cpus: (3, 3),
        parent: None,
        retry_of: None,
        contest: None,
        iteration: None,
        outcome: Outcome::Returned(Ok(())),
        start_ns,
        total_ns: at - start_ns,
        phases,
        unattributed_ns: 0,
        symbols: Symbols::default(),
        facts: Box::default(),
        overhead: Overhead {
            hits: Some(52),
            ns: Some(14_000),
            measured: true,
        },
        lost_events: 0,
        complete: true,
    }
}

/// Everything there is: parameters, flags, a compressed file, calls, gaps, inferred phases.
pub(crate) fn success() -> Load {
    let mut load = load(
        4711,
        5_023_451_234_567,
        "nf_conntrack",
        &[
            (&[Read], 1_840_112, Measured),
            (&[Decompress], 9_113_870, Measured),
            (&[Signature], 812_004, Measured),
            (&[Elf], 104_310, Inferred),
            (&[Layout], 38_104, Measured),
            (&[Alloc], 212_660, Measured),
            (&[Copy], 301_077, Inferred),
            (&[Insert], 3_812, Measured),
            (&[Sections], 16_043, Inferred),
            (&[Symbols], 1_204_118, Measured),
            (&[Relocate], 733_405, Measured),
            (&[Finalize], 98_115, Measured),
            (&[Prepare], 21_960, Measured),
            (&[Permissions], 188_230, Measured),
            (&[Ftrace], 611_874, Inferred),
            (&[Coming], 40_271, Measured),
            (&[Params], 2_871, Measured),
            (&[Sysfs], 402_166, Measured),
            (&[Cleanup], 61_204, Measured),
            (&[Init], 2_904_551, Measured),
            (&[Live], 9_087, Measured),
            (&[Return], 440, Inferred),
        ],
    );
    load.syscall = Syscall::FinitModule { fd: 3, flags: 6 };
    load.file = Some(name("nf_conntrack.ko.xz"));
    load.file_bytes = Some(88_404);
    load.image_bytes = Some(361_736);
    load.params = Some(name("hashsize=65536 acct=1"));
    load.cpus = (3, 5);
    load.descendant = true;
    load.unattributed_ns = 7_455;
    load.total_ns += 7_455;
    load.symbols = Symbols {
        count: 147,
        total_ns: 1_198_004,
        longest_ns: 61_330,
        longest: Some(name("nf_register_net_hooks")),
    };
    add_calls(&mut load);
    load
}

fn add_calls(load: &mut Load) {
    let start_ns = load.start_ns;
    load.phases[0].calls = vec![Call {
        name: hook(HookId::READ_FILE),
        start_ns,
        duration_ns: None,
        values: vec![("file_bytes", CallValue::Number(88_404))],
    }];
    let alloc = load.phases[5].start_ns;
    load.phases[5].calls = vec![
        allocation(alloc, 141_002, 131_072, 0xffff_ffff_c0a0_0000),
        allocation(alloc + 150_000, 60_114, 4096, 0xffff_ffff_c0a2_0000),
    ];
    let init = load.phases[19].start_ns;
    load.phases[19].calls = vec![Call {
        name: hook(HookId::INITCALL_FINISH),
        start_ns: init + 2_900_000,
        duration_ns: None,
        values: vec![("status", CallValue::Status(-517))],
    }];
}

fn allocation(start_ns: u64, duration_ns: u64, bytes: u64, address: u64) -> Call {
    Call {
        name: hook(HookId::EXECMEM_ALLOC),
        start_ns,
        duration_ns: Some(duration_ns),
        values: vec![
            ("bytes", CallValue::Number(bytes)),
            ("memory_type", CallValue::Number(4)),
            ("address", CallValue::Address(address)),
        ],
    }
}

/// An undefined symbol.
pub(crate) fn failure() -> Load {
    let mut load = load(
        4712,
        5_024_000_120_000,
        "vendor_nic",
        &[
            (&[Read], 84_002, Measured),
            (&[Signature], 1_204, Measured),
            (&[Elf], 22_118, Inferred),
            (&[Layout, Alloc, Copy], 61_904, Measured),
            (&[Insert], 2_010, Measured),
            (&[Sections], 4_404, Inferred),
            (&[Symbols], 88_120, Measured),
            (&[Unwind], 31_771, Measured),
            (&[Return], 1_020, Inferred),
        ],
    );
    load.outcome = Outcome::Returned(Err(Errno(2)));
    load.syscall = Syscall::InitModule;
    load.file = None;
    load.file_bytes = None;
    load
}

/// A kernel that inlined most of what begins a phase.
pub(crate) fn merged() -> Load {
    let mut load = load(
        4713,
        5_025_100_000_000,
        "dummy",
        &[
            (&[Read], 12_004, Measured),
            (&[Signature, Elf], 9_902, Measured),
            (&[Layout, Alloc, Copy, Insert, Sections], 44_870, Inferred),
            (&[Symbols, Relocate], 8_012, Measured),
            (&[Finalize, Prepare, Permissions, Ftrace], 70_115, Inferred),
            (&[Coming], 903, Measured),
            (&[Params, Sysfs, Cleanup], 51_006, Measured),
            (&[Init, Live], 12_118, Measured),
            (&[Return], 77, Inferred),
        ],
    );
    load.params = Some(name("numdummies=2"));
    let at = load.phases[2].start_ns;
    let block = |nth: u64| {
        allocation(
            at + nth,
            500,
            4096_u64 << nth,
            0xffff_ffff_c100_0000_u64 + (nth << 20),
        )
    };
    load.phases[2].calls = (0..5).map(block).collect();
    load
}

/// Names that would like to act on the terminal, and that do not fit.
pub(crate) fn hostile() -> Load {
    let mut load = load(4714, 5_026_000_000_000, "x", &[(&[Read], 1000, Measured)]);
    load.module = Some(name(b"a\x1b[2J\xff\xfe\\b\nc"));
    load.comm = name("\u{202e}edoc\u{200b}");
    load.file = Some(name("模块".repeat(20)));
    let mut params = b"path=\x1b]0;pwned\x07 ".to_vec();
    params.extend([b'p'; 200]);
    params.extend("  \u{2066}größe=1".bytes());
    load.params = Some(Name(params));
    load.params_truncated = true;
    load.symbols = Symbols {
        count: 1,
        total_ns: 1,
        longest_ns: 1,
        longest: Some(name(b"\x80")),
    };
    load
}

/// Asked for by another load's init.
pub(crate) fn child() -> Load {
    let mut load = load(
        4715,
        5_023_463_200_000,
        "nf_defrag_ipv4",
        &[
            (&[Read], 90_000, Measured),
            (&[Signature, Elf], 60_000, Measured),
            (&[Init], 61_000, Measured),
        ],
    );
    load.parent = Some(Parent {
        id: success().id,
        probable: true,
    });
    load
}

/// A second try without version checks.
pub(crate) fn retry() -> Load {
    let mut load = load(
        4712,
        5_024_100_000_000,
        "vendor_nic",
        &[
            (&[Read], 80_000, Measured),
            (&[Init], 3_100_000_000, Measured),
        ],
    );
    load.syscall = Syscall::FinitModule { fd: 4, flags: 0x83 };
    load.retry_of = Some(failure().id);
    load
}

/// Records were lost in the middle.
pub(crate) fn incomplete() -> Load {
    let mut load = load(
        4716,
        5_027_000_000_000,
        "btrfs",
        &[
            (&[Read], 4_000_000, Measured),
            (&[Init], 9_000_000, Measured),
        ],
    );
    load.params = None;
    load.lost_events = 2;
    load.complete = false;
    load.unattributed_ns = 21_000_000;
    load.total_ns += 21_000_000;
    load
}

/// Killed while its init function slept.
pub(crate) fn task_gone() -> Load {
    let mut load = load(
        4717,
        5_028_000_000_000,
        "hang",
        &[
            (&[Read], 80_000, Measured),
            (&[Init], 64_000_000_000, Inferred),
        ],
    );
    load.outcome = Outcome::TaskGone;
    load.complete = false;
    load.id.0.pid_tgid += 2;
    load
}

/// Failed before the module's name was known.
pub(crate) fn no_name() -> Load {
    let mut load = load(
        4718,
        5_029_000_000_000,
        "",
        &[
            (&[Read], 6_120, Measured),
            (&[Signature], 2_208, Measured),
            (&[Unwind], 1_870, Measured),
        ],
    );
    load.module = None;
    load.file = Some(name("README.md"));
    load.file_bytes = Some(4_120);
    load.image_bytes = None;
    load.parent_pid = None;
    load.task_start_ns = None;
    load.outcome = Outcome::Returned(Err(Errno(8)));
    load
}
