//! What loads and unloads have in common: exports show both as calls with phases.

use crate::{
    catalogue::{phase::Phase, unload::UnloadPhase},
    event::{ClockSample, Name},
    model::{Anchor, Bounds, Call, Caller, Load, LoadId, LogLine, Memory, Outcome, Unload},
    render::{errno_name, known, printable},
};

/// A load or an unload.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject<'s> {
    Load(&'s Load),
    Unload(&'s Unload),
}

/// A phase of either, as the catalogue has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Load(Phase),
    Unload(UnloadPhase),
}

impl Part {
    /// Every phase of loads, then every one of unloads.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let unloads = UnloadPhase::ALL.into_iter().map(Self::Unload);
        Phase::ALL.into_iter().map(Self::Load).chain(unloads)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Load(phase) => phase.name(),
            Self::Unload(phase) => phase.name(),
        }
    }
}

/// A phase of either, as it was.
#[derive(Clone, Debug)]
pub(super) struct Span<'s> {
    pub(super) name: String,
    pub(super) covers: Vec<Part>,
    pub(super) start_ns: u64,
    pub(super) duration_ns: u64,
    pub(super) bounds: &'static str,
    pub(super) begin: Anchor,
    pub(super) end: Anchor,
    pub(super) calls: &'s [Call],
}

impl Span<'_> {
    /// Its end, ns of `CLOCK_MONOTONIC`.
    pub(super) fn end_ns(&self) -> u64 {
        self.start_ns.saturating_add(self.duration_ns)
    }

    /// True if an end of it was not seen.
    pub(super) fn is_inferred(&self) -> bool {
        self.bounds == bounds(Bounds::Inferred)
    }

    /// What it covers, by names.
    pub(super) fn covered(&self) -> impl Iterator<Item = &'static str> {
        self.covers.iter().map(|part| part.name())
    }
}

/// `measured` or `inferred`.
fn bounds(bounds: Bounds) -> &'static str {
    match bounds {
        Bounds::Measured => "measured",
        Bounds::Inferred => "inferred",
    }
}

