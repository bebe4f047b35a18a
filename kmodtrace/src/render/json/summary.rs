//! The summary's line.

use std::borrow::Cow;

use serde::Serialize;

use super::{SUMMARY_SCHEMA, text::Texts};
use crate::{
    model::{LoadId, Summary, Unfinished},
    render::mark::{hook_name, last_mark},
};

#[derive(Serialize)]
pub(super) struct SummaryLine<'s> {
    schema: &'static str,
    loads: u64,
    passed_over: u64,
    by_command: Option<u64>,
    failed: u64,
    incomplete: u64,
    unloads: u64,
    failed_unloads: u64,
    total_ns: u64,
    unattributed_ns: u64,
    inferred_ns: u64,
    phases: Vec<PhaseTotal>,
    losses: LossesObject,
    anomalies: u64,
    in_flight: Vec<InFlightObject<'s>>,
    command_exit: Option<i32>,
}

#[derive(Serialize)]
struct PhaseTotal {
    name: &'static str,
    duration_ns: u64,
}

#[derive(Serialize)]
struct LossesObject {
    segments: u64,
    records: u64,
    untracked_loads: u64,
    sent: u64,
    received: u64,
}

#[derive(Serialize)]
struct InFlightObject<'s> {
    id: String,
    module: Option<Cow<'s, str>>,
    file: Option<Cow<'s, str>>,
    pid: u32,
    tid: u32,
    comm: Cow<'s, str>,
    syscall: String,
    start_ns: u64,
    seen_ns: u64,
    phase: Option<&'s str>,
    last: Option<LastObject>,
    escaped: Vec<&'static str>,
}

#[derive(Serialize)]
struct LastObject {
    hook: String,
    edge: &'static str,
    time_ns: u64,
}

impl<'s> From<&'s Summary> for SummaryLine<'s> {
    fn from(summary: &'s Summary) -> Self {
        let phases = summary.phases.iter();
        Self {
            schema: SUMMARY_SCHEMA,
            loads: summary.loads,
            passed_over: summary.passed_over,
            by_command: summary.by_command,
            failed: summary.failed,
            incomplete: summary.incomplete,
            unloads: summary.unloads,
            failed_unloads: summary.failed_unloads,
            total_ns: summary.total_ns,
            unattributed_ns: summary.unattributed_ns,
            inferred_ns: summary.inferred_ns,
            phases: phases
                .map(|(phase, &duration_ns)| PhaseTotal {
                    name: phase.name(),
                    duration_ns,
                })
                .collect(),
            losses: LossesObject {
                segments: summary.losses.segments,
                records: summary.losses.records,
                untracked_loads: summary.losses.untracked,
                sent: summary.losses.sent,
                received: summary.received,
            },
            anomalies: summary.anomalies,
            in_flight: summary.in_flight.iter().map(in_flight).collect(),
            command_exit: summary.command,
        }
    }
}

fn in_flight(unfinished: &Unfinished) -> InFlightObject<'_> {
    let load = &unfinished.load;
    let mut texts = Texts::default();
    let syscall = hook_name(u16::try_from(load.syscall).unwrap_or(u16::MAX));
    InFlightObject {
        id: LoadId(load.key).to_string(),
        module: texts.known("module", Some(&load.module)),
        file: texts.known("file", Some(&load.file)),
        pid: load.key.pid(),
        tid: load.key.tid(),
        comm: texts.text("comm", &load.comm),
        // The catalogue calls it by the kernel's entry point.
        syscall: syscall.trim_start_matches("sys_").to_owned(),
        start_ns: load.key.start_ns,
        seen_ns: load.seen_ns,
        phase: unfinished.phase.as_deref(),
        last: last_mark(load).map(|(hook, edge, time_ns)| LastObject {
            hook,
            edge,
            time_ns,
        }),
        escaped: texts.escaped,
    }
}
