//! An unload's line.

use std::borrow::Cow;

use serde::Serialize;

use super::{
    UNLOAD_SCHEMA,
    facts::{self, CallerObject, LogObject},
    load::{ResultObject, outcome},
    memory::{self, MemoryObject},
    text::Texts,
};
use crate::{
    explain::explain_unload,
    model::{Bounds, Held, Unload},
};

#[derive(Serialize)]
pub(super) struct UnloadLine<'u> {
    schema: &'static str,
    id: String,
    boot_id: &'u str,
    module: Option<Cow<'u, str>>,
    pid: u32,
    tid: u32,
    comm: Cow<'u, str>,
    parent_pid: Option<u32>,
    descendant: bool,
    flags: u32,
    result: ResultObject,
    start_ns: u64,
    total_ns: u64,
    phases: Vec<SpanObject>,
    unattributed_ns: u64,
    freed_bytes: u64,
    caller: CallerObject<'u>,
    memory: MemoryObject<'u>,
    held_by: Option<HeldObject<'u>>,
    log: Vec<LogObject<'u>>,
    cpu_start: u32,
    cpu_end: u32,
    lost_events: u64,
    complete: bool,
    redacted: bool,
    escaped: Vec<&'static str>,
}

#[derive(Serialize)]
struct SpanObject {
    name: String,
    covers: Vec<&'static str>,
    start_ns: u64,
    offset_ns: u64,
    duration_ns: u64,
    bounds: &'static str,
    from: String,
    to: String,
}

#[derive(Serialize)]
struct HeldObject<'u> {
    proc_modules: Option<Cow<'u, str>>,
    references: Option<u64>,
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
            result: outcome(&unload.outcome, None, explain_unload(unload)),
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
        from: format!("{} {}", span.begin.hook, span.begin.edge),
        to: format!("{} {}", span.end.hook, span.end.edge),
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
