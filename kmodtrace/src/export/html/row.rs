//! What the timeline and the tables need of a load.
//!
//! Names and meanings are those of `kmodtrace.load/1`; what is null, false, or as usual is left out, and phases are
//! arrays: ten thousand loads are read before the first picture.

use std::borrow::Cow;

use serde::{Serialize, Serializer, ser::SerializeSeq as _};

use crate::{
    event::Name,
    export::subject::{Part, Subject},
    render::json_text,
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
    result: Option<String>,
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

impl<'l> Row<'l> {
    pub(super) fn new(subject: Subject<'l>, base_ns: u64) -> Self {
        let load = subject.load();
        let start_ns = subject.start_ns();
        let phases = subject.spans().into_iter().map(|span| Span {
            covers: span.covers.iter().map(|&part| place(part)).collect(),
            offset_ns: span.start_ns.saturating_sub(start_ns),
            duration_ns: span.duration_ns,
            inferred: span.is_inferred(),
        });
        let module = text(subject.module());
        let file = load.filter(|_| module.is_none());
        let parent = load.and_then(|load| load.parent);
        Self {
            id: subject.id().to_string(),
            unload: load.is_none(),
            file: file.and_then(|load| text(load.file.as_ref())),
            module,
            comm: json_text(&subject.comm().0).0,
            pid: subject.id().0.pid(),
            cpu: subject.cpus().0,
            descendant: subject.descendant(),
            result: (!subject.succeeded()).then(|| subject.result()),
            failed: subject.failed_in(),
            start: i128::from(start_ns) - i128::from(base_ns),
            total: subject.total_ns(),
            unattributed: subject.unattributed_ns(),
            phases: phases.collect(),
            parent: parent.map(|parent| parent.id.to_string()),
            probable: parent.is_some_and(|parent| parent.probable),
            incomplete: !subject.complete(),
        }
    }
}

fn place(part: Part) -> usize {
    Part::all().position(|one| one == part).unwrap_or(0)
}
