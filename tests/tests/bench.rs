//! What a benchmark says of loads made by hand.

use kmodtrace::{
    catalogue::phase::Phase,
    event::{Benchmark, Contender, Given, Iteration, LoadKey, Name, Session, Side, Timing, When},
    model::{Bounds, FileFacts, Load, LoadId, PhaseSpan, Summary},
    render::{BenchReport, Renderer as _, Style},
};
use kmodtrace_tests::schemas::Schemas;
use serde_json::Value;
use std::collections::BTreeMap;

#[path = "render/loads.rs"]
#[expect(dead_code, reason = "the tests of renderers have the rest")]
mod loads;

const MS: u64 = 1_000_000;

fn name(text: &str) -> Name {
    Name(text.as_bytes().to_vec())
}

fn contender(side: Side) -> Contender {
    Contender {
        side,
        module: name("nf_conntrack"),
        file: name("/tmp/nf_conntrack.ko"),
        given: Given::File,
    }
}

fn benchmark(rounds: u32, sides: &[Side]) -> Benchmark {
    Benchmark {
        contenders: sides.iter().map(|&side| contender(side)).collect(),
        rounds,
        warmup: 1,
        untraced: 2,
        params: name(""),
        prepare: None,
        drop_caches: false,
        seed: 7,
        dependencies: vec![name("nf_defrag_ipv4")],
    }
}

fn iteration(side: Side, round: u32) -> Iteration {
    Iteration {
        side,
        round,
        warmup: false,
    }
}

fn span(phase: Phase, start_ns: u64, duration_ns: u64, like: &PhaseSpan) -> PhaseSpan {
    PhaseSpan {
        covers: vec![phase],
        start_ns,
        duration_ns,
        bounds: Bounds::Measured,
        calls: Vec::new(),
        ..like.clone()
    }
}

/// A load that reads for so long and runs its init function for so long, ns.
fn load(iteration: Iteration, read: u64, init: u64) -> Load {
    let mut load = loads::success();
    let start_ns = u64::from(iteration.round) * 1000 * MS;
    load.id = LoadId(LoadKey {
        start_ns,
        ..load.id.0
    });
    let like = load.phases[0].clone();
    load.start_ns = start_ns;
    load.phases = vec![
        span(Phase::Read, start_ns, read, &like),
        span(Phase::Init, start_ns + read, init, &like),
    ];
    load.total_ns = read + init + 5;
    load.unattributed_ns = 5;
    load.iteration = Some(iteration);
    load.complete = true;
    load.facts.file = FileFacts {
        cached_pages: Some(1000),
        ..FileFacts::default()
    };
    load.file_bytes = Some(831_488);
    load
}

fn timing(iteration: Iteration, when: When, elapsed_ns: u64, runnable_ns: u64) -> Timing {
    Timing {
        iteration,
        when,
        elapsed_ns,
        cpu_ns: elapsed_ns - runnable_ns,
        runnable_ns: Some(runnable_ns),
    }
}

/// A renderer that has been told of a benchmark and of loads that take 1 ms to read and about 2 ms to run.
fn report(json: bool, change: impl Fn(u32, &mut Load, &mut Timing)) -> String {
    let mut out = Vec::new();
    let mut report = BenchReport::new(json, Style::default());
    let session = Session {
        release: "6.12.0".into(),
        ..Session::default()
    };
    report
        .session(&session, &mut out)
        .expect("a Vec takes everything");
    report
        .benchmark(&benchmark(11, &[Side::A]), &mut out)
        .expect("a Vec takes everything");
    for round in 1..=11 {
        let iteration = iteration(Side::A, round);
        let mut load = load(iteration, MS, 2 * MS + u64::from(round) * 1000);
        let mut traced = timing(iteration, When::Traced, load.total_ns + 2000, 0);
        change(round, &mut load, &mut traced);
        report
            .load(&load, &mut out)
            .expect("a Vec takes everything");
        report
            .timing(&traced, &mut out)
            .expect("a Vec takes everything");
    }
    for (when, round) in [
        (When::Before, 1),
        (When::Before, 2),
        (When::After, 1),
        (When::After, 2),
    ] {
        let timing = timing(
            iteration(Side::A, round),
            when,
            2_900_000 + u64::from(round),
            0,
        );
        report
            .timing(&timing, &mut out)
            .expect("a Vec takes everything");
    }
    report
        .summary(&Summary::default(), &mut out)
        .expect("a Vec takes everything");
    String::from_utf8(out).expect("UTF-8")
}

