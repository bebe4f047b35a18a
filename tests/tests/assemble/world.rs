//! Made-up runs: tasks that load modules one after another, and the records that come of it.

use kmodtrace::{
    assemble::{Anomaly, Assembler, Output},
    event::{Attached, Event, LoadKey, Session, decode},
    model::{Load, Update},
};
use kmodtrace_common::{
    catalogue::{HOOKS, Point},
    wire::{EDGE_ENTRY, EDGE_RETURN, EDGE_TRACEPOINT, Mark, SEGMENT_FINAL, SEGMENT_PARAMS_SENT},
};
use kmodtrace_tests::records::{facts, params, segment};
use proptest::{collection::vec, prelude::*};

/// One load to be made.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Hook of its system call.
    pub(crate) syscall: u32,
    /// Time since the task's load before, ns.
    pub(crate) pause_ns: u64,
    /// Its marks: time since the one before, hook, edge, first value.
    pub(crate) steps: Vec<(u64, u16, u8, u64)>,
    /// Marks in one segment.
    pub(crate) segment_marks: usize,
    /// What it returned.
    pub(crate) ret: i64,
    /// True if it has parameters.
    pub(crate) params: bool,
}

/// A load that was made.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) key: LoadKey,
    pub(crate) end_ns: u64,
    pub(crate) ret: i64,
    /// Its records, in order; segments all but perhaps the first.
    pub(crate) records: Vec<Vec<u8>>,
    pub(crate) segments: usize,
}

pub(crate) fn key(task: u32, start_ns: u64) -> LoadKey {
    LoadKey {
        pid_tgid: (u64::from(task) << 32) | u64::from(task),
        start_ns,
    }
}

/// A mark of a hook's entry.
pub(crate) fn entry(hook: u16, time_ns: u64) -> Mark {
    Mark {
        time_ns,
        hook,
        edge: EDGE_ENTRY,
        ..Mark::default()
    }
}

/// Any load: mostly marks that kernels send, in any order.
pub(crate) fn any_plan() -> impl Strategy<Value = Plan> {
    let hooks = u16::try_from(HOOKS.len()).expect("few hooks");
    let value = prop_oneof![Just(0_u64), Just(2), Just(u64::MAX), any::<u64>()];
    let step = (
        0_u64..50,
        0..=hooks + 1,
        EDGE_ENTRY..=EDGE_TRACEPOINT + 1,
        value,
    );
    (
        1_u32..=2,
        1_u64..100,
        vec(step, 0..40),
        1_usize..9,
        -40_i64..3,
        any::<bool>(),
    )
        .prop_map(
            |(syscall, pause_ns, steps, segment_marks, ret, params)| Plan {
                syscall,
                pause_ns,
                steps,
                segment_marks,
                ret: ret.min(0),
                params,
            },
        )
}

/// Tasks, each with the loads that it makes.
pub(crate) fn any_tasks() -> impl Strategy<Value = Vec<Vec<Plan>>> {
    vec(vec(any_plan(), 1..4), 1..5)
}

/// Makes the loads of one task.
pub(crate) fn make(task: u32, plans: &[Plan]) -> Vec<Made> {
    let mut now = u64::from(task);
    plans
        .iter()
        .map(|plan| make_one(task, plan, &mut now))
        .collect()
}

fn make_one(task: u32, plan: &Plan, now: &mut u64) -> Made {
    *now += plan.pause_ns;
    let key = key(task, *now);
    let mut facts = facts(key);
    facts.syscall = plan.syscall;
    facts.flags = SEGMENT_PARAMS_SENT;
    facts.comm[..4].copy_from_slice(b"load");
    let mut records = Vec::new();
    if plan.params {
        records.push(params(key, format!("task={task}").as_bytes()));
    }
    let marks: Vec<_> = plan
        .steps
        .iter()
        .map(|&(pause_ns, hook, edge, a)| {
            *now += pause_ns;
            Mark {
                edge,
                a,
                ..entry(hook, *now)
            }
        })
        .collect();
    let mut chunks: Vec<_> = marks.chunks(plan.segment_marks).collect();
    let last = chunks.pop().unwrap_or_default();
    for chunk in &chunks {
        records.push(segment(&facts, chunk));
        facts.number += 1;
    }
    *now += 5;
    facts.flags |= SEGMENT_FINAL;
    facts.end_ns = *now;
    facts.ret = plan.ret;
    records.push(segment(&facts, last));
    Made {
        key,
        end_ns: *now,
        ret: plan.ret,
        records,
        segments: chunks.len() + 1,
    }
}

