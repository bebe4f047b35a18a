//! The recordings of real kernels.

use kmodtrace::{
    model::Load,
    source::{Source as _, recorded::Recorded},
    trace::Frame,
};
use kmodtrace_tests::{
    leaks,
    recordings::{self, KERNELS},
};

use crate::run::{Told, recording, redacted};

fn frames(kernel: &str) -> Vec<Frame> {
    let bytes = recordings::bytes(kernel);
    let mut recorded = Recorded::open(bytes.as_slice()).expect("a recording");
    let next = std::iter::from_fn(|| recorded.next().expect("a whole frame"));
    next.collect()
}

#[test]
fn no_kernel_address_is_left_in_what_is_recorded() {
    for kernel in KERNELS {
        let before = frames(kernel);
        let known = leaks::of_records(&before);
        assert!(known.len() > 100, "{kernel}: {} addresses", known.len());
        assert!(!leaks::anywhere(&recording(&before), &known).is_empty());
        let after = redacted(&before);
        for frame in &after {
            let found = leaks::in_frame(frame);
            assert!(found.is_empty(), "{kernel}: {found:?} in {frame:?}");
        }
        let bytes = recording(&after);
        let found = leaks::anywhere(&bytes, &known);
        assert!(found.is_empty(), "{kernel}: {found:#x?}");
        assert!(leaks::in_text(&bytes).is_empty(), "{kernel}");
    }
}

#[test]
fn no_kernel_address_is_left_in_what_is_printed() {
    for kernel in KERNELS {
        let before = frames(kernel);
        let leaking = leaks::in_text(&Told::of(&before).printed());
        assert!(leaking.len() > 100, "{kernel}: {}", leaking.len());
        let printed = Told::of(&redacted(&before)).printed();
        let found = leaks::in_text(&printed);
        assert!(found.is_empty(), "{kernel}: {found:?}");
        assert!(!printed.windows(6).any(|bytes| bytes == b"0xffff"));
    }
}

/// Whatever is no address is as it was, and what fits together by address still does.
#[test]
fn everything_else_is_as_it_was() {
    let mut unloads = 0;
    for kernel in KERNELS {
        let frames = frames(kernel);
        let (before, after) = (Told::of(&frames), Told::of(&redacted(&frames)));
        let after_loads = &after.loads;
        assert_eq!(before.anomalies, after.anomalies, "{kernel}");
        assert_eq!(before.loads.len(), after.loads.len(), "{kernel}");
        assert_eq!(before.updates.len(), after.updates.len(), "{kernel}");
        let regions = after
            .loads
            .iter()
            .map(|load| load.facts.memory.regions.len());
        assert!(regions.sum::<usize>() > 20, "{kernel}");
        assert_eq!(before.unloads.len(), after.unloads.len(), "{kernel}");
        for (before, after) in before.unloads.iter().zip(&after.unloads) {
            assert_eq!((before.id, &before.outcome), (after.id, &after.outcome));
            assert_eq!(before.memory.regions.len(), after.memory.regions.len());
            // Where the load of the module was seen, its unload is in the same place.
            let same = |load: &&Load| load.succeeded() && load.module == after.module;
            let load = after_loads
                .iter()
                .rev()
                .find(|load| same(load) && load.id < after.id);
            if let Some(load) = load {
                let places = load
                    .facts
                    .memory
                    .regions
                    .iter()
                    .map(|region| region.address);
                let places: Vec<_> = places.collect();
                let told = after.memory.regions.iter();
                assert!(
                    told.map(|region| region.address)
                        .all(|at| places.contains(&at)),
                    "{kernel}"
                );
                unloads += 1;
            }
        }
        for (before, after) in before.updates.iter().zip(&after.updates) {
            assert_eq!(before.id(), after.id(), "{kernel}");
        }
        for (before, after) in before.loads.iter().zip(&after.loads) {
            assert_eq!(before.id, after.id, "{kernel}");
            assert_eq!(before.outcome, after.outcome);
            assert_eq!(
                (before.parent, before.retry_of),
                (after.parent, after.retry_of)
            );
            assert_eq!(before.params, after.params);
            assert_eq!(before.facts.caller, after.facts.caller);
            assert_eq!(before.facts.identity, after.facts.identity);
            assert_eq!(before.facts.signature, after.facts.signature);
            assert!(!before.redacted && after.redacted);
            let shape = |load: &Load| {
                let phases = load.phases.iter();
                let phases = phases.map(|phase| (phase.name(), phase.start_ns, phase.duration_ns));
                let memory = &load.facts.memory;
                let base = memory.regions.first().map_or(0, |region| region.address);
                let regions = memory.regions.iter();
                let regions = regions.map(|region| {
                    let at = region.address - base;
                    (at, region.bytes, region.permissions, region.allocated)
                });
                let sections = load.facts.sections.iter();
                let sections = sections
                    .map(|section| (section.name.clone(), section.address.map(|at| at - base)));
                (
                    phases.collect::<Vec<_>>(),
                    regions.collect::<Vec<_>>(),
                    sections.collect::<Vec<_>>(),
                    memory.verdict,
                )
            };
            if before.succeeded() {
                assert_eq!(shape(before), shape(after), "{kernel}");
            } else {
                assert_eq!(shape(before).0, shape(after).0, "{kernel}");
            }
        }
    }
    assert!(unloads > 5, "{unloads} unloads");
}

#[test]
fn what_is_redacted_is_not_changed_again() {
    for kernel in KERNELS {
        let once = redacted(&frames(kernel));
        assert_eq!(once, redacted(&once), "{kernel}");
    }
}

/// Nothing is lost or made up: what the kernel has sent is compared with what came in.
#[test]
fn every_frame_comes_out_once() {
    for kernel in KERNELS {
        let before = frames(kernel);
        let after = redacted(&before);
        let kinds = |frames: &[Frame]| {
            let records = frames
                .iter()
                .filter(|frame| matches!(frame, Frame::Record(_)));
            (records.count(), frames.len())
        };
        assert_eq!(kinds(&before), kinds(&after), "{kernel}");
    }
}
