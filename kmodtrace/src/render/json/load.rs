//! A load's line.

mod objects;

#[cfg(feature = "schema")]
pub(in crate::render) use objects::LoadLine;
pub(in crate::render::json) use objects::*;

use std::borrow::Cow;

use serde::{Serializer, ser::SerializeMap as _};

use super::{
    LOAD_SCHEMA, facts, memory,
    text::{Address, Texts},
};
use crate::{
    catalogue::phase::Phase,
    event::{Iteration, Name},
    explain::{Card, Culprit, explain},
    model::{
        Anchor, Bounds, Call, CallValue, Contest, Load, Outcome, Overhead, PhaseSpan, Syscall,
    },
    render::{
        errno::errno_name,
        escape::json_text,
        facts::{offset_ns, syscall_name},
        flags::flag_names,
    },
};

impl<'l> From<&'l Load> for LoadLine<'l> {
    fn from(load: &'l Load) -> Self {
        let mut texts = Texts::default();
        let (fd, flags) = match load.syscall {
            Syscall::InitModule => (None, None),
            Syscall::FinitModule { fd, flags } => (Some(fd).filter(|&fd| fd >= 0), Some(flags)),
        };
        Self {
            schema: LOAD_SCHEMA,
            id: load.id.to_string(),
            boot_id: &load.boot_id,
            module: texts.known("module", load.module.as_ref()),
            pid: load.id.0.pid(),
            tid: load.id.0.tid(),
            comm: texts.text("comm", &load.comm),
            parent_pid: load.parent_pid,
            task_start_ns: load.task_start_ns,
            descendant: load.descendant,
            syscall: syscall_name(&load.syscall),
            flags,
            flag_names: flag_names(flags.unwrap_or(0)),
            fd,
            params: load
                .params
                .as_ref()
                .map(|params| texts.text("params", params)),
            params_truncated: load.params_truncated,
            file: texts.known("file", load.file.as_ref()),
            file_bytes: load.file_bytes,
            image_bytes: load.image_bytes,
            parent: load.parent.map(|parent| ParentObject {
                id: parent.id.to_string(),
                probable: parent.probable,
            }),
            retry_of: load.retry_of.map(|id| id.to_string()),
            contest: load.contest.as_ref().map(contest),
            iteration: load.iteration.map(iteration),
            result: result(load),
            start_ns: load.start_ns,
            total_ns: load.total_ns,
            phases: load.phases.iter().map(|span| phase(load, span)).collect(),
            unattributed_ns: load.unattributed_ns,
            inferred_ns: load.inferred_ns(),
            symbols: symbols(load, &mut texts),
            caller: facts::caller(&load.facts.caller, &mut texts),
            file_facts: facts::file(&load.facts.file, &mut texts),
            identity: facts::identity(&load.facts.identity, &mut texts),
            signature: load
                .facts
                .signature
                .as_ref()
                .map(|signature| facts::signature(signature, &mut texts)),
            sections: load
                .facts
                .sections
                .iter()
                .map(|section| memory::section(section, &mut texts))
                .collect(),
            memory: memory::memory(
                &load.facts.memory,
                &load.facts.sections,
                load.start_ns,
                &mut texts,
            ),
            relocations: load
                .facts
                .relocations
                .iter()
                .map(|relocation| facts::relocation(load, relocation, &mut texts))
                .collect(),
            exports: load.facts.exports.map(facts::exports),
            param_setters: load.facts.params.as_ref().map(|params| {
                params
                    .iter()
                    .map(|param| facts::named_call(load, "param_setters.name", param, &mut texts))
                    .collect()
            }),
            init: load
                .facts
                .init
                .as_ref()
                .map(|init| facts::init(init, &mut texts)),
            firmware: load
                .facts
                .firmware
                .iter()
                .map(|firmware| facts::named_call(load, "firmware.name", firmware, &mut texts))
                .collect(),
            registration: facts::registration(&load.facts, &mut texts),
            log: facts::log(&load.facts.log, load.start_ns, &mut texts),
            overhead: overhead(load.overhead),
            cpu_start: load.cpus.0,
            cpu_end: load.cpus.1,
            lost_events: load.lost_events,
            complete: load.complete,
            redacted: load.redacted,
            escaped: texts.escaped,
        }
    }
}

