//! An unload's line.

use std::borrow::Cow;

use serde::Serialize;

use super::{
    UNLOAD_SCHEMA,
    facts::{self, CallerObject, LogObject},
    load::{ResultObject, anchor, outcome},
    memory::{self, MemoryObject},
    text::Texts,
};
use crate::{
    explain::explain_unload,
    model::{Anchor, Bounds, Held, Unload},
};

/// A module unload: one `delete_module(2)` call that has ended, or of which the task has.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render) struct UnloadLine<'u> {
    /// Kind and version of this object.
    #[cfg_attr(feature = "schema", schemars(extend("const" = UNLOAD_SCHEMA)))]
    schema: &'static str,
    /// Identity, unique within a boot: `<start_ns>.<tid>`.
    id: String,
    /// The boot: `/proc/sys/kernel/random/boot_id`.
    boot_id: &'u str,
    /// The module, as it was named.
    module: Option<Cow<'u, str>>,
    /// Process.
    pid: u32,
    /// Thread.
    tid: u32,
    /// Task name.
    comm: Cow<'u, str>,
    /// Parent process.
    parent_pid: Option<u32>,
    /// The task descends from the command of `-- CMD`.
    descendant: bool,
    /// Flags of the call: `O_NONBLOCK`, `O_TRUNC` for a forced one.
    flags: u32,
    /// How it ended; `phase` is null.
    result: ResultObject,
    /// When it began, ns of `CLOCK_MONOTONIC`.
    start_ns: u64,
    /// Entry to return, ns; up to the last event seen where there was no return.
    total_ns: u64,
    /// Its phases, in order of time, disjoint.
    phases: Vec<SpanObject>,
    /// Time in no phase, ns.
    unattributed_ns: u64,
    /// How much memory was freed.
    freed_bytes: u64,
    /// Who asked.
    caller: CallerObject<'u>,
    /// Where the module lies, and with which permissions.
    memory: MemoryObject<'u>,
    /// What holds the module, if the unload was refused.
    held_by: Option<HeldObject<'u>>,
    /// Lines that were written to the kernel's log meanwhile.
    log: Vec<LogObject<'u>>,
    /// CPU at entry.
    cpu_start: u32,
    /// CPU at return.
    cpu_end: u32,
    /// Records of it that were lost.
    lost_events: u64,
    /// Nothing of it was lost, both its ends were seen, and so were both ends of every call whose return is hooked.
    complete: bool,
    /// Addresses are not the kernel's: see `--redact`.
    redacted: bool,
    /// Fields that are not literal: `\xff` stands for a byte, `\\` for a backslash.
    escaped: Vec<&'static str>,
}

/// A phase of an unload, or several that cannot be told apart.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct SpanObject {
    /// `going`; `check+exit` for phases that cannot be told apart.
    name: Cow<'static, str>,
    /// The phases that it covers, at least one.
    covers: Vec<&'static str>,
    /// When it began, ns of `CLOCK_MONOTONIC`.
    start_ns: u64,
    /// When it began, ns after the entry of the system call.
    offset_ns: u64,
    /// How long it took, ns.
    duration_ns: u64,
    /// How exactly both ends are known.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["measured", "inferred"])))]
    bounds: &'static str,
    /// The probe at which it begins: hook and `entry`, `return` or `tracepoint`.
    #[serde(serialize_with = "anchor")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    from: Anchor,
    /// The probe at which it ends.
    #[serde(serialize_with = "anchor")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    to: Anchor,
}

/// What holds a module.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct HeldObject<'u> {
    /// Its line of `/proc/modules`.
    proc_modules: Option<Cow<'u, str>>,
    /// References, as that line tells.
    references: Option<u64>,
    /// Modules that use it.
    used_by: Vec<Cow<'u, str>>,
}

impl<'u> From<&'u Unload> for UnloadLine<'u> {
    fn from(unload: &'u Unload) -> Self {
        let mut texts = Texts::default();
        Self {
            schema: UNLOAD_SCHEMA,
            id: unload.id.to_string(),
            boot_id: &unload.boot_id,
            module: texts.known("module", unload.module.as_ref()),
            pid: unload.id.0.pid(),
            tid: unload.id.0.tid(),
            comm: texts.text("comm", &unload.comm),
            parent_pid: unload.parent_pid,
            descendant: unload.descendant,
            flags: unload.flags,
            result: outcome(&unload.outcome, None, explain_unload(unload).as_ref()),
            start_ns: unload.start_ns,
            total_ns: unload.total_ns,
            phases: spans(unload),
            unattributed_ns: unload.unattributed_ns,
            freed_bytes: unload.freed_bytes(),
            caller: facts::caller(&unload.caller, &mut texts),
            memory: memory::memory(&unload.memory, &[], unload.start_ns, &mut texts),
            held_by: unload
                .held_by
                .as_ref()
                .map(|held| self::held(held, &mut texts)),
            log: facts::log(&unload.log, unload.start_ns, &mut texts),
            cpu_start: unload.cpus.0,
            cpu_end: unload.cpus.1,
            lost_events: unload.lost_events,
            complete: unload.complete,
            redacted: unload.redacted,
            escaped: texts.escaped,
        }
    }
}

fn spans(unload: &Unload) -> Vec<SpanObject> {
    let spans = unload.phases.iter().map(|span| SpanObject {
        name: span.name(),
        covers: span.covers.iter().map(|phase| phase.name()).collect(),
        start_ns: span.start_ns,
        offset_ns: span.start_ns.saturating_sub(unload.start_ns),
        duration_ns: span.duration_ns,
        bounds: match span.bounds {
            Bounds::Measured => "measured",
            Bounds::Inferred => "inferred",
        },
        from: span.begin,
        to: span.end,
    });
    spans.collect()
}

fn held<'u>(held: &'u Held, texts: &mut Texts) -> HeldObject<'u> {
    HeldObject {
        proc_modules: texts.known("held_by.proc_modules", held.line.as_ref()),
        references: held.references,
        used_by: facts::list("held_by.used_by", &held.used_by, texts),
    }
}
