//! Loads of which the end was not seen, or is not to be told.

use kmodtrace::{
    assemble::Anomaly,
    catalogue::phase::Phase,
    event::{Event, HostEvent, InFlight, LoadKey, Name},
    model::{Bounds, Outcome, Syscall},
};
use kmodtrace_common::{
    catalogue::HookId,
    wire::{SEGMENT_FINAL, SEGMENT_PARAMS_SENT, SEGMENT_STALE, Segment},
};
use kmodtrace_tests::records::{facts, params, segment};

use super::world::{Told, check_load, entry, event, key, returned, tell, tell_records};

fn finit(key: LoadKey) -> Segment {
    Segment {
        syscall: u32::from(HookId::SYS_FINIT_MODULE.0),
        fd: 3,
        ..facts(key)
    }
}

fn in_flight(key: LoadKey) -> InFlight {
    InFlight {
        key,
        comm: Name(b"insmod".to_vec()),
        module: Name(b"slow".to_vec()),
        file: Name(b"slow.ko".to_vec()),
        syscall: u32::from(HookId::SYS_FINIT_MODULE.0),
        marks: vec![
            (HookId::LOAD_MODULE.0, 0, key.start_ns + 10, 0, 0),
            (HookId::DO_INIT.0, 0, key.start_ns + 50, 0, 0),
        ],
        seen_ns: key.start_ns + 1000,
    }
}

fn only(told: Told) -> kmodtrace::model::Load {
    assert_eq!((told.loads.len(), told.anomalies.len()), (1, 0), "{told:?}");
    let load = told.loads.into_iter().next().expect("one load");
    check_load(&load);
    load
}

#[test]
fn a_missed_return_leaves_the_result_unknown() {
    let facts = Segment {
        flags: SEGMENT_FINAL | SEGMENT_STALE,
        end_ns: 9_000,
        ..finit(key(5, 100))
    };
    let load = only(tell_records([&segment(
        &facts,
        &[entry(7, 120), entry(12, 150)],
    )]));
    assert_eq!(load.outcome, Outcome::Unknown);
    assert_eq!(
        (load.total_ns, load.complete, load.lost_events),
        (50, false, 0)
    );
    let end = load.phases.last().expect("phases").end;
    assert_eq!((end.hook, end.edge), ("module_frob_arch_sections", "entry"));
}

#[test]
fn a_border_behind_a_lost_segment_is_not_measured() {
    let key = key(5, 100);
    let relocate = HookId::APPLY_RELOCATE.0;
    let second = Segment {
        number: 1,
        flags: SEGMENT_FINAL,
        end_ns: 900,
        ..finit(key)
    };
    let marks = [
        entry(relocate, 500),
        entry(HookId::ADD_KALLSYMS.0, 600),
        entry(HookId::COPY_ARGS.0, 700),
    ];
    let bounds = |load: &kmodtrace::model::Load| {
        let phases = load.phases.iter();
        phases
            .map(|phase| (phase.covers.last().copied(), phase.bounds))
            .collect::<Vec<_>>()
    };
    // Which relocation was the first one is not known, nor when the phase before it ended.
    let load = only(tell_records([&segment(&second, &marks)]));
    assert_eq!((load.lost_events, load.complete), (1, false));
    let told = bounds(&load);
    assert_eq!(told[0], (Some(Phase::Symbols), Bounds::Inferred));
    assert_eq!(told[1], (Some(Phase::Relocate), Bounds::Inferred));
    assert_eq!(told[2].1, Bounds::Measured);
    // With the first segment all is.
    let first = segment(&finit(key), &[entry(7, 120), entry(relocate, 400)]);
    let load = only(tell_records([&first, &segment(&second, &marks)]));
    let told = bounds(&load);
    assert_eq!(told[1], (Some(Phase::Symbols), Bounds::Measured));
    assert_eq!(told[2], (Some(Phase::Relocate), Bounds::Measured));
    // Nothing came behind what is missing.
    let load = only(tell_records([&segment(&second, &[])]));
    assert!(
        load.phases
            .iter()
            .all(|phase| phase.bounds == Bounds::Inferred)
    );
}

#[test]
fn a_gone_task_leaves_what_it_had_done() {
    let key = key(5, 100);
    let first = segment(&finit(key), &[entry(HookId::READ_FILE.0, 105)]);
    let gone = || {
        Event::Host(HostEvent::TaskGone {
            key,
            load: in_flight(key),
        })
    };
    let load = only(tell([event(&params(key, b"x=1")), event(&first), gone()]));
    assert_eq!(load.outcome, Outcome::TaskGone);
    assert_eq!((load.total_ns, load.complete), (50, false));
    assert_eq!(load.module, Some(Name(b"slow".to_vec())));
    assert_eq!(load.params, Some(Name(b"x=1".to_vec())));
    assert_eq!(load.syscall, Syscall::FinitModule { fd: 3, flags: 0 });
    assert_eq!(load.phases.last().expect("phases").name(), "init");
    // Nothing came of it before.
    let load = only(tell([gone()]));
    assert_eq!(
        (load.file, load.params),
        (Some(Name(b"slow.ko".to_vec())), None)
    );
    // Nothing comes after it.
    let told = tell([gone(), event(&first)]);
    assert_eq!(told.anomalies, [Anomaly::Late(key)]);
}