fn contest(contest: &Contest) -> ContestObject {
    ContestObject {
        with: contest.with.map(|id| id.to_string()),
        over: contest.over.name(),
        lost: contest.lost,
        waited_ns: contest.waited_ns,
        read_bytes: contest.read_bytes,
        allocated_bytes: contest.allocated_bytes,
    }
}

/// What tracing cost.
pub(super) fn overhead(overhead: Overhead) -> OverheadObject {
    let Overhead { hits, ns, measured } = overhead;
    OverheadObject { hits, ns, measured }
}

fn iteration(iteration: Iteration) -> IterationObject {
    let Iteration {
        side,
        round,
        warmup,
    } = iteration;
    IterationObject {
        side: side.name(),
        round,
        warmup,
    }
}

fn result(load: &Load) -> ResultObject {
    outcome(
        &load.outcome,
        load.failed_in().map(PhaseSpan::name),
        explain(load).as_ref(),
    )
}

/// How a load or unload ended.
pub(super) fn outcome(
    outcome: &Outcome,
    phase: Option<Cow<'static, str>>,
    card: Option<&Card>,
) -> ResultObject {
    let (errno, name) = match *outcome {
        Outcome::Returned(Ok(())) => (Some(0), Cow::Borrowed("OK")),
        Outcome::Returned(Err(errno)) => (Some(errno.0), Cow::Owned(errno_name(errno))),
        Outcome::Unknown => (None, Cow::Borrowed("UNKNOWN")),
        Outcome::TaskGone => (None, Cow::Borrowed("TASK_GONE")),
    };
    ResultObject {
        errno,
        name,
        phase,
        explanation: card.map(explanation),
    }
}

fn explanation(card: &Card) -> ExplanationObject {
    let text = |name: &Name| json_text(&name.0).0.into_owned();
    let provided = |culprit: &Culprit| {
        culprit.provider.as_ref().map(|module| ProviderObject {
            symbol: text(&culprit.name),
            module: text(module),
        })
    };
    ExplanationObject {
        cause: card.cause.key(),
        meaning: card.meaning,
        next: card.next,
        culprits: card
            .culprits
            .iter()
            .map(|culprit| text(&culprit.name))
            .collect(),
        providers: card.culprits.iter().filter_map(provided).collect(),
        certain: card.certain,
        call: card.call,
        unseen: card.unseen.clone(),
    }
}

fn phase<'l>(load: &Load, span: &'l PhaseSpan) -> PhaseObject<'l> {
    PhaseObject {
        name: span.name(),
        covers: &span.covers,
        start_ns: span.start_ns,
        offset_ns: offset_ns(load, span.start_ns),
        duration_ns: span.duration_ns,
        bounds: match span.bounds {
            Bounds::Measured => "measured",
            Bounds::Inferred => "inferred",
        },
        from: span.begin,
        to: span.end,
        calls: span
            .calls
            .iter()
            .map(|call| self::call(load, call))
            .collect(),
    }
}

/// Phases as their names.
fn covers<S: Serializer>(phases: &&[Phase], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(phases.iter().map(|phase| phase.name()))
}

/// A hook's hit as one string: `load_module entry`.
pub(super) fn anchor<S: Serializer>(anchor: &Anchor, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&[anchor.hook, " ", anchor.edge].concat())
}

fn call<'l>(load: &Load, call: &'l Call) -> CallObject<'l> {
    CallObject {
        name: call.name,
        start_ns: call.start_ns,
        offset_ns: offset_ns(load, call.start_ns),
        duration_ns: call.duration_ns,
        values: &call.values,
    }
}

fn symbols<'l>(load: &'l Load, texts: &mut Texts) -> SymbolsObject<'l> {
    let symbols = &load.symbols;
    let list = load.facts.symbols.as_ref();
    SymbolsObject {
        list: list.map(|list| {
            list.iter()
                .map(|symbol| facts::symbol(symbol, texts))
                .collect()
        }),
        count: symbols.count,
        total_ns: symbols.total_ns,
        longest_ns: symbols.longest_ns,
        longest: texts.known("symbols.longest", symbols.longest.as_ref()),
    }
}

/// Named values as one object, in the model's order.
fn values<S: Serializer>(
    values: &&[(&'static str, CallValue)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(values.len()))?;
    for (name, value) in *values {
        match value {
            CallValue::Address(value) => map.serialize_entry(name, &Address(*value))?,
            CallValue::Number(value) => map.serialize_entry(name, value)?,
            CallValue::Status(value) => map.serialize_entry(name, value)?,
        }
    }
    map.end()
}
