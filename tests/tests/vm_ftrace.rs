//! kmodtrace next to the kernel's function graph tracer (`tests/guest/ftrace.sh`), which uses the same
//! clock: every time that a ledger names lies in its function's window, and both saw the same calls.

use std::collections::{BTreeMap, BTreeSet};

use kmodtrace_tests::per_kernel;
use kmodtrace_tests::vm::graph::{Window, windows};
use kmodtrace_tests::vm::{Load, Results, none_of};

per_kernel!(
    "ftrace",
    [
        v5_10 = "5.10",
        v6_1 = "6.1",
        v6_12 = "6.12",
        v6_18 = "6.18",
        newest = "newest",
    ],
    [
        sums_are_exact,
        times_lie_in_their_functions_windows,
        order_is_the_same,
        both_saw_the_same_functions,
    ]
);

/// How far outside its function's window a hook's time may be, and how far it may be from the entry or
/// return that it stands for, ns. Which of the two tracers is called first is the kernel's choice.
const NEAR: u64 = 200_000;
/// How many of a hundred times must be that near, and lie in their windows; of a guest on a busy host, the clock goes
/// on between the two tracers while the guest does not.
const MOST: usize = 95;
/// How much two times of the trace may seem to be apart that are not, as it tells whole microseconds, ns.
const ROUNDING: u64 = 2000;

/// A time that a ledger names.
#[derive(Debug)]
struct Mark {
    hook: String,
    edge: String,
    time_ns: u64,
}

fn sums_are_exact(results: &Results) {
    none_of(&results.output("ftrace.json").wrong());
}

/// Hook to symbol, for the hooks whose function could be traced.
fn hooks(results: &Results) -> BTreeMap<String, String> {
    let rows = results.table("hooks.tsv");
    rows.iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect()
}

/// Every time that a load's ledger names.
fn marks(load: &Load) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut add = |anchor: &str, time_ns| {
        let (hook, edge) = anchor.split_once(' ').expect("hook and edge");
        marks.push(Mark {
            hook: hook.to_owned(),
            edge: edge.to_owned(),
            time_ns,
        });
    };
    for phase in &load.phases {
        add(&phase.from, phase.start_ns);
        add(&phase.to, phase.start_ns + phase.duration_ns);
        for call in &phase.calls {
            add(&format!("{} entry", call.name), call.start_ns);
            if let Some(duration) = call.duration_ns {
                add(&format!("{} return", call.name), call.start_ns + duration);
            }
        }
    }
    // The hook on the tracepoint is listed with the function that it ends.
    for mark in &mut marks {
        if mark.hook == "initcall_finish" {
            mark.edge = "tracepoint".to_owned();
        }
    }
    marks.sort_by_key(|mark| mark.time_ns);
    marks.dedup_by(|a, b| (&a.hook, &a.edge, a.time_ns) == (&b.hook, &b.edge, b.time_ns));
    marks
}

/// The traced calls of a load's thread while it was loading.
fn calls(load: &Load, windows: &[Window]) -> Vec<Window> {
    let during =
        |w: &&Window| w.tid == load.tid && w.start_ns <= load.end_ns() && load.start_ns <= w.end_ns;
    windows.iter().filter(during).cloned().collect()
}

/// The loads that the script notes; those before them are for warming up.
fn loads(results: &Results) -> Vec<Load> {
    let truth = results.truth();
    let mut loads = results.output("ftrace.json").loads;
    loads.retain(|load| truth.iter().any(|truth| truth.pid == load.pid));
    assert!(loads.len() > 1, "{} loads", loads.len());
    assert!(loads.iter().all(Load::succeeded));
    loads
}

/// The entry or return that a mark stands for.
fn edge(mark: &Mark, window: &Window) -> u64 {
    match mark.edge.as_str() {
        "entry" => window.start_ns,
        _ => window.end_ns,
    }
}

/// A load's marks, each with its call of the traced function: the one of the same turn where both saw
/// as many, else the one whose edge is nearest (calls that follow each other closely are mixed up by
/// nearness alone, when the guest's clock goes on between the two tracers).
fn matched(
    load: &Load,
    calls: &[Window],
    hooks: &BTreeMap<String, String>,
) -> Vec<(Mark, Option<Window>)> {
    let marks = marks(load);
    let alike = |a: &Mark, b: &Mark| a.hook == b.hook && a.edge == b.edge;
    let turn = |at: usize| marks[..at].iter().filter(|m| alike(m, &marks[at])).count();
    let window = |at: usize| {
        let mark = &marks[at];
        let symbol = hooks.get(&mark.hook)?;
        let mut same: Vec<_> = calls.iter().filter(|w| &w.function == symbol).collect();
        same.sort_by_key(|w| edge(mark, w));
        if same.len() == marks.iter().filter(|m| alike(m, mark)).count() {
            return same.get(turn(at)).copied().cloned();
        }
        let near = |w: &&&Window| edge(mark, w).abs_diff(mark.time_ns);
        same.iter().min_by_key(near).copied().cloned()
    };
    let windows: Vec<_> = (0..marks.len()).map(window).collect();
    marks.into_iter().zip(windows).collect()
}

