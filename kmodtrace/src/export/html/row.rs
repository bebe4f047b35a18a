//! What the timeline and the tables need of a load.
//!
//! Names and meanings are those of `kmodtrace.load/1`; what is null, false, or as usual is left out, and phases are
//! arrays: ten thousand loads are read before the first picture.

use std::borrow::Cow;

use serde::{Serialize, Serializer, ser::SerializeSeq as _};

use crate::{
    catalogue::{phase::Phase, unload::UnloadPhase},
    event::Name,
    model::{Bounds, Load, Outcome, PhaseSpan, Unload},
    render::{errno_name, json_text},
};

/// A load or unload.
#[derive(Serialize)]
pub(super) struct Row<'l> {
    /// `<start_ns>.<tid>`
    id: String,
    /// True for an unload.
    #[serde(skip_serializing_if = "is_false")]
    unload: bool,
    /// Module, else file.
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<Cow<'l, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<Cow<'l, str>>,
    comm: Cow<'l, str>,
    pid: u32,
    cpu: u32,
    #[serde(skip_serializing_if = "is_false")]
    descendant: bool,
    /// `ENOENT`, …; left out for success.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Cow<'static, str>>,
    /// The phase that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
    /// After the page's base.
    start: i128,
    total: u64,
    unattributed: u64,
    phases: Vec<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    probable: bool,
    #[serde(skip_serializing_if = "is_false")]
    incomplete: bool,
}

/// A phase: `[what it covers, ns after the load's beginning, ns, 1 if it is inferred]`; what it covers is one number
/// or an array of them, places in the list of phases that the page holds (loads' first, then unloads').
struct Span {
    covers: Vec<usize>,
    offset_ns: u64,
    duration_ns: u64,
    inferred: bool,
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut array = serializer.serialize_seq(None)?;
        match *self.covers {
            [phase] => array.serialize_element(&phase)?,
            _ => array.serialize_element(&self.covers)?,
        }
        array.serialize_element(&self.offset_ns)?;
        array.serialize_element(&self.duration_ns)?;
        if self.inferred {
            array.serialize_element(&1)?;
        }
        array.end()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A name, unless it is unknown or empty.
fn text(name: Option<&Name>) -> Option<Cow<'_, str>> {
    name.filter(|name| !name.is_empty())
        .map(|name| json_text(&name.0).0)
}

fn result(outcome: &Outcome) -> Option<Cow<'static, str>> {
    match *outcome {
        Outcome::Returned(Ok(())) => None,
        Outcome::Returned(Err(errno)) => Some(Cow::Owned(errno_name(errno))),
        Outcome::Unknown => Some(Cow::Borrowed("UNKNOWN")),
        Outcome::TaskGone => Some(Cow::Borrowed("TASK_GONE")),
    }
}

fn start(start_ns: u64, base_ns: u64) -> i128 {
    i128::from(start_ns) - i128::from(base_ns)
}

impl<'l> Row<'l> {
    pub(super) fn load(load: &'l Load, base_ns: u64) -> Self {
        let module = text(load.module.as_ref());
        let phases = load.phases.iter().map(|span| Span {
            covers: span.covers.iter().map(|&phase| place(phase)).collect(),
            offset_ns: span.start_ns.saturating_sub(load.start_ns),
            duration_ns: span.duration_ns,
            inferred: span.bounds == Bounds::Inferred,
        });
        Self {
            id: load.id.to_string(),
            unload: false,
            file: if module.is_none() {
                text(load.file.as_ref())
            } else {
                None
            },
            module,
            comm: json_text(&load.comm.0).0,
            pid: load.id.0.pid(),
            cpu: load.cpus.0,
            descendant: load.descendant,
            result: result(&load.outcome),
            failed: load.failed_in().map(PhaseSpan::name),
            start: start(load.start_ns, base_ns),
            total: load.total_ns,
            unattributed: load.unattributed_ns,
            phases: phases.collect(),
            parent: load.parent.map(|parent| parent.id.to_string()),
            probable: load.parent.is_some_and(|parent| parent.probable),
            incomplete: !load.complete,
        }
    }

    pub(super) fn unload(unload: &'l Unload, base_ns: u64) -> Self {
        let phases = unload.phases.iter().map(|span| Span {
            covers: span
                .covers
                .iter()
                .map(|&phase| unload_place(phase))
                .collect(),
            offset_ns: span.start_ns.saturating_sub(unload.start_ns),
            duration_ns: span.duration_ns,
            inferred: span.bounds == Bounds::Inferred,
        });
        Self {
            id: unload.id.to_string(),
            unload: true,
            module: text(unload.module.as_ref()),
            file: None,
            comm: json_text(&unload.comm.0).0,
            pid: unload.id.0.pid(),
            cpu: unload.cpus.0,
            descendant: unload.descendant,
            result: result(&unload.outcome),
            failed: None,
            start: start(unload.start_ns, base_ns),
            total: unload.total_ns,
            unattributed: unload.unattributed_ns,
            phases: phases.collect(),
            parent: None,
            probable: false,
            incomplete: !unload.complete,
        }
    }
}

fn place(phase: Phase) -> usize {
    Phase::ALL.iter().position(|&one| one == phase).unwrap_or(0)
}

fn unload_place(phase: UnloadPhase) -> usize {
    let place = UnloadPhase::ALL.iter().position(|&one| one == phase);
    Phase::ALL.len() + place.unwrap_or(0)
}
