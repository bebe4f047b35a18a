//! `kill -9` of the recorder (`tests/guest/killed.sh`): what ended 200 ms before can be read, by the clock of
//! the process that loaded. Time in which the machine let nobody run on a CPU, by the account of a process that does nothing else, does
//! not count.

use kmodtrace_tests::per_kernel;
use kmodtrace_tests::vm::truth::{calls, missing, readable};
use kmodtrace_tests::vm::{Results, ms};

per_kernel!("killed", [v6_12 = "6.12"], [what_ended_before_is_there]);

const PROMISED_NS: u64 = 200_000_000;

fn what_ended_before_is_there(results: &Results) {
    let rounds = results.number("rounds");
    assert!(rounds > 0);
    let (mut youngest, mut loads, mut damaged, mut excused) = (0, 0, 0, 0);
    for round in 0..rounds {
        let said = results.text(&format!("{round}.truth"));
        let killed = said.lines().find_map(|line| line.strip_prefix("killed "));
        let killed: u64 = killed.expect("a kill").parse().expect("a time");
        let mut calls = calls(&said);
        calls.retain(|call| call.end_ns <= killed);
        assert!(calls.len() > 3, "round {round}: {} loads", calls.len());
        let output = readable(results, round);
        damaged += u64::from(results.number(&format!("{round}.status")) == 5);
        for call in missing(&calls, &output) {
            let before = killed - call.end_ns;
            let late: u64 = late(&said)
                .map(|(begin, end)| end.min(killed).saturating_sub(begin.max(call.end_ns)))
                .sum();
            assert!(
                before < PROMISED_NS + late,
                "round {round}: lost what ended {} ms before, and the machine stood still for {} ms: {call:?}",
                ms(before),
                ms(late)
            );
            if before < PROMISED_NS {
                youngest = youngest.max(before);
            } else {
                excused += 1;
            }
        }
        loads += calls.len();
    }
    results.keep_figures(
        "killed",
        &format!(
            "{rounds} kills, {loads} loads: the oldest one lost had ended {:.0} ms before, \
             {damaged} recordings cut inside a block; {excused} loads were older, where the machine stood still",
            ms(youngest)
        ),
    );
}

/// When a CPU let nobody run: begin and end, ns.
fn late(said: &str) -> impl Iterator<Item = (u64, u64)> + '_ {
    let lines = said.lines().filter_map(|line| line.strip_prefix("late "));
    lines.map(|line| {
        let (begin, end) = line.split_once(' ').expect("two times");
        let time = |word: &str| word.parse().expect("a time");
        (time(begin), time(end))
    })
}
