//! Loads that belong together, and what becomes known of them later.

use kmodtrace::{
    event::{LoadKey, Name},
    model::{LoadId, Parent, Update},
};
use kmodtrace_common::{
    catalogue::HookId,
    wire::{KIND_HELPER_REQUEST, KIND_HELPER_TASK, SEGMENT_FINAL, Segment},
};
use kmodtrace_tests::records::{facts, freed, helper, segment};
use proptest::prelude::*;

use super::world::{entry, key, tell_records};

/// A whole load in one record.
fn load(syscall: HookId, key: LoadKey, end_ns: u64, change: impl Fn(&mut Segment)) -> Vec<u8> {
    let mut facts = Segment {
        syscall: u32::from(syscall.0),
        flags: SEGMENT_FINAL,
        end_ns,
        ..facts(key)
    };
    change(&mut facts);
    segment(&facts, &[])
}

fn finit(key: LoadKey, end_ns: u64) -> Vec<u8> {
    load(HookId::SYS_FINIT_MODULE, key, end_ns, |_| {})
}

const PARENT: u32 = 10;
const HELPER: u32 = 20;

/// The parent of the child load, with these records between the parent's entry (at 100) and its return
/// (at 500).
fn parent_of(child: LoadKey, between: &[Vec<u8>]) -> Option<Parent> {
    let parent = finit(key(PARENT, 100), 500);
    let told = tell_records(between.iter().chain([&parent]));
    let found = told.loads.iter().find(|load| load.id.0 == child);
    found.expect("the child load").parent
}

fn request(subprocess: u64) -> Vec<u8> {
    helper(KIND_HELPER_REQUEST, key(PARENT, 100), 150, subprocess)
}

fn task(pid: u32, subprocess: u64) -> Vec<u8> {
    helper(KIND_HELPER_TASK, key(pid, 0), 160, subprocess)
}

#[test]
fn a_helper_loads_for_the_load_that_asked_for_it() {
    let child = key(HELPER, 200);
    let linked = Some(Parent {
        id: LoadId(key(PARENT, 100)),
        probable: false,
    });
    assert_eq!(
        parent_of(child, &[request(9), task(HELPER, 9), finit(child, 300)]),
        linked
    );
    // Another helper, another request, a load made before the helper existed.
    assert_eq!(
        parent_of(child, &[request(9), task(21, 9), finit(child, 300)]),
        None
    );
    assert_eq!(
        parent_of(child, &[request(8), task(HELPER, 9), finit(child, 300)]),
        None
    );
    let early = key(HELPER, 120);
    assert_eq!(
        parent_of(early, &[finit(early, 140), request(9), task(HELPER, 9)]),
        None
    );
}

#[test]
fn a_process_of_the_helper_probably_loads_for_it() {
    let child = key(30, 200);
    let of_helper = load(HookId::SYS_FINIT_MODULE, child, 300, |facts| {
        facts.parent_pid = HELPER;
    });
    assert_eq!(
        parent_of(child, &[request(9), task(HELPER, 9), of_helper]),
        Some(Parent {
            id: LoadId(key(PARENT, 100)),
            probable: true
        })
    );
}

#[test]
fn a_load_that_outlasts_the_asking_one_is_no_child() {
    let parent = finit(key(PARENT, 100), 500);
    let child = finit(key(HELPER, 400), 600);
    let told = tell_records([&request(9), &task(HELPER, 9), &parent, &child]);
    assert_eq!(told.loads[1].parent, None);
}

#[test]
fn the_last_of_two_helpers_with_one_address_counts() {
    let other = helper(KIND_HELPER_REQUEST, key(11, 90), 140, 9);
    let child = key(HELPER, 200);
    let found = parent_of(
        child,
        &[
            other,
            task(19, 9),
            request(9),
            task(HELPER, 9),
            finit(child, 300),
        ],
    );
    assert_eq!(
        found.map(|parent| parent.id),
        Some(LoadId(key(PARENT, 100)))
    );
}

#[test]
fn init_module_after_a_failed_finit_module_repeats_it() {
    let retry_of = |first: Vec<u8>, second: Vec<u8>| {
        let told = tell_records([&first, &second]);
        told.loads[1].retry_of
    };
    let failed = |start_ns: u64| {
        load(HookId::SYS_FINIT_MODULE, key(5, 100), 200, |facts| {
            facts.ret = -8;
            facts.task_start_ns = start_ns;
        })
    };
    let init = |task: u32, start_ns: u64| {
        load(HookId::SYS_INIT_MODULE, key(task, 300), 400, |facts| {
            facts.task_start_ns = start_ns;
        })
    };
    let first = Some(LoadId(key(5, 100)));
    assert_eq!(retry_of(failed(0), init(5, 0)), first);
    assert_eq!(retry_of(failed(7), init(5, 7)), first);
    assert_eq!(retry_of(failed(7), init(5, 0)), first);
    // Another process with the same id, another task, the same call again, one that had succeeded.
    assert_eq!(retry_of(failed(7), init(5, 8)), None);
    assert_eq!(retry_of(failed(7), init(6, 7)), None);
    assert_eq!(retry_of(failed(7), finit(key(5, 300), 400)), None);
    assert_eq!(retry_of(finit(key(5, 100), 200), init(5, 0)), None);
    // Something in between.
    let told = tell_records([&failed(0), &finit(key(5, 210), 220), &init(5, 0)]);
    assert_eq!(told.loads[2].retry_of, None);
}

