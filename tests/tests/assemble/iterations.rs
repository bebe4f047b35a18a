//! Loads of `kmodtrace bench` are known by what it announces.

use kmodtrace::{
    assemble::{Assembler, Output},
    event::{Event, HostEvent, Iteration, LoadKey, Side, decode},
};
use kmodtrace_common::{
    catalogue::HookId,
    wire::{SEGMENT_FINAL, Segment},
};
use kmodtrace_tests::records::{facts, segment};

use super::world::key;

const LOADER: u32 = 10;

fn announced(round: u32, task: u32, time_ns: u64) -> Event {
    Event::Host(HostEvent::Iteration {
        iteration: Iteration {
            side: Side::B,
            round,
            warmup: false,
        },
        pid_tgid: key(task, 0).pid_tgid,
        time_ns,
    })
}

fn load(key: LoadKey) -> Event {
    let facts = Segment {
        syscall: u32::from(HookId::SYS_FINIT_MODULE.0),
        flags: SEGMENT_FINAL,
        end_ns: key.start_ns + 50,
        ..facts(key)
    };
    decode(&segment(&facts, &[])).expect("a record")
}

/// The rounds of the loads that come out, in their order.
fn rounds(events: Vec<Event>) -> Vec<Option<u32>> {
    let (mut assembler, mut out) = (Assembler::new(), Vec::new());
    for event in events {
        assembler.push(event, &mut out);
    }
    let loads = out.into_iter().filter_map(|output| match output {
        Output::Load(load) => Some(load.iteration.map(|iteration| iteration.round)),
        _ => None,
    });
    loads.collect()
}

#[test]
fn a_load_is_the_one_announced_last_before_it() {
    let events = vec![
        announced(1, LOADER, 90),
        announced(2, LOADER, 190),
        load(key(LOADER, 100)),
        announced(3, LOADER, 290),
        load(key(LOADER, 200)),
        load(key(LOADER, 300)),
    ];
    assert_eq!(rounds(events), [Some(1), Some(2), Some(3)]);
}

#[test]
fn loads_of_others_and_loads_that_nobody_announced_are_none() {
    let events = vec![
        load(key(LOADER, 50)),
        announced(1, LOADER, 90),
        load(key(11, 100)),
        load(key(LOADER, 80)),
        load(key(LOADER, 100)),
        load(key(LOADER, 200)),
    ];
    assert_eq!(rounds(events), [None, None, None, Some(1), None]);
}

#[test]
fn a_load_that_was_lost_leaves_no_name_behind() {
    let events = vec![
        announced(1, LOADER, 90),
        announced(2, LOADER, 190),
        load(key(LOADER, 200)),
        load(key(LOADER, 300)),
    ];
    assert_eq!(rounds(events), [Some(2), None]);
}