/// A run with every hook attached, but none at both ends: the marks made here do not come in pairs, and
/// a hit without its counterpart would count as lost.
pub(crate) fn session() -> Event {
    let probe = |hook: u16, edge: &str| Attached {
        hook,
        symbol: String::new(),
        edge: edge.to_owned(),
        how: String::new(),
    };
    let attached = HOOKS.iter().map(|hook| match hook.point {
        Point::Entry | Point::Span | Point::Ends => probe(hook.id.0, "entry"),
        Point::Return => probe(hook.id.0, "return"),
        Point::RawTracepoint => probe(hook.id.0, "tracepoint"),
    });
    Event::Session(Box::new(Session {
        boot_id: "boot".to_owned(),
        attached: attached.collect(),
        ..Session::default()
    }))
}

/// What came out of a run.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Told {
    pub(crate) loads: Vec<Load>,
    pub(crate) updates: Vec<Update>,
    pub(crate) anomalies: Vec<Anomaly>,
}

impl Told {
    pub(crate) fn of(outputs: Vec<Output>) -> Self {
        let mut told = Self::default();
        for output in outputs {
            match output {
                Output::Load(load) => told.loads.push(*load),
                Output::Unload(unload) => panic!("an unload among loads: {unload:?}"),
                Output::Update(update) => told.updates.push(update),
                Output::Anomaly(anomaly) => told.anomalies.push(anomaly),
            }
        }
        told
    }

    /// Independent of the order in which loads ended.
    pub(crate) fn sorted(mut self) -> Self {
        self.loads.sort_by_key(|load| load.id);
        self
    }
}

/// Feeds events to a fresh assembler, and ends it.
pub(crate) fn tell(events: impl IntoIterator<Item = Event>) -> Told {
    let mut assembler = Assembler::new();
    let mut outputs = Vec::new();
    for event in [session()].into_iter().chain(events) {
        assembler.push(event, &mut outputs);
    }
    assembler.finish(&mut outputs);
    Told::of(outputs)
}

/// Feeds records.
pub(crate) fn tell_records<'a>(records: impl IntoIterator<Item = &'a Vec<u8>>) -> Told {
    tell(records.into_iter().map(|record| event(record)))
}

pub(crate) fn event(record: &[u8]) -> Event {
    decode(record).expect("a record made by the tests")
}

/// The invariants that hold for every load.
pub(crate) fn check_load(load: &Load) {
    let end_ns = load.start_ns + load.total_ns;
    let (mut cursor, mut gaps, mut sum) = (load.start_ns, 0, 0);
    for phase in &load.phases {
        assert!(phase.start_ns >= cursor, "phases overlap: {load:?}");
        assert!(
            phase.end_ns() <= end_ns,
            "a phase outlasts its load: {load:?}"
        );
        assert!(!phase.covers.is_empty(), "a phase covers nothing: {load:?}");
        gaps += phase.start_ns - cursor;
        sum += phase.duration_ns;
        cursor = phase.end_ns();
        for call in &phase.calls {
            let inside = (phase.start_ns..=phase.end_ns()).contains(&call.start_ns);
            assert!(inside, "a call lies outside its phase: {load:?}");
            let call_end_ns = call.start_ns + call.duration_ns.unwrap_or(0);
            assert!(call_end_ns <= end_ns, "a call outlasts its load: {load:?}");
        }
    }
    assert_eq!(gaps + end_ns - cursor, load.unattributed_ns, "{load:?}");
    assert_eq!(sum + load.unattributed_ns, load.total_ns, "{load:?}");
}

/// The edge that ends a function.
pub(crate) fn returned(mark: Mark) -> Mark {
    Mark {
        edge: EDGE_RETURN,
        ..mark
    }
}