/// A load with init memory, whose init began at its start + 50.
fn with_init_memory(task: u32, start_ns: u64, init_memory: [u64; 3], ret: i64) -> Vec<u8> {
    let key = key(task, start_ns);
    let mut facts = Segment {
        syscall: u32::from(HookId::SYS_FINIT_MODULE.0),
        flags: SEGMENT_FINAL,
        end_ns: start_ns + 100,
        ret,
        init_memory,
        ..facts(key)
    };
    facts.module_name[..4].copy_from_slice(b"some");
    segment(&facts, &[entry(HookId::DO_INIT.0, start_ns + 50)])
}

fn update(task: u32, start_ns: u64, batch_ns: u64, time_ns: u64, addresses: &[u64]) -> Update {
    Update::FreeInit {
        id: LoadId(key(task, start_ns)),
        module: Some(Name(b"some".to_vec())),
        batch_ns,
        time_ns,
        addresses: addresses.to_vec(),
    }
}

#[test]
fn freed_init_memory_is_told_once_a_batch() {
    let told = tell_records([
        &with_init_memory(5, 100, [0x1000, 0x2000, 0], 0),
        &with_init_memory(6, 100, [0x3000, 0x4000, 0x5000], 0),
        &freed(1000, 1001, 0x1000),
        &freed(1000, 1002, 0x3000),
        &freed(1000, 1003, 0x2000),
        &freed(1000, 1004, 0x4000),
        &freed(1000, 1005, 0x9000),
        &freed(2000, 2001, 0x5000),
        &freed(2000, 2002, 0x1000),
    ]);
    assert_eq!(
        told.updates,
        [
            update(5, 100, 1000, 1003, &[0x1000, 0x2000]),
            update(6, 100, 1000, 1004, &[0x3000, 0x4000]),
            update(6, 100, 2000, 2001, &[0x5000]),
        ]
    );
    assert_eq!(told.anomalies, []);
}

#[test]
fn an_update_held_back_comes_at_the_end() {
    let told = tell_records([
        &with_init_memory(5, 100, [0x1000, 0x2000, 0], 0),
        &freed(1000, 1001, 0x1000),
    ]);
    assert_eq!(told.updates, [update(5, 100, 1000, 1001, &[0x1000])]);
}

#[test]
fn memory_belongs_to_the_last_load_that_got_it() {
    let told = tell_records([
        &with_init_memory(5, 100, [0x1000, 0, 0], 0),
        &with_init_memory(6, 300, [0x1000, 0, 0], 0),
        &freed(1000, 1001, 0x1000),
        &freed(2000, 2001, 0x1000),
    ]);
    assert_eq!(told.updates, [update(6, 300, 1000, 1001, &[0x1000])]);
}

/// The kworker may be faster than the loading task's way out of the kernel.
#[test]
fn memory_freed_before_its_load_was_told_is_told_with_it() {
    let told = tell_records([
        &freed(120, 149, 0x1000),
        &freed(160, 170, 0x1000),
        &with_init_memory(5, 100, [0x1000, 0, 0], 0),
    ]);
    assert_eq!(told.updates, [update(5, 100, 160, 170, &[0x1000])]);
}

#[test]
fn a_load_that_failed_has_freed_its_memory_itself() {
    let told = tell_records([
        &with_init_memory(5, 100, [0x1000, 0, 0], -5),
        &freed(1000, 1001, 0x1000),
    ]);
    assert_eq!(told.updates, []);
}

proptest! {
    /// Children lie inside their parents, whoever asks for whom and whenever.
    #[test]
    fn children_lie_inside_their_parents(
        loads in prop::collection::vec((1_u32..5, 0_u64..100, 1_u64..100, 0_u32..5), 1..8),
        helpers in prop::collection::vec((0_usize..8, 1_u32..5, 0_u64..3, 0_u64..200), 0..8),
    ) {
        let mut now = std::collections::BTreeMap::<u32, u64>::new();
        let mut records = Vec::new();
        let mut keys = Vec::new();
        for (task, pause_ns, length_ns, parent_pid) in loads {
            let now = now.entry(task).or_default();
            let start_ns = *now + pause_ns + 1;
            *now = start_ns + length_ns;
            keys.push(key(task, start_ns));
            records.push((*now, load(HookId::SYS_FINIT_MODULE, key(task, start_ns), *now, |facts| {
                facts.parent_pid = parent_pid;
            })));
        }
        for (asking, pid, subprocess, time_ns) in helpers {
            let asking = keys[asking % keys.len()];
            let request = helper(KIND_HELPER_REQUEST, asking, time_ns, subprocess);
            let task = helper(KIND_HELPER_TASK, key(pid, 0), time_ns, subprocess);
            records.push((time_ns, request));
            records.push((time_ns, task));
        }
        records.sort_by_key(|(time_ns, _)| *time_ns);
        let told = tell_records(records.iter().map(|(_, record)| record));
        for child in &told.loads {
            let Some(parent) = child.parent else { continue };
            let parent = told.loads.iter().find(|load| load.id == parent.id);
            let parent = parent.expect("its parent was told");
            prop_assert!(parent.id != child.id);
            prop_assert!(parent.start_ns <= child.start_ns);
            prop_assert!(child.start_ns + child.total_ns <= parent.start_ns + parent.total_ns);
        }
    }
}
