//! Phases while they are being found.

use crate::{
    catalogue::phase::Phase,
    model::{Anchor, Bounds, Call, PhaseSpan},
};

/// A border: when, and which hit it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    pub(super) time_ns: u64,
    pub(super) anchor: Anchor,
}

/// The phase that goes on.
#[derive(Debug)]
pub(super) struct Open {
    /// What it covers so far; the load stands in the last one.
    pub(super) covers: Vec<Phase>,
    pub(super) begin: At,
    /// True if it begins exactly there.
    pub(super) exact: bool,
    /// The phase whose end opened this one, while no border of its own was seen.
    pub(super) follows: Option<Phase>,
    /// For a wait: the phase that it interrupted.
    pub(super) interrupted: Option<Phase>,
    pub(super) calls: Vec<Call>,
}

impl Open {
    pub(super) fn new(phase: Phase, begin: At, exact: bool) -> Self {
        Self {
            covers: vec![phase],
            begin,
            exact,
            follows: None,
            interrupted: None,
            calls: Vec::new(),
        }
    }

    /// The phase in which the load stands.
    pub(super) fn phase(&self) -> Phase {
        self.covers.last().copied().unwrap_or(Phase::Read)
    }

    /// The phase up to which the load has come: for a wait the interrupted one.
    pub(super) fn position(&self) -> Option<Phase> {
        match self.phase() {
            Phase::Wait => self.interrupted,
            phase => Some(phase),
        }
    }

    /// Ends it.
    pub(super) fn close(mut self, more: &[Phase], end: At, exact: bool) -> Closed {
        self.covers.extend_from_slice(more);
        Closed {
            covers: self.covers,
            begin: self.begin,
            end,
            begins_exactly: self.exact,
            ends_exactly: exact,
            calls: self.calls,
        }
    }

    /// Takes out the calls that began at or after `time_ns`.
    pub(super) fn calls_since(&mut self, time_ns: u64) -> Vec<Call> {
        let (before, since) = std::mem::take(&mut self.calls)
            .into_iter()
            .partition(|call| call.start_ns < time_ns);
        self.calls = before;
        since
    }
}

/// A phase that has ended.
#[derive(Debug)]
pub(super) struct Closed {
    pub(super) covers: Vec<Phase>,
    pub(super) begin: At,
    pub(super) end: At,
    pub(super) begins_exactly: bool,
    pub(super) ends_exactly: bool,
    pub(super) calls: Vec<Call>,
}

impl Closed {
    /// Goes on with it.
    pub(super) fn reopen(self) -> Open {
        Open {
            covers: self.covers,
            begin: self.begin,
            exact: self.begins_exactly,
            follows: None,
            interrupted: None,
            calls: self.calls,
        }
    }

    pub(super) fn into_span(self) -> PhaseSpan {
        let exact = self.begins_exactly && self.ends_exactly;
        PhaseSpan {
            covers: self.covers,
            start_ns: self.begin.time_ns,
            duration_ns: self.end.time_ns.saturating_sub(self.begin.time_ns),
            bounds: if exact {
                Bounds::Measured
            } else {
                Bounds::Inferred
            },
            begin: self.begin.anchor,
            end: self.end.anchor,
            calls: self.calls,
        }
    }
}
