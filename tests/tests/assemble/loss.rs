//! What is lost is counted, and never made up.

use kmodtrace::model::Outcome;
use proptest::prelude::*;

use super::world::{Made, any_tasks, check_load, make, tell_records};

/// The loads with some of their records taken away: kept ones, and how many segments were lost.
fn thinned<'a>(
    loads: &'a [Made],
    keep: &'a [bool],
) -> impl Iterator<Item = (&'a Made, Vec<&'a Vec<u8>>, usize, bool)> {
    let mut keep = keep.iter().copied().cycle();
    loads.iter().map(move |load| {
        let kept: Vec<bool> = load
            .records
            .iter()
            .map(|_| keep.next().unwrap_or(true))
            .collect();
        let strings = load.records.len() - load.segments;
        let lost = kept[strings..].iter().filter(|kept| !**kept).count();
        let has_end = kept.last() == Some(&true);
        let records = load.records.iter().zip(kept);
        let records = records.filter_map(|(record, kept)| kept.then_some(record));
        (load, records.collect(), lost, has_end)
    })
}

proptest! {
    /// Whatever subset of the records comes: each load that left a segment is told once, complete only
    /// if all of its segments came, and with as many losses as there were.
    #[test]
    fn lost_records_are_counted(
        plans in any_tasks(),
        keep in prop::collection::vec(prop::bool::weighted(0.7), 1..60),
    ) {
        let loads: Vec<_> = (1_u32..).zip(&plans).flat_map(|(task, plans)| make(task, plans)).collect();
        let thinned: Vec<_> = thinned(&loads, &keep).collect();
        let told = tell_records(thinned.iter().flat_map(|(_, records, ..)| records).copied()).sorted();
        for load in &told.loads {
            check_load(load);
        }
        let mut told_loads = 0;
        for (made, records, lost, has_end) in thinned {
            let found: Vec<_> = told.loads.iter().filter(|load| load.id.0 == made.key).collect();
            if lost == made.segments {
                prop_assert!(found.is_empty(), "a load without any segment was made up");
                let strings = u64::from(!records.is_empty());
                let anomalies = told.anomalies.iter().filter(|anomaly| {
                    **anomaly == kmodtrace::assemble::Anomaly::OnlyText(made.key)
                });
                prop_assert_eq!(anomalies.count() as u64, strings);
                continue;
            }
            told_loads += 1;
            prop_assert_eq!(found.len(), 1);
            let load = found[0];
            prop_assert_eq!(load.complete, lost == 0);
            if has_end {
                prop_assert_eq!(load.lost_events, lost as u64);
                prop_assert_eq!(load.start_ns + load.total_ns, made.end_ns);
                prop_assert!(matches!(load.outcome, Outcome::Returned(_)));
            } else {
                // How many came after the last one that did is unknown: at least the end.
                prop_assert!((1..=lost as u64).contains(&load.lost_events));
                prop_assert_eq!(&load.outcome, &Outcome::Unknown);
                prop_assert!(load.start_ns + load.total_ns <= made.end_ns);
            }
        }
        prop_assert_eq!(told.loads.len(), told_loads);
    }

    /// A record that comes twice, or again later, is an anomaly and changes no load.
    #[test]
    fn repeated_records_are_anomalies(
        plans in any_tasks(),
        which in any::<prop::sample::Index>(),
        at_once in any::<bool>(),
    ) {
        let loads: Vec<_> = (1_u32..).zip(&plans).flat_map(|(task, plans)| make(task, plans)).collect();
        let mut records: Vec<_> = loads.iter().flat_map(|load| &load.records).collect();
        let expected = tell_records(records.iter().copied());
        let which = which.index(records.len());
        let at = if at_once { which + 1 } else { records.len() };
        records.insert(at, records[which]);
        let told = tell_records(records);
        prop_assert_eq!(told.loads, expected.loads);
        prop_assert_eq!(told.anomalies.len(), 1);
    }
}