impl<'s> Subject<'s> {
    /// `load` or `unload`.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Load(_) => "load",
            Self::Unload(_) => "unload",
        }
    }

    pub(super) fn id(self) -> LoadId {
        match self {
            Self::Load(load) => load.id,
            Self::Unload(unload) => unload.id,
        }
    }

    pub(super) fn boot_id(self) -> &'s str {
        match self {
            Self::Load(load) => &load.boot_id,
            Self::Unload(unload) => &unload.boot_id,
        }
    }

    pub(super) fn module(self) -> Option<&'s Name> {
        known(match self {
            Self::Load(load) => load.module.as_ref(),
            Self::Unload(unload) => unload.module.as_ref(),
        })
    }

    /// What it is called: the module, else the file, else nothing is known.
    pub(super) fn title(self) -> Option<&'s Name> {
        let file = self.load().and_then(|load| known(load.file.as_ref()));
        self.module().or(file)
    }

    /// The same as it is shown.
    pub(super) fn shown(self) -> String {
        let title = self.title();
        title.map_or_else(|| "?".to_owned(), |title| printable(&title.0, false))
    }

    pub(super) fn comm(self) -> &'s Name {
        match self {
            Self::Load(load) => &load.comm,
            Self::Unload(unload) => &unload.comm,
        }
    }

    pub(super) fn parent_pid(self) -> Option<u32> {
        match self {
            Self::Load(load) => load.parent_pid,
            Self::Unload(unload) => unload.parent_pid,
        }
    }

    pub(super) fn descendant(self) -> bool {
        match self {
            Self::Load(load) => load.descendant,
            Self::Unload(unload) => unload.descendant,
        }
    }

    pub(super) fn outcome(self) -> &'s Outcome {
        match self {
            Self::Load(load) => &load.outcome,
            Self::Unload(unload) => &unload.outcome,
        }
    }

    /// True if the system call returned 0.
    pub(super) fn succeeded(self) -> bool {
        *self.outcome() == Outcome::Returned(Ok(()))
    }

    /// 0 or a positive error number; `None` if the return was not seen.
    pub(super) fn errno(self) -> Option<i32> {
        match self.outcome() {
            Outcome::Returned(Ok(())) => Some(0),
            Outcome::Returned(Err(errno)) => Some(errno.0),
            Outcome::Unknown | Outcome::TaskGone => None,
        }
    }

    /// `OK`, `ENOENT`, …; `UNKNOWN`, `TASK_GONE`.
    pub(super) fn result(self) -> String {
        match *self.outcome() {
            Outcome::Returned(Ok(())) => "OK".to_owned(),
            Outcome::Returned(Err(errno)) => errno_name(errno),
            Outcome::Unknown => "UNKNOWN".to_owned(),
            Outcome::TaskGone => "TASK_GONE".to_owned(),
        }
    }

    /// The phase in which a load failed.
    pub(super) fn failed_in(self) -> Option<String> {
        let span = self.load()?.failed_in()?;
        Some(span.name().into_owned())
    }

    pub(super) fn start_ns(self) -> u64 {
        match self {
            Self::Load(load) => load.start_ns,
            Self::Unload(unload) => unload.start_ns,
        }
    }

    pub(super) fn total_ns(self) -> u64 {
        match self {
            Self::Load(load) => load.total_ns,
            Self::Unload(unload) => unload.total_ns,
        }
    }

    pub(super) fn end_ns(self) -> u64 {
        self.start_ns().saturating_add(self.total_ns())
    }

    pub(super) fn unattributed_ns(self) -> u64 {
        match self {
            Self::Load(load) => load.unattributed_ns,
            Self::Unload(unload) => unload.unattributed_ns,
        }
    }

    pub(super) fn inferred_ns(self) -> u64 {
        let spans = self.spans();
        let inferred = spans.iter().filter(|span| span.is_inferred());
        inferred.map(|span| span.duration_ns).sum()
    }

    /// Its phases, in order of time.
    pub(super) fn spans(self) -> Vec<Span<'s>> {
        match self {
            Self::Load(load) => {
                let spans = load.phases.iter().map(|span| Span {
                    name: span.name().into_owned(),
                    covers: span.covers.iter().copied().map(Part::Load).collect(),
                    start_ns: span.start_ns,
                    duration_ns: span.duration_ns,
                    bounds: bounds(span.bounds),
                    begin: span.begin,
                    end: span.end,
                    calls: &span.calls,
                });
                spans.collect()
            }
            Self::Unload(unload) => {
                let spans = unload.phases.iter().map(|span| Span {
                    name: span.name().into_owned(),
                    covers: span.covers.iter().copied().map(Part::Unload).collect(),
                    start_ns: span.start_ns,
                    duration_ns: span.duration_ns,
                    bounds: bounds(span.bounds),
                    begin: span.begin,
                    end: span.end,
                    calls: &[],
                });
                spans.collect()
            }
        }
    }

    pub(super) fn caller(self) -> &'s Caller {
        match self {
            Self::Load(load) => &load.facts.caller,
            Self::Unload(unload) => &unload.caller,
        }
    }

    pub(super) fn memory(self) -> &'s Memory {
        match self {
            Self::Load(load) => &load.facts.memory,
            Self::Unload(unload) => &unload.memory,
        }
    }

    pub(super) fn log(self) -> &'s [LogLine] {
        match self {
            Self::Load(load) => &load.facts.log,
            Self::Unload(unload) => &unload.log,
        }
    }

    /// CPU at entry and at return.
    pub(super) fn cpus(self) -> (u32, u32) {
        match self {
            Self::Load(load) => load.cpus,
            Self::Unload(unload) => unload.cpus,
        }
    }

    pub(super) fn lost_events(self) -> u64 {
        match self {
            Self::Load(load) => load.lost_events,
            Self::Unload(unload) => unload.lost_events,
        }
    }

    pub(super) fn complete(self) -> bool {
        match self {
            Self::Load(load) => load.complete,
            Self::Unload(unload) => unload.complete,
        }
    }

    pub(super) fn redacted(self) -> bool {
        match self {
            Self::Load(load) => load.redacted,
            Self::Unload(unload) => unload.redacted,
        }
    }

    pub(super) fn load(self) -> Option<&'s Load> {
        match self {
            Self::Load(load) => Some(load),
            Self::Unload(_) => None,
        }
    }

    pub(super) fn unload(self) -> Option<&'s Unload> {
        match self {
            Self::Load(_) => None,
            Self::Unload(unload) => Some(unload),
        }
    }
}

/// A time of `CLOCK_MONOTONIC` as ns since 1970, by the clocks at the beginning of the run; `None` where these
/// are not known.
pub(super) fn unix_ns(clock: ClockSample, monotonic_ns: u64) -> Option<u64> {
    if clock.realtime_ns == 0 {
        return None;
    }
    let ns = i128::from(monotonic_ns) - i128::from(clock.monotonic_ns);
    u64::try_from(i128::from(clock.realtime_ns) + ns).ok()
}
