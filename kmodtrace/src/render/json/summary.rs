//! The summary's line.

use std::borrow::Cow;

use serde::Serialize;

use super::{
    SUMMARY_SCHEMA,
    facts::list,
    load::{OverheadObject, overhead},
    text::Texts,
};
use crate::{
    event::{Name, ProgramStatistics},
    model::{Errno, Failing, LoadId, Summary, Unfinished},
    render::{
        errno::errno_name,
        mark::{hook_name, last_mark},
    },
};

/// The end of a run: the last line.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render) struct SummaryLine<'s> {
    /// Kind and version of this object.
    #[cfg_attr(feature = "schema", schemars(extend("const" = SUMMARY_SCHEMA)))]
    schema: &'static str,
    /// Loads printed.
    loads: u64,
    /// Loads seen and not printed.
    passed_over: u64,
    /// Loads by the command of `-- CMD` or its descendants, printed or not; null without a command, and where descent cannot be told.
    by_command: Option<u64>,
    /// Of the printed loads, those that failed.
    failed: u64,
    /// Of the printed loads, those of which something was lost.
    incomplete: u64,
    /// Unloads printed.
    unloads: u64,
    /// Of these, those that failed.
    failed_unloads: u64,
    /// Time of the printed loads together, ns; children are part of their parents.
    total_ns: u64,
    /// Time in no phase, ns.
    unattributed_ns: u64,
    /// Of that in inferred phases, ns.
    inferred_ns: u64,
    /// Time by phase, in kernel order.
    phases: Vec<PhaseTotal>,
    /// What the kernel could not deliver, of all loads.
    losses: LossesObject,
    /// What tracing cost the printed loads.
    overhead: OverheadObject,
    /// What the eBPF programs cost in all, in loads and elsewhere, while the kernel kept times of them (`sysctl
    /// kernel.bpf_stats_enabled`); null where it did not, and without the end of a run.
    programs: Option<Vec<ProgramObject<'s>>>,
    /// Events that fit nowhere.
    anomalies: u64,
    /// Of the printed loads, those that lost against another one of the same module or file.
    lost: LostObject,
    /// Modules that failed to load more than once, the most expensive first; lost loads do not count.
    repeated_failures: Vec<FailingObject<'s>>,
    /// Modules that were being loaded or unloaded when tracing began: of that nothing was seen.
    under_way_before: Vec<Cow<'s, str>>,
    /// Loads that had not ended.
    in_flight: Vec<InFlightObject<'s>>,
    /// Exit code of `-- CMD`; 128 + N after signal N.
    command_exit: Option<i32>,
    /// Fields that are not literal: `\xff` stands for a byte, `\\` for a backslash.
    escaped: Vec<&'static str>,
}

/// Time in one phase.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct PhaseTotal {
    /// The phase.
    name: &'static str,
    /// Time in it, ns.
    duration_ns: u64,
}

/// Loads that lost against others.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct LostObject {
    /// How many.
    loads: u64,
    /// Time that they waited, ns.
    waited_ns: u64,
    /// Read in vain, bytes.
    read_bytes: u64,
    /// Module memory allocated in vain, bytes.
    allocated_bytes: u64,
}

/// A module that failed to load more than once.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct FailingObject<'s> {
    /// Its name; that of the file where the loads did not come so far as to know it.
    name: Cow<'s, str>,
    /// How many loads failed.
    loads: u64,
    /// Their time together, ns.
    total_ns: u64,
    /// Their errors by name.
    errors: Vec<String>,
    /// Names of tasks that asked, at most four.
    comms: Vec<Cow<'s, str>>,
    /// Fields that are not literal: `\xff` stands for a byte, `\\` for a backslash.
    escaped: Vec<&'static str>,
}

/// What the kernel could not deliver.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct LossesObject {
    /// Parts of loads.
    segments: u64,
    /// Other records.
    records: u64,
    /// Loads that were not followed: too many at once.
    untracked_loads: u64,
    /// Records that were delivered.
    sent: u64,
    /// Records that came in.
    received: u64,
    /// Hits of probes that the kernel passed over, in loads and elsewhere, because a program was running already on that
    /// CPU, as far as it counts them: of trampolines since Linux 5.12, of kprobes since 6.7. Null where it counts none, and
    /// without the end of a run.
    missed_hits: Option<u64>,
}

/// What an eBPF program cost.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct ProgramObject<'s> {
    /// Its name; the kernel's tools show 15 bytes of it.
    name: &'s str,
    /// How often it ran, in loads and elsewhere.
    runs: u64,
    /// How long it ran, ns.
    ns: u64,
    /// How often it was passed over.
    missed: u64,
}

/// A load that had not ended.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct InFlightObject<'s> {
    /// Identity, unique within a boot: `<start_ns>.<tid>`.
    id: String,
    /// Its module, if that was known.
    module: Option<Cow<'s, str>>,
    /// Its file, if that was known.
    file: Option<Cow<'s, str>>,
    /// Process.
    pid: u32,
    /// Thread.
    tid: u32,
    /// Task name.
    comm: Cow<'s, str>,
    /// The system call.
    syscall: String,
    /// When it began, ns of `CLOCK_MONOTONIC`.
    start_ns: u64,
    /// When it was looked at, ns of `CLOCK_MONOTONIC`.
    seen_ns: u64,
    /// The phase that it was in.
    phase: Option<&'s str>,
    /// The last probe hit.
    last: Option<LastObject>,
    /// Fields that are not literal: `\xff` stands for a byte, `\\` for a backslash.
    escaped: Vec<&'static str>,
}

/// A probe hit.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct LastObject {
    /// The hook.
    hook: String,
    /// `entry`, `return` or `tracepoint`.
    edge: &'static str,
    /// When, ns of `CLOCK_MONOTONIC`.
    time_ns: u64,
}

impl<'s> From<&'s Summary> for SummaryLine<'s> {
    fn from(summary: &'s Summary) -> Self {
        let phases = summary.phases.iter();
        let mut texts = Texts::default();
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
                missed_hits: summary.programs.as_ref().and_then(|all| all.missed),
            },
            overhead: overhead(summary.overhead),
            programs: summary.programs.as_ref().and_then(programs),
            anomalies: summary.anomalies,
            lost: LostObject {
                loads: summary.lost.loads,
                waited_ns: summary.lost.waited_ns,
                read_bytes: summary.lost.read_bytes,
                allocated_bytes: summary.lost.allocated_bytes,
            },
            repeated_failures: summary
                .repeated()
                .into_iter()
                .map(|(name, failing)| self::failing(name, failing))
                .collect(),
            under_way_before: list("under_way_before", &summary.under_way, &mut texts),
            in_flight: summary.in_flight.iter().map(in_flight).collect(),
            command_exit: summary.command,
            escaped: texts.escaped,
        }
    }
}

fn programs(all: &ProgramStatistics) -> Option<Vec<ProgramObject<'_>>> {
    let each = all.programs.iter().map(|(name, of_it)| ProgramObject {
        name,
        runs: of_it.runs,
        ns: of_it.run_ns,
        missed: of_it.missed,
    });
    all.timed.then(|| each.collect())
}

fn failing<'s>(name: &'s Name, failing: &'s Failing) -> FailingObject<'s> {
    let mut texts = Texts::default();
    FailingObject {
        name: texts.text("name", name),
        loads: failing.loads,
        total_ns: failing.total_ns,
        errors: failing
            .errnos
            .iter()
            .map(|&errno| errno_name(Errno(errno)))
            .collect(),
        comms: failing
            .comms
            .iter()
            .map(|comm| texts.text("comms", comm))
            .collect(),
        escaped: texts.escaped,
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
