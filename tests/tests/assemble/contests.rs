//! Several loads of one module or file: who won, what the others did in vain.

use kmodtrace::{
    assemble::{Assembler, Output},
    event::{Event, LoadKey},
    model::{Contest, LoadId, Over, Summary, Update},
};
use kmodtrace_common::{
    catalogue::HookId as H,
    wire::{EDGE_RETURN, Facts, KNOWN_FILE, Mark, SEGMENT_FINAL, Segment},
};
use kmodtrace_tests::records::{facts, fixed, segment};

use super::world::{Told, entry, event, key, session, tell_records};

const EEXIST: i64 = -17;
const ENODEV: i64 = -19;
const FILE_BYTES: u64 = 3000;
const MEMORY: u64 = 0xffff_ffff_c000_0000;
const MEMORY_BYTES: u64 = 8192;

/// A load of the module `m` from `start_ns` to `end_ns`, with these hits in between.
fn load(task: u32, start_ns: u64, end_ns: u64, ret: i64, hits: &[(H, u64)]) -> Vec<u8> {
    let mut facts = Segment {
        syscall: u32::from(H::SYS_FINIT_MODULE.0),
        flags: SEGMENT_FINAL,
        end_ns,
        ret,
        file_bytes: FILE_BYTES,
        ..facts(key(task, start_ns))
    };
    facts.module_name[0] = b'm';
    facts.comm[..4].copy_from_slice(b"task");
    let marks: Vec<_> = hits.iter().map(|&(hook, at)| entry(hook.0, at)).collect();
    segment(&facts, &marks)
}

/// A load that wins, `start_ns` + 100 to `end_ns`, with its init in the middle.
fn winner(task: u32, start_ns: u64, end_ns: u64) -> Vec<u8> {
    let at = |ns| start_ns + ns;
    let hits = [
        (H::LOAD_MODULE, at(10)),
        (H::RESOLVE_SYMBOL, at(20)),
        (H::APPLY_RELOCATE, at(30)),
        (H::DO_INIT, at(40)),
    ];
    load(task, start_ns, end_ns, 0, &hits)
}

/// A load that finds the module there: it waits from `start_ns` + 30 to `end_ns` - 10, if at all.
fn loser(task: u32, start_ns: u64, end_ns: u64, waits: bool) -> Vec<u8> {
    let record = load(task, start_ns, end_ns, EEXIST, &[]);
    let mut marks = vec![
        entry(H::LOAD_MODULE.0, start_ns + 10),
        entry(H::FROB_ARCH.0, start_ns + 15),
        Mark {
            a: MEMORY_BYTES,
            ..entry(H::MODULE_ALLOC.0, start_ns + 20)
        },
        Mark {
            edge: EDGE_RETURN,
            a: MEMORY,
            ..entry(H::MODULE_ALLOC.0, start_ns + 22)
        },
        entry(H::FINISHED_LOADING.0, start_ns + 30),
    ];
    if waits {
        marks.push(entry(H::FINISHED_LOADING.0, end_ns - 10));
    }
    marks.push(Mark {
        a: MEMORY,
        ..entry(H::MEM_FREE.0, end_ns - 9)
    });
    marks.push(Mark {
        edge: EDGE_RETURN,
        a: EEXIST.cast_unsigned(),
        ..entry(H::LOAD_MODULE.0, end_ns - 5)
    });
    let Event::Segment(told) = event(&record) else {
        panic!("a segment");
    };
    segment(&told.facts, &marks)
}

fn contest_of(told: &Told, of: LoadKey) -> Option<Contest> {
    let load = told.loads.iter().find(|load| load.id.0 == of);
    load.expect("the load").contest
}

fn against(told: &Told) -> Vec<(LoadId, LoadId)> {
    let lost = told.updates.iter().filter_map(|update| match update {
        Update::Lost { id, against, .. } => Some((*id, *against)),
        _ => None,
    });
    lost.collect()
}

#[test]
fn who_finds_the_module_there_has_lost_against_its_load() {
    let told = tell_records([&winner(1, 100, 900), &loser(2, 1000, 1100, false)]);
    assert_eq!(contest_of(&told, key(1, 100)), None);
    let contest = contest_of(&told, key(2, 1000)).expect("a contest");
    assert_eq!(contest.with, Some(LoadId(key(1, 100))));
    assert_eq!((contest.over, contest.lost), (Over::Module, true));
    assert_eq!(contest.read_bytes, FILE_BYTES);
    assert_eq!(contest.allocated_bytes, MEMORY_BYTES);
}

#[test]
fn who_waits_is_told_when_the_winner_is_known() {
    // The winner's system call returns last.
    let told = tell_records([&loser(2, 200, 800, true), &winner(1, 100, 900)]);
    let contest = contest_of(&told, key(2, 200)).expect("a contest");
    assert_eq!((contest.with, contest.lost), (None, true));
    assert_eq!(contest.waited_ns, 561);
    assert_eq!(against(&told), [(LoadId(key(2, 200)), LoadId(key(1, 100)))]);
    // The other way round nothing is left open.
    let told = tell_records([&winner(1, 100, 790), &loser(2, 200, 800, true)]);
    let contest = contest_of(&told, key(2, 200)).expect("a contest");
    assert_eq!(contest.with, Some(LoadId(key(1, 100))));
    assert_eq!(against(&told), []);
}

