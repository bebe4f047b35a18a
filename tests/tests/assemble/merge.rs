//! The order in which tasks' records come does not matter, nor how they are cut.

use kmodtrace::{
    assemble::Assembler,
    event::{Event, LoadKey, Session},
    model::{Errno, Outcome},
    source::{Source, recorded::Recorded},
    trace::{Frame, FrameWriter},
};
use proptest::prelude::*;

use super::world::{Made, Plan, Told, any_tasks, check_load, event, make, session, tell_records};

/// Merges the tasks' records: `choices` says again and again whose record comes next.
fn merged<'a>(tasks: &'a [Vec<Made>], choices: &[prop::sample::Index]) -> Vec<&'a Vec<u8>> {
    let mut queues: Vec<_> = tasks
        .iter()
        .map(|loads| loads.iter().flat_map(|load| &load.records).peekable())
        .collect();
    let mut order = Vec::new();
    let mut choices = choices.iter().cycle();
    loop {
        let mut waiting: Vec<_> = queues
            .iter_mut()
            .filter_map(|queue| {
                queue.peek()?;
                Some(queue)
            })
            .collect();
        if waiting.is_empty() {
            return order;
        }
        let next = choices
            .next()
            .map_or(0, |choice| choice.index(waiting.len()));
        order.extend(waiting[next].next());
    }
}

fn made(plans: &[Vec<Plan>]) -> Vec<Vec<Made>> {
    (1_u32..)
        .zip(plans)
        .map(|(task, plans)| make(task, plans))
        .collect()
}

fn one_after_another(tasks: &[Vec<Made>]) -> Told {
    let records = tasks.iter().flatten().flat_map(|load| &load.records);
    tell_records(records).sorted()
}

proptest! {
    /// Every load that was made comes out, exactly once, with its own facts.
    #[test]
    fn every_load_is_told_once(plans in any_tasks()) {
        let tasks = made(&plans);
        let told = one_after_another(&tasks);
        prop_assert_eq!(told.anomalies, []);
        let found: Vec<LoadKey> = told.loads.iter().map(|load| load.id.0).collect();
        let mut expected: Vec<_> = tasks.iter().flatten().collect();
        expected.sort_by_key(|load| load.key);
        let keys: Vec<_> = expected.iter().map(|load| load.key).collect();
        prop_assert_eq!(found, keys);
        for (load, made) in told.loads.iter().zip(expected) {
            check_load(load);
            prop_assert!(load.complete);
            prop_assert_eq!(load.lost_events, 0);
            prop_assert_eq!(load.start_ns + load.total_ns, made.end_ns);
            let result = match made.ret {
                0 => Ok(()),
                ret => Err(Errno(i32::try_from(-ret).expect("small"))),
            };
            prop_assert_eq!(&load.outcome, &Outcome::Returned(result));
            prop_assert_eq!(load.boot_id.as_str(), "boot");
        }
    }

    /// Any merge that keeps each task's order gives the same loads.
    #[test]
    fn tasks_do_not_mix(
        plans in any_tasks(),
        choices in prop::collection::vec(any::<prop::sample::Index>(), 1..100),
    ) {
        let tasks = made(&plans);
        let mixed = tell_records(merged(&tasks, &choices)).sorted();
        prop_assert_eq!(mixed, one_after_another(&tasks));
    }

    /// Outputs do not depend on how events are handed over, nor does a second end bring anything.
    #[test]
    fn chunks_do_not_matter(plans in any_tasks(), chunk in 1_usize..7) {
        let tasks = made(&plans);
        let records: Vec<_> = tasks.iter().flatten().flat_map(|load| &load.records).collect();
        let mut assembler = Assembler::new();
        let mut outputs = Vec::new();
        assembler.push(session(), &mut outputs);
        for chunk in records.chunks(chunk) {
            let mut some = Vec::new();
            for record in chunk {
                assembler.push(event(record), &mut some);
            }
            outputs.extend(some);
        }
        assembler.finish(&mut outputs);
        let mut more = Vec::new();
        assembler.finish(&mut more);
        prop_assert!(more.is_empty());
        prop_assert_eq!(Told::of(outputs).sorted(), one_after_another(&tasks));
    }

    /// A recording gives what the records gave.
    #[test]
    fn a_recording_tells_the_same(plans in any_tasks()) {
        let tasks = made(&plans);
        let mut writer = FrameWriter::new(Vec::new()).expect("memory takes everything");
        let Event::Session(session) = session() else { unreachable!() };
        let mut frames = vec![Frame::Session(session)];
        let records = tasks.iter().flatten().flat_map(|load| &load.records);
        frames.extend(records.map(|record| Frame::Record(record.clone())));
        for frame in &frames {
            writer.write(frame).expect("memory takes everything");
        }
        let file = writer.into_inner();
        let mut recorded = Recorded::open(file.as_slice()).expect("a recording");
        let mut assembler = Assembler::new();
        let mut outputs = Vec::new();
        while let Some(frame) = recorded.next().expect("frames") {
            assembler.push(frame.decode().expect("a record"), &mut outputs);
        }
        assembler.finish(&mut outputs);
        prop_assert_eq!(Told::of(outputs).sorted(), one_after_another(&tasks));
    }
}

/// A recording in several files repeats its session; another run begins anew.
#[test]
fn a_repeated_session_changes_nothing_and_another_one_everything() {
    let plan = Plan {
        syscall: 2,
        pause_ns: 100,
        steps: vec![(10, 7, 0, 0), (10, 12, 0, 0)],
        segment_marks: 1,
        ret: 0,
        params: true,
    };
    let load = &make(1, &[plan])[0];
    let run = |between: Event| {
        let mut assembler = Assembler::new();
        let mut outputs = Vec::new();
        assembler.push(session(), &mut outputs);
        let (first, rest) = load.records.split_at(1);
        assembler.push(event(&first[0]), &mut outputs);
        assembler.push(between, &mut outputs);
        for record in rest {
            assembler.push(event(record), &mut outputs);
        }
        assembler.finish(&mut outputs);
        Told::of(outputs)
    };
    let Event::Session(same) = session() else {
        unreachable!()
    };
    let told = run(Event::Session(same.clone()));
    assert!(told.loads[0].params.is_some() && told.anomalies.is_empty());
    // Another run of the same boot.
    let mut later = same.clone();
    later.clock.monotonic_ns = 99;
    let told = run(Event::Session(later));
    assert_eq!(told.anomalies.len(), 1);
    let other = Session {
        boot_id: "other".to_owned(),
        ..*same
    };
    let told = run(Event::Session(Box::new(other)));
    assert_eq!(told.anomalies.len(), 1);
    assert_eq!(told.loads[0].boot_id, "other");
}
