//! What `killed` (`tests/guest/killed.c`) says of loads, beside what `report` says of them.

use super::{Load, Output, Results};

/// A system call by the clock of who made it, `CLOCK_MONOTONIC` in ns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Call {
    /// Before it.
    pub begin_ns: u64,
    /// After it.
    pub end_ns: u64,
    /// Which process.
    pub pid: u32,
}

/// The lines `load BEGIN END PID`. What the power cut off does not count.
#[must_use]
pub fn calls(said: &str) -> Vec<Call> {
    let whole = said.rfind('\n').map_or("", |end| &said[..end]);
    let call = |line: &str| {
        let mut words = line.strip_prefix("load ")?.split(' ');
        Some(Call {
            begin_ns: words.next()?.parse().ok()?,
            end_ns: words.next()?.parse().ok()?,
            pid: words.next()?.parse().ok()?,
        })
    };
    whole.lines().filter_map(call).collect()
}

/// The calls of which no load is told.
#[must_use]
pub fn missing<'c>(calls: &'c [Call], output: &Output) -> Vec<&'c Call> {
    let is_told = |call: &Call| {
        let within = |load: &Load| {
            let end = load.start_ns + load.total_ns;
            load.pid == call.pid && load.start_ns >= call.begin_ns && end <= call.end_ns
        };
        output.loads.iter().any(within)
    };
    calls.iter().filter(|call| !is_told(call)).collect()
}

/// How the recording of one round was read.
///
/// # Panics
/// When `report` failed for another reason than a last block that was not written to its end, or records that the
/// kernel had no room for; when it does not say of which loads those were, or there are many.
#[must_use]
pub fn readable(results: &Results, round: u64) -> Output {
    let output = results.output(&format!("{round}.json"));
    let code = results.number(&format!("{round}.status"));
    let said = results.text(&format!("{round}.err"));
    let losses = &output.summaries.last().expect("a summary")["losses"];
    let lost = ["segments", "records"].map(|kind| losses[kind].as_u64().expect("a number"));
    let lost = usize::try_from(lost[0] + lost[1]).expect("few");
    assert!(code == 0 || code == 5, "round {round}: {code}: {said}");
    assert!(
        code == 0 || lost > 0 || said.contains("what came at the end is lost"),
        "round {round}: {said}"
    );
    let incomplete = output.loads.iter().filter(|load| !load.complete).count();
    assert!(
        incomplete <= lost && lost * 100 <= output.loads.len(),
        "round {round}: {incomplete} of {} loads incomplete, {lost} records lost",
        output.loads.len()
    );
    output
}