#[test]
fn a_module_that_failed_before_is_nobodys_rival() {
    let failed = load(1, 100, 300, ENODEV, &[(H::LOAD_MODULE, 110)]);
    let told = tell_records([&failed, &loser(2, 1000, 1100, false)]);
    let contest = contest_of(&told, key(2, 1000)).expect("a contest");
    assert_eq!((contest.with, contest.lost), (None, true));
    assert_eq!(contest_of(&told, key(1, 100)), None);
}

/// Linux 6.5 and later: who loads a file that is being loaded gets that load's result.
#[test]
fn the_same_file() {
    let file = |task, start_ns| {
        let known = Facts {
            known: KNOWN_FILE,
            device: 8 << 20 | 1,
            inode: 77,
            ..Facts::default()
        };
        fixed(key(task, start_ns), &known)
    };
    let waits = load(2, 200, 800, 0, &[(H::IDEMPOTENT, 210)]);
    let told = tell_records([&file(1, 100), &winner(1, 100, 790), &file(2, 200), &waits]);
    let contest = contest_of(&told, key(2, 200)).expect("a contest");
    assert_eq!(contest.with, Some(LoadId(key(1, 100))));
    assert_eq!((contest.over, contest.lost), (Over::File, true));
    assert_eq!((contest.read_bytes, contest.allocated_bytes), (0, 0));
    assert!(contest.waited_ns > 0);
    // Also if the one that reads the file loses against another file's load of the same module.
    let reader = loser(1, 150, 790, true);
    let told = tell_records([
        &winner(3, 100, 780),
        &file(1, 150),
        &reader,
        &file(2, 200),
        &waits,
    ]);
    let contest = contest_of(&told, key(2, 200)).expect("a contest");
    assert_eq!(contest.with, Some(LoadId(key(1, 150))));
    let contest = contest_of(&told, key(1, 150)).expect("a contest");
    assert_eq!(contest.with, Some(LoadId(key(3, 100))));
}

/// The file was loaded before, and the module has gone since.
#[test]
fn an_earlier_load_of_the_file_has_not_won() {
    let file = |task, start_ns| {
        let known = Facts {
            known: KNOWN_FILE,
            device: 8 << 20 | 1,
            inode: 77,
            ..Facts::default()
        };
        fixed(key(task, start_ns), &known)
    };
    let told = tell_records([
        &file(3, 100),
        &winner(3, 100, 190),
        &file(2, 1200),
        &load(2, 1200, 1800, 0, &[(H::IDEMPOTENT, 1210)]),
        &file(1, 1100),
        &winner(1, 1100, 1900),
    ]);
    let contest = contest_of(&told, key(2, 1200)).expect("a contest");
    assert_eq!((contest.with, contest.lost), (None, true));
    assert_eq!(
        against(&told),
        [(LoadId(key(2, 1200)), LoadId(key(1, 1100)))]
    );
}

#[test]
fn who_is_interrupted_has_not_lost() {
    const EINTR: i64 = -4;
    let told = tell_records([&load(2, 200, 800, EINTR, &[(H::IDEMPOTENT, 210)])]);
    let contest = contest_of(&told, key(2, 200)).expect("a contest");
    assert_eq!((contest.over, contest.lost), (Over::File, false));
}

#[test]
fn what_fails_does_not_take_away_what_is_loaded() {
    let told = tell_records([
        &winner(1, 100, 900),
        &load(4, 1000, 1010, ENODEV, &[(H::LOAD_MODULE, 1005)]),
        &loser(2, 1020, 1100, false),
    ]);
    let contest = contest_of(&told, key(2, 1020)).expect("a contest");
    assert_eq!(contest.with, Some(LoadId(key(1, 100))));
}

#[test]
fn a_run_sums_up_what_was_done_in_vain() {
    let told = tell_records([
        &winner(1, 100, 900),
        &loser(2, 200, 800, true),
        &loser(3, 1000, 1100, false),
        &load(4, 2000, 2100, ENODEV, &[(H::LOAD_MODULE, 2010)]),
        &load(4, 3000, 3100, ENODEV, &[(H::LOAD_MODULE, 3010)]),
    ]);
    let mut summary = Summary::default();
    for load in &told.loads {
        summary.add(load);
    }
    assert_eq!(summary.lost.loads, 2);
    assert_eq!(summary.lost.read_bytes, 2 * FILE_BYTES);
    assert_eq!(summary.lost.allocated_bytes, 2 * MEMORY_BYTES);
    let repeated = summary.repeated();
    let [(name, failing)] = repeated[..] else {
        panic!("{repeated:?}");
    };
    assert_eq!((name.0.as_slice(), failing.loads), (&b"m"[..], 2));
    assert_eq!(failing.total_ns, 200);
    assert_eq!(failing.errnos.iter().copied().collect::<Vec<_>>(), [19]);
}

/// Losers whose winner never comes are forgotten, the oldest first.
#[test]
fn memory_is_bounded() {
    let mut assembler = Assembler::new();
    let mut outputs = Vec::new();
    assembler.push(session(), &mut outputs);
    for task in 2..2002 {
        assembler.push(event(&loser(task, 200, 800, true)), &mut outputs);
    }
    assembler.push(event(&winner(1, 100, 900)), &mut outputs);
    let lost = outputs
        .iter()
        .filter(|output| matches!(output, Output::Update(Update::Lost { .. })));
    assert_eq!(lost.count(), 256);
}
