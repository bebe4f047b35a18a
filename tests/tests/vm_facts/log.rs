//! The log of each load against the kernel's own (`/dev/kmsg`), and parameters against the command line.

use kmodtrace_tests::vm::facts::LogLine;
use kmodtrace_tests::vm::{Results, none_of};

use super::truth::{differ, labelled, output, own_modules};

/// A record of `/dev/kmsg` (`Documentation/ABI/testing/dev-kmsg`).
struct Record {
    level: &'static str,
    time_us: u64,
    text: String,
}

fn kmsg(results: &Results) -> Vec<Record> {
    const LEVELS: [&str; 8] = [
        "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
    ];
    let parse = |line: &str| -> Option<Record> {
        let (head, text) = line.split_once(';')?;
        let mut fields = head.split(',');
        let priority: usize = fields.next()?.parse().ok()?;
        let time_us = fields.nth(1)?.parse().ok()?;
        Some(Record {
            level: LEVELS[priority % 8],
            time_us,
            text: text.to_owned(),
        })
    };
    let text = results.text("kmsg");
    text.lines().filter_map(parse).collect()
}

fn is(record: &Record, line: &LogLine) -> bool {
    line.log_ns.map(|ns| ns / 1000) == Some(record.time_us)
        && line.level.as_deref() == Some(record.level)
        && line.text == record.text
}

/// Every line is one of the kernel's, with its level and time; and lines that name a module of the tests
/// are at a load of it.
pub(crate) fn the_log_is_the_kernels(results: &Results) {
    let records = kmsg(results);
    let output = output(results);
    /// What printing takes at most, before a record bears its time.
    const SLACK_NS: i64 = 20_000_000;
    let mut wrong = Vec::new();
    let mut lines = 0;
    let known = output.loads.iter().flat_map(|load| &load.log);
    let apart = known
        .filter_map(|line| Some(line.log_ns?.cast_signed() - line.time_ns.cast_signed()))
        .min()
        .unwrap_or(0);
    for load in &output.loads {
        for line in &load.log {
            lines += 1;
            if line.probable || !records.iter().any(|record| is(record, line)) {
                wrong.push(format!("{}: {line:?} is not in the log", load.label()));
            }
        }
    }
    for record in records
        .iter()
        .filter(|record| record.text.starts_with("kt_"))
    {
        let Some((module, _)) = record.text.split_once(':') else {
            continue;
        };
        let of_module = output.loads.iter();
        let mut of_module = of_module.filter(|load| load.module.as_deref() == Some(module));
        let first = of_module.clone().map(|load| load.start_ns).min();
        let there = of_module.any(|load| load.log.iter().any(|line| is(record, line)));
        // Other scripts of this guest may have loaded it before: what is older than the first load, by the
        // log's own clock.
        let at_ns = (record.time_us * 1000).cast_signed() - apart;
        let after = first.is_some_and(|first| at_ns + SLACK_NS >= first.cast_signed());
        if !there && after {
            wrong.push(format!("{:?} is at no load", record.text));
        }
    }
    none_of(&wrong);
    assert!(!own_modules(results) || lines > 5, "{lines} lines");
}

/// The clock of the log and ours differ by as much for every line, but for the time that printing takes.
pub(crate) fn the_logs_clock_keeps_its_distance(results: &Results) {
    const APART_NS: i64 = 20_000_000;
    let output = output(results);
    let lines = output.loads.iter().flat_map(|load| &load.log);
    let distance = |line: &LogLine| Some(line.log_ns?.cast_signed() - line.time_ns.cast_signed());
    let distances: Vec<_> = lines.filter_map(distance).collect();
    let (least, most) = (distances.iter().min(), distances.iter().max());
    let apart = most.zip(least).map(|(most, least)| most - least);
    if own_modules(results) {
        assert!(apart.expect("some lines") < APART_NS, "{distances:?}");
    }
}

/// Setters run in the order of the command line; an unknown parameter has none, a bad value is refused.
pub(crate) fn setters_are_the_command_lines(results: &Results) {
    let output = output(results);
    let mut wrong = Vec::new();
    let set = |label| {
        let load = labelled(results, &output, label);
        let params = load.param_setters.as_ref().expect("recorded");
        let inside = load.phase("params").is_some_and(|phase| {
            let total: u64 = params.iter().map(|param| param.duration_ns).sum();
            let end = phase.start_ns + phase.duration_ns;
            total <= phase.duration_ns
                && params
                    .iter()
                    .all(|param| phase.start_ns <= param.start_ns && param.start_ns <= end)
        });
        let told: Vec<_> = params
            .iter()
            .map(|param| (param.name.clone(), param.status))
            .collect();
        (told, inside)
    };
    let named = |names: &[(&str, i64)]| -> Vec<_> {
        let names = names.iter();
        names
            .map(|&(name, status)| (name.to_owned(), status))
            .collect()
    };
    if own_modules(results) {
        let (told, inside) = set("params");
        differ(
            &mut wrong,
            "params",
            "setters",
            &told,
            &named(&[("arr", 0), ("str", 0), ("num", 0)]),
        );
        differ(
            &mut wrong,
            "params",
            "inside of their phase",
            &inside,
            &true,
        );
        let (told, _) = set("badnumber");
        differ(
            &mut wrong,
            "badnumber",
            "setters",
            &told,
            &named(&[("num", -22)]),
        );
    }
    let (told, _) = set("badparam");
    differ(
        &mut wrong,
        "badparam",
        "setters",
        &told,
        &named(&[("numdummies", -22)]),
    );
    none_of(&wrong);
}
