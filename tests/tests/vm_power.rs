//! Power cuts (`tests/guest/power.sh`): what was older than the last `fdatasync` can be read, by the clock of
//! the process that loaded and by what the kernel says of that call.

use kmodtrace_tests::per_kernel;
use kmodtrace_tests::vm::truth::{Call, calls, missing, readable};
use kmodtrace_tests::vm::{Results, ms};

per_kernel!(
    "power",
    [v6_12 = "6.12"],
    [
        what_was_synced_is_there,
        it_was_synced_every_second,
        what_is_not_synced_is_lost
    ]
);

/// A load reaches the file that long after its end, at most.
const WRITTEN_NS: u64 = 200_000_000;
/// When each `fdatasync` that returned began, ns (else when it returned); from lines of the trace such as
/// `sync-301 [001] ..... 12.345678: sys_fdatasync(fd: 9)` and `sys_fdatasync -> 0x0`.
fn syncs(said: &str) -> Vec<u64> {
    let mut begun = None;
    let mut syncs = Vec::new();
    for line in said.lines().filter(|line| line.contains("sys_fdatasync")) {
        if line.ends_with("-> 0x0") {
            // One that a filter answers does not begin.
            syncs.extend(begun.take().or_else(|| time(line)));
        } else if line.contains("sys_fdatasync(") {
            begun = time(line);
        }
    }
    syncs
}

/// The time in front of the event's name, ns.
fn time(line: &str) -> Option<u64> {
    let (before, _) = line.split_once(": sys_")?;
    let (seconds, micros) = before.rsplit(' ').next()?.split_once('.')?;
    Some(seconds.parse::<u64>().ok()? * 1_000_000_000 + micros.parse::<u64>().ok()? * 1_000)
}

fn rounds(results: &Results) -> impl Iterator<Item = (u64, String)> {
    let rounds = results.number("rounds");
    assert!(rounds > 0);
    (0..rounds).map(|round| (round, results.text(&format!("{round}.out"))))
}

/// The loads that a sync which came to its end is to have brought to the disk.
fn synced(said: &str) -> Vec<Call> {
    let last = *syncs(said).last().expect("a sync that came to its end");
    let synced: Vec<_> = calls(said)
        .into_iter()
        .filter(|call| call.end_ns + WRITTEN_NS <= last)
        .collect();
    assert!(synced.len() > 1, "{} loads before {last} ns", synced.len());
    synced
}

fn what_was_synced_is_there(results: &Results) {
    let (mut cuts, mut loads, mut oldest) = (0, 0, 0);
    for (round, said) in rounds(results) {
        let calls = calls(&said);
        let cut = calls.last().expect("loads").end_ns;
        let output = readable(results, round);
        let synced = synced(&said);
        let lost = missing(&synced, &output);
        assert!(lost.is_empty(), "round {round}: lost {lost:?}");
        let lost = missing(&calls, &output);
        let ages = lost.iter().map(|call| cut.saturating_sub(call.end_ns));
        oldest = oldest.max(ages.max().unwrap_or(0));
        (cuts, loads) = (cuts + 1, loads + calls.len());
    }
    results.keep_figures(
        "power",
        &format!(
            "{cuts} cuts, {loads} loads: the oldest one lost had ended {:.0} ms before",
            ms(oldest)
        ),
    );
}

/// The same by a recorder whose syncs do nothing (`tests/guest/nosync.c`): what the other checks promise does not hold
/// then, so they would see it.
fn what_is_not_synced_is_lost(results: &Results) {
    let said = results.text("nosync.out");
    let output = results.output("nosync.json");
    let synced = synced(&said);
    let lost = missing(&synced, &output);
    // The kernel writes some of them by itself.
    assert!(!lost.is_empty(), "none of {} lost", synced.len());
    results.keep_figures(
        "nosync",
        &format!(
            "without syncs {} of {} old loads are lost",
            lost.len(),
            synced.len()
        ),
    );
}

fn it_was_synced_every_second(results: &Results) {
    for (round, said) in rounds(results) {
        let syncs = syncs(&said);
        assert!(syncs.len() > 2, "round {round}: {syncs:?}");
        for pair in syncs.windows(2) {
            let apart = pair[1] - pair[0];
            assert!(
                apart < 3_000_000_000,
                "round {round}: {} ms between two syncs",
                ms(apart)
            );
        }
    }
}
