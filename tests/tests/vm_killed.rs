//! `kill -9` of the recorder (`tests/guest/killed.sh`): what ended 200 ms before can be read, by the clock of
//! the process that loaded.

use kmodtrace_tests::per_kernel;
use kmodtrace_tests::vm::truth::{calls, missing, readable};
use kmodtrace_tests::vm::{Results, ms};

per_kernel!("killed", [v6_12 = "6.12"], [what_ended_before_is_there]);

const PROMISED_NS: u64 = 200_000_000;

fn what_ended_before_is_there(results: &Results) {
    let rounds = results.number("rounds");
    assert!(rounds > 0);
    let (mut youngest, mut loads, mut damaged) = (0, 0, 0);
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
            youngest = youngest.max(before);
            assert!(
                before < PROMISED_NS,
                "round {round}: lost what ended {} ms before: {call:?}",
                ms(before)
            );
        }
        loads += calls.len();
    }
    results.keep_figures(
        "killed",
        &format!(
            "{rounds} kills, {loads} loads: the oldest one lost had ended {:.0} ms before, \
             {damaged} recordings cut inside a block",
            ms(youngest)
        ),
    );
}