fn json(change: impl Fn(u32, &mut Load, &mut Timing)) -> Value {
    let text = report(true, change);
    let mut counts = BTreeMap::new();
    Schemas::published().check(text.as_bytes(), &mut counts);
    assert_eq!(counts["kmodtrace.bench/1"], 1);
    serde_json::from_str(&text).expect("there")
}

/// Makes one load longer by 9 ms, all of it in one phase.
fn prolong(load: &mut Load, timing: &mut Timing, phase: usize) {
    load.phases[phase].duration_ns += 9 * MS;
    load.total_ns += 9 * MS;
    timing.elapsed_ns += 9 * MS;
    timing.cpu_ns += 9 * MS;
}

#[test]
fn medians_and_shares() {
    let said = json(|_, _, _| {});
    let side = &said["sides"][0];
    assert_eq!(side["loads"], 11);
    assert_eq!(side["total"]["median_ns"], 3_006_005);
    assert_eq!(side["total"]["mad_ns"], 3000);
    // Between the tenth and the eleventh.
    assert_eq!(side["total"]["p95_ns"], 3_010_505);
    assert_eq!(side["phases"][0]["name"], "read");
    assert_eq!(side["phases"][1]["median_ns"], 2_006_000);
    let shares = side["phases"].as_array().expect("there").iter();
    let shares: f64 = shares
        .map(|phase| phase["share"].as_f64().expect("there"))
        .sum();
    assert!((0.9999..1.0).contains(&shares), "{shares}");
    assert_eq!(side["unattributed"]["median_ns"], 5);
    assert_eq!(side["outliers"], serde_json::json!([]));
}

#[test]
fn the_cost_of_the_tracer_is_the_difference() {
    let cost = &json(|_, _, _| {})["sides"][0]["cost"];
    assert_eq!(
        (&cost["traced_ns"], &cost["traced_loads"]),
        (&3_008_005.into(), &11.into())
    );
    assert_eq!(cost["untraced_loads"], 4);
    let (low, high) = (
        cost["low_ns"].as_i64().expect("there"),
        cost["high_ns"].as_i64().expect("there"),
    );
    let difference = cost["difference_ns"].as_i64().expect("there");
    assert!(low <= difference && difference <= high, "{cost}");
}

#[test]
fn causes_are_told_where_something_supports_them() {
    let cause = |change: &dyn Fn(&mut Load, &mut Timing)| {
        let said = json(|round, load, timing| {
            if round == 5 {
                change(load, timing);
            }
        });
        let outliers = said["sides"][0]["outliers"].clone();
        assert_eq!(outliers.as_array().expect("there").len(), 1, "{outliers}");
        assert_eq!(outliers[0]["round"], 5);
        assert!(
            outliers[0]["excess_ns"]
                .as_u64()
                .expect("there")
                .abs_diff(9 * MS)
                < 10_000
        );
        let phase = outliers[0]["phase"].as_str().expect("there").to_owned();
        (
            phase,
            outliers[0]["cause"].as_str().expect("there").to_owned(),
        )
    };
    let told = |phase: &str, cause: &str| (phase.to_owned(), cause.to_owned());
    assert_eq!(
        cause(&|load, timing| prolong(load, timing, 1)),
        told("init", "unknown")
    );
    let cold = |load: &mut Load, timing: &mut Timing| {
        prolong(load, timing, 0);
        load.facts.file.cached_pages = Some(3);
    };
    assert_eq!(cause(&cold), told("read", "page_cache"));
    // Cold, but it is init that took longer.
    let elsewhere = |load: &mut Load, timing: &mut Timing| {
        prolong(load, timing, 1);
        load.facts.file.cached_pages = Some(3);
    };
    assert_eq!(cause(&elsewhere), told("init", "unknown"));
    let waited = |load: &mut Load, timing: &mut Timing| {
        prolong(load, timing, 1);
        timing.cpu_ns -= 8 * MS;
        timing.runnable_ns = Some(8 * MS);
    };
    assert_eq!(cause(&waited), told("init", "waited_for_cpu"));
    let blocked = |load: &mut Load, timing: &mut Timing| {
        prolong(load, timing, 1);
        timing.cpu_ns -= 8 * MS;
    };
    assert_eq!(cause(&blocked), told("init", "blocked"));
    // Kernels that do not tell who waited for a CPU leave that open.
    let silent = |load: &mut Load, timing: &mut Timing| {
        blocked(load, timing);
        timing.runnable_ns = None;
    };
    assert_eq!(cause(&silent), told("init", "unknown"));
}