fn times_lie_in_their_functions_windows(results: &Results) {
    let hooks = hooks(results);
    let all = windows(&results.text("graph"));
    let (mut wrong, mut far, mut distances) = (Vec::new(), Vec::new(), Vec::new());
    for load in loads(results) {
        for (mark, window) in matched(&load, &calls(&load, &all), &hooks) {
            let (label, hook) = (load.label(), &mark.hook);
            let Some(window) = window else {
                wrong.push(format!("{label}: {hook} was not called"));
                continue;
            };
            distances.push(edge(&mark, &window).abs_diff(mark.time_ns));
            let inside =
                window.start_ns <= mark.time_ns + NEAR && mark.time_ns <= window.end_ns + NEAR;
            if !inside {
                far.push(format!(
                    "{label}: {hook} {} at {} ns, {} from {} to {} ns",
                    mark.edge, mark.time_ns, window.function, window.start_ns, window.end_ns
                ));
            }
        }
    }
    distances.sort_unstable();
    let near = distances.iter().filter(|&&ns| ns <= NEAR).count();
    let median = distances.get(distances.len() / 2).copied().unwrap_or(0);
    let farthest = distances.last().copied().unwrap_or(0);
    results.keep_figures(
        "times",
        &format!(
            "{} times, half within {} µs of the trace, {near} within {} µs, all within {} µs",
            distances.len(),
            median / 1000,
            NEAR / 1000,
            farthest / 1000
        ),
    );
    if near * 100 < distances.len() * MOST {
        wrong.push(format!("only {near} of {} are near", distances.len()));
    }
    if far.len() * 100 > distances.len() * (100 - MOST) {
        wrong.extend(far);
    }
    none_of(&wrong);
}

fn order_is_the_same(results: &Results) {
    let hooks = hooks(results);
    let all = windows(&results.text("graph"));
    let mut wrong = Vec::new();
    for load in loads(results) {
        let mut before: Option<(Mark, u64)> = None;
        for (mark, window) in matched(&load, &calls(&load, &all), &hooks) {
            let Some(window) = window else { continue };
            let time = edge(&mark, &window);
            if let Some((other, at)) = &before
                && time + ROUNDING < *at
            {
                wrong.push(format!(
                    "{}: {} {} comes after {} {}, not in the trace",
                    load.label(),
                    mark.hook,
                    mark.edge,
                    other.hook,
                    other.edge
                ));
            }
            before = Some((mark, time));
        }
    }
    none_of(&wrong);
}

fn both_saw_the_same_functions(results: &Results) {
    let hooks = hooks(results);
    let all = windows(&results.text("graph"));
    let mut wrong = Vec::new();
    for load in &loads(results) {
        let calls = calls(load, &all);
        // What the init function calls belongs to init, whatever it is.
        let init = calls.iter().find(|w| w.function == "do_one_initcall");
        let in_init = |w: &&Window| {
            init.is_some_and(|init| init.start_ns < w.start_ns && w.end_ns <= init.end_ns)
        };
        let traced: BTreeSet<&String> = calls
            .iter()
            .filter(|w| !in_init(w))
            .map(|w| &w.function)
            .collect();
        let marked: BTreeSet<&String> = marks(load)
            .iter()
            .filter_map(|mark| hooks.get(&mark.hook))
            .collect();
        for symbol in marked.difference(&traced) {
            wrong.push(format!("{}: {symbol} only in the ledger", load.label()));
        }
        // Of all frees and notifications only the module's own ones are marked.
        let shared = ["vfree", "blocking_notifier_call_chain"];
        for symbol in traced.difference(&marked) {
            if !shared.contains(&symbol.as_str()) {
                wrong.push(format!("{}: {symbol} only in the trace", load.label()));
            }
        }
        let resolved = calls
            .iter()
            .filter(|w| Some(&w.function) == hooks.get("resolve_symbol"))
            .count();
        if load.symbols.count != resolved as u64 {
            wrong.push(format!(
                "{}: {} symbols, {resolved} in the trace",
                load.label(),
                load.symbols.count
            ));
        }
    }
    none_of(&wrong);
}