#[test]
fn loads_in_flight_at_the_end_are_not_told() {
    let key = key(5, 100);
    let first = event(&segment(&finit(key), &[entry(7, 120)]));
    let flying = Event::Host(HostEvent::InFlight {
        loads: vec![in_flight(key)],
    });
    assert_eq!(tell([first.clone(), flying.clone()]), Told::default());
    // Unless their end comes after all.
    let last = Segment {
        number: 1,
        flags: SEGMENT_FINAL,
        end_ns: 300,
        ..finit(key)
    };
    let load = only(tell([first, flying, event(&segment(&last, &[]))]));
    assert!(load.complete);
}

#[test]
fn a_task_that_begins_another_load_has_ended_the_one_before() {
    let told = tell_records([
        &segment(&finit(key(5, 100)), &[entry(7, 120)]),
        &segment(&finit(key(6, 100)), &[entry(7, 130)]),
        &segment(&finit(key(5, 500)), &[entry(7, 520)]),
    ]);
    let ends: Vec<_> = told
        .loads
        .iter()
        .map(|load| (load.id.0, load.lost_events))
        .collect();
    assert_eq!(ends, [(key(5, 100), 1), (key(6, 100), 1), (key(5, 500), 1)]);
}

#[test]
fn what_the_kernel_says_was_lost_counts() {
    let facts = Segment {
        flags: SEGMENT_FINAL | SEGMENT_PARAMS_SENT,
        lost: 2,
        number: 1,
        end_ns: 300,
        ..finit(key(5, 100))
    };
    let load = only(tell_records([&segment(&facts, &[])]));
    assert_eq!((load.lost_events, load.complete), (2, false));
    assert_eq!(load.params, None);
}

#[test]
fn parameters_known_to_be_empty_are_empty() {
    let with = |flags: u32| {
        let facts = Segment {
            flags: flags | SEGMENT_FINAL,
            end_ns: 300,
            ..finit(key(5, 100))
        };
        only(tell_records([&segment(&facts, &[])])).params
    };
    assert_eq!(with(SEGMENT_PARAMS_SENT), Some(Name::default()));
    assert_eq!(with(0), None);
}

#[test]
fn another_system_call_is_no_load() {
    let facts = Segment {
        syscall: 9,
        flags: SEGMENT_FINAL,
        ..facts(key(5, 100))
    };
    let told = tell_records([&segment(&facts, &[])]);
    let anomaly = Anomaly::Syscall {
        key: key(5, 100),
        syscall: 9,
    };
    assert_eq!((told.loads, told.anomalies), (Vec::new(), vec![anomaly]));
}

/// Times that cannot be: an end before the beginning, marks before it.
#[test]
fn impossible_times_do_no_harm() {
    let facts = Segment {
        flags: SEGMENT_FINAL,
        end_ns: 5,
        ret: i64::MIN,
        ..finit(key(5, u64::MAX - 1))
    };
    let marks = [
        entry(7, 3),
        returned(entry(7, u64::MAX)),
        entry(12, u64::MAX - 1),
    ];
    let load = only(tell_records([&segment(&facts, &marks)]));
    assert_eq!(load.total_ns, 0);
}

/// However many loads never end, only some are kept; the oldest go first.
#[test]
fn memory_is_bounded() {
    let records: Vec<_> = (0..5000_u32)
        .map(|task| segment(&finit(key(task + 1, 100)), &[entry(7, 120)]))
        .collect();
    let told = tell_records(&records);
    assert_eq!(told.loads.len() + told.anomalies.len(), 5000);
    assert_eq!(told.loads.len(), 4096);
    assert_eq!(told.anomalies[0], Anomaly::Evicted(key(1, 100)));
    assert_eq!(told.anomalies[903], Anomaly::Evicted(key(904, 100)));
}

#[test]
fn marks_of_one_load_are_bounded() {
    let marks = [entry(7, 120); 96];
    let records: Vec<_> = (0..700)
        .map(|number| {
            segment(
                &Segment {
                    number,
                    ..finit(key(5, 100))
                },
                &marks,
            )
        })
        .collect();
    let told = tell_records(&records);
    let kept = (1 << 16) / 96;
    assert_eq!(told.anomalies.len(), 700 - kept);
    assert!(
        told.anomalies
            .iter()
            .all(|anomaly| *anomaly == Anomaly::TooLong(key(5, 100)))
    );
    assert_eq!(told.loads[0].lost_events, 700 - kept as u64 + 1);
}