#[test]
fn loads_that_do_not_count_are_counted() {
    let said = json(|round, load, _| match round {
        2 => load.complete = false,
        3 => {
            load.iteration = Some(Iteration {
                warmup: true,
                ..load.iteration.expect("there")
            });
        }
        4 => load.iteration = None,
        _ => {}
    });
    let side = &said["sides"][0];
    assert_eq!(side["loads"], 8);
    assert_eq!(
        side["left_out"],
        serde_json::json!([{"why": "incomplete", "loads": 1}])
    );
}

#[test]
fn a_first_load_that_nothing_warmed_up() {
    let mut out = Vec::new();
    let mut report = BenchReport::new(true, Style::default());
    let cold = Benchmark {
        warmup: 0,
        ..benchmark(11, &[Side::A])
    };
    report
        .benchmark(&cold, &mut out)
        .expect("a Vec takes everything");
    for round in 1..=11 {
        let extra = if round == 1 { 9 * MS } else { 0 };
        let load = load(
            iteration(Side::A, round),
            MS,
            MS + extra + u64::from(round) * 1000,
        );
        report
            .load(&load, &mut out)
            .expect("a Vec takes everything");
    }
    report
        .summary(&Summary::default(), &mut out)
        .expect("a Vec takes everything");
    let said: Value = serde_json::from_slice(&out).expect("a Vec takes everything");
    let side = &said["sides"][0];
    assert_eq!(side["outliers"][0]["cause"], "first_load");
    assert_eq!(side["cost"], Value::Null);
}

#[test]
fn text() {
    let text = report(false, |round, load, timing| {
        if round == 9 {
            prolong(load, timing, 1);
        }
    });
    insta::assert_snapshot!("bench", text);
    assert!(text.lines().all(|line| line.chars().count() <= 80));
}

/// Thirty rounds of two modules: A runs its init function longer by that, ns.
fn against(json: bool, longer: u64) -> String {
    let mut out = Vec::new();
    let mut report = BenchReport::new(json, Style::default());
    report
        .session(&Session::default(), &mut out)
        .expect("a Vec takes everything");
    let two = benchmark(30, &[Side::A, Side::B]);
    report
        .benchmark(&two, &mut out)
        .expect("a Vec takes everything");
    for round in 1..=30 {
        for (side, more) in [(Side::A, longer), (Side::B, 0)] {
            // Noise of 40 µs that has nothing to do with the side.
            let place = u64::from(round) * 2 + u64::from(side == Side::A);
            let noise = place * 7919 % 41 * 1000;
            let mut load = load(iteration(side, round), MS, 2 * MS + noise + more);
            load.start_ns += place * MS;
            load.id.0.start_ns = load.start_ns;
            report
                .load(&load, &mut out)
                .expect("a Vec takes everything");
        }
    }
    report
        .summary(&Summary::default(), &mut out)
        .expect("a Vec takes everything");
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn two_modules_are_compared() {
    for (longer, expected) in [(0, "no_clear_change"), (MS / 2, "slower")] {
        let text = against(true, longer);
        Schemas::published().check(text.as_bytes(), &mut BTreeMap::new());
        let lines: Vec<Value> = text
            .lines()
            .map(|it| serde_json::from_str(it).expect("there"))
            .collect();
        assert_eq!(lines.len(), 2);
        let sides = lines[0]["sides"].as_array().expect("there");
        assert_eq!(
            (&sides[0]["side"], &sides[1]["side"]),
            (&"A".into(), &"B".into())
        );
        let module = &lines[1]["modules"][0];
        assert_eq!(module["verdict"], expected, "{module}");
        let rows = module["rows"].as_array().expect("there");
        let init = rows
            .iter()
            .find(|row| row["name"] == "init")
            .expect("there");
        assert_eq!(init["verdict"], expected, "{init}");
    }
    let text = against(false, MS / 2);
    assert!(
        text.contains("A  nf_conntrack") && text.contains("B  nf_conntrack"),
        "{text}"
    );
    assert!(text.contains("slower") && text.contains("init"), "{text}");
}
