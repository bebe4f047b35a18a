//! The automaton that walks through a load's hits and opens and closes phases.
//!
//! A load only moves forward through the phases. A phase that is not seen to begin is covered by the
//! one before it. What the hits mean is said by [`BORDERS`] alone.

use super::{
    SystemCall,
    attachments::Attachments,
    hits::Hit,
    spans::{At, Closed, Open},
};
use crate::{
    catalogue::{
        borders::{BORDERS, Border, Edge, Step, When, allocates, always_called, borders_of, ends},
        phase::Phase,
    },
    model::{Anchor, Call, PhaseSpan},
};

/// A wait can interrupt no phase before this one.
const FIRST_THAT_WAITS: Phase = Phase::Elf;

/// Where the load stands, and what was found so far.
pub(super) struct Automaton<'a> {
    attached: &'a Attachments,
    closed: Vec<Closed>,
    current: Option<Open>,
    /// A wait may have begun here; only if nothing else follows, it has.
    tentative: Option<At>,
    /// The last phase that the load has entered, waits and unwinding aside.
    reached: Option<Phase>,
    /// Addresses of the memory that the load has allocated, as far as returns were seen.
    allocated: Vec<u64>,
}

impl<'a> Automaton<'a> {
    pub(super) fn new(attached: &'a Attachments) -> Self {
        Self {
            attached,
            closed: Vec::new(),
            current: None,
            tentative: None,
            reached: None,
            allocated: Vec::new(),
        }
    }

    /// Takes the next hit in.
    pub(super) fn hit(&mut self, hit: &Hit) {
        if hit.edge == Edge::Return && allocates(hit.hook.id) {
            self.allocated.push(hit.mark.a);
        }
        let mut rows = borders_of(hit.hook.id).iter();
        let row = rows.find(|row| row.edge == hit.edge && self.applies(row.when, hit));
        let Some(row) = row else { return };
        let at = At {
            time_ns: hit.mark.time_ns,
            anchor: hit.anchor(),
        };
        match row.step {
            Step::Begin(phase) => self.begin(phase, at, hit.waited_since()),
            Step::BeginTentative(_) => self.begin_tentatively(at),
            Step::EndInto(phase, follower) => self.end_into(phase, follower, at),
            Step::EndAllInto(phase) => self.end_all_into(phase, at, fails(hit.mark.a)),
            // A return that fails says itself which phase has failed.
            Step::Unwind if hit.edge == Edge::Entry => self.unwind(None, at),
            Step::Unwind => self.unwind(ends(hit.hook.id), at),
        }
    }

    /// Puts a call into the phase that goes on.
    pub(super) fn call(&mut self, call: Call) {
        if let Some(current) = &mut self.current {
            current.calls.push(call);
        }
    }

    /// Ends the load.
    pub(super) fn finish(mut self, call: &SystemCall, anchor: Anchor) -> Vec<PhaseSpan> {
        let end = At {
            time_ns: call.end_ns,
            anchor,
        };
        if let Some(begin) = self.tentative.take().filter(|_| !call.never_waited) {
            let mut wait = Open::new(Phase::Wait, begin, false);
            if let Some(mut current) = self.current.take() {
                wait.calls = current.calls_since(begin.time_ns);
                self.closed.push(current.close(&[], begin, true));
            }
            self.current = Some(wait);
        }
        let more = match self.phase() {
            Some(phase) if call.returned => self.unseen(phase, Phase::Return),
            _ => Vec::new(),
        };
        self.close(&more, end, false);
        self.closed.into_iter().map(Closed::into_span).collect()
    }

    fn applies(&self, when: When, hit: &Hit) -> bool {
        match when {
            When::Always => true,
            When::Fails => fails(hit.mark.a),
            When::IsNull => hit.mark.a == 0,
            When::InitFails => fails(hit.mark.b),
            When::State(state) => hit.mark.a == state,
            When::OwnMemory => self.allocated.is_empty() || self.allocated.contains(&hit.mark.a),
            When::Without(hook) => !self.attached.has_hook(hook),
            When::Before(phase) => self.reached.is_none_or(|reached| reached < phase),
            When::Reached(phase) => self.reached.is_some_and(|reached| reached >= phase),
        }
    }

    fn begin(&mut self, phase: Phase, at: At, waited_since: Option<u64>) {
        self.tentative = None;
        let Some(current) = &mut self.current else {
            return self.open(phase, at, true);
        };
        if phase == Phase::Wait {
            return self.begin_wait(at);
        }
        let standing = current.phase();
        match current.position() {
            _ if standing == Phase::Unwind => {}
            // A wait returns to the phase that it interrupted, or to a later one.
            from if standing < phase
                || standing == Phase::Wait && from.is_none_or(|from| from <= phase) =>
            {
                self.close(&between(from, phase), at, true);
                self.open(phase, at, true);
            }
            _ if standing == phase => {
                current.follows = None;
                if let Some(since_ns) = waited_since {
                    self.carve_wait(since_ns, at);
                }
            }
            _ if current.follows == Some(phase) => self.resume(),
            _ => {}
        }
    }

    fn begin_wait(&mut self, at: At) {
        let position = self.current.as_ref().and_then(Open::position);
        match self.phase() {
            Some(Phase::Wait | Phase::Unwind | Phase::Return) => {}
            _ => {
                let interrupted = position.max(Some(FIRST_THAT_WAITS));
                self.close(&up_to(position, FIRST_THAT_WAITS), at, true);
                self.open(Phase::Wait, at, true);
                self.reached = interrupted;
                if let Some(wait) = &mut self.current {
                    wait.interrupted = interrupted;
                }
            }
        }
    }

    fn begin_tentatively(&mut self, at: At) {
        if self.phase().is_none_or(|phase| phase <= Phase::Read) {
            self.tentative = Some(at);
        }
    }

    /// The current phase has been waiting since `since_ns` up to `at`, and goes on.
    fn carve_wait(&mut self, since_ns: u64, at: At) {
        let Some(mut before) = self.current.take() else {
            return;
        };
        let phase = before.phase();
        let since = At {
            time_ns: since_ns.clamp(before.begin.time_ns, at.time_ns),
            anchor: at.anchor,
        };
        let mut wait = Open::new(Phase::Wait, since, true);
        wait.calls = before.calls_since(since.time_ns);
        // Nothing happened between the last wait and this one, or before the first one.
        let at_once = since.time_ns == before.begin.time_ns;
        let last_is_wait = self
            .closed
            .last()
            .is_some_and(|last| last.covers == [Phase::Wait] && last.end.time_ns == since.time_ns);
        if !at_once {
            self.closed.push(before.close(&[], since, true));
        } else if last_is_wait && let Some(last) = self.closed.pop() {
            let calls = std::mem::take(&mut wait.calls);
            wait = last.reopen();
            wait.calls.extend(calls);
        }
        self.closed.push(wait.close(&[], at, true));
        self.current = Some(Open::new(phase, at, true));
    }

    /// The phase before goes on; what was taken for its follower was a pause in it.
    fn resume(&mut self) {
        if let (Some(follower), Some(closed)) = (self.current.take(), self.closed.pop()) {
            let mut resumed = closed.reopen();
            resumed.calls.extend(follower.calls);
            self.reached = Some(resumed.phase());
            self.current = Some(resumed);
        }
    }

    fn end_into(&mut self, phase: Phase, follower: Phase, at: At) {
        self.tentative = None;
        if self.phase() == Some(Phase::Unwind) {
            return;
        }
        if let Some(current) = &self.current {
            if current.follows == Some(phase) {
                self.resume();
            } else if current.position().is_some_and(|from| from > phase) {
                return;
            }
        }
        let from = self.current.as_ref().and_then(Open::position);
        let waits = self.phase() == Some(Phase::Wait);
        let more = if waits && from == Some(phase) {
            vec![phase]
        } else {
            up_to(from, phase)
        };
        let begun = self.current.is_some();
        self.close(&more, at, true);
        self.open(follower, at, false);
        if let Some(current) = &mut self.current {
            current.follows = begun.then_some(phase);
        }
    }

    fn end_all_into(&mut self, phase: Phase, at: At, failed: bool) {
        self.tentative = None;
        let more = match self.phase() {
            Some(standing) if standing == phase => return,
            Some(standing @ (Phase::Wait | Phase::Unwind)) => between(Some(standing), phase),
            Some(standing) if failed => self.unseen(standing, last_before(phase)),
            standing => between(standing, phase),
        };
        self.close(&more, at, true);
        self.open(phase, at, false);
    }

    /// The load is given up. `told` are the phase that has failed and the one behind it, if that is
    /// known; else it is the current one or one that could not have been seen.
    fn unwind(&mut self, told: Option<(Phase, Phase)>, at: At) {
        let standing = self.phase();
        if matches!(standing, Some(Phase::Unwind | Phase::Return)) {
            return;
        }
        let more = match (standing, told) {
            (Some(Phase::Wait) | None, _) => Vec::new(),
            // Something else called it, later.
            (Some(standing), Some((_, follower))) if standing > follower => return,
            (standing, Some((phase, _))) => up_to(standing, phase),
            (Some(standing), None) => self.unseen(standing, last_before(Phase::Return)),
        };
        self.tentative = None;
        self.close(&more, at, true);
        self.open(Phase::Unwind, at, true);
    }

    fn phase(&self) -> Option<Phase> {
        self.current.as_ref().map(Open::phase)
    }

    fn open(&mut self, phase: Phase, at: At, exact: bool) {
        if !matches!(phase, Phase::Wait | Phase::Unwind) {
            self.reached = Some(phase);
        }
        self.current = Some(Open::new(phase, at, exact));
    }

    fn close(&mut self, more: &[Phase], at: At, exact: bool) {
        if let Some(current) = self.current.take() {
            self.closed.push(current.close(more, at, exact));
        }
    }

    /// The phases after `phase`, up to `last`, that the load may have entered unseen.
    fn unseen(&self, phase: Phase, last: Phase) -> Vec<Phase> {
        let after = Phase::ALL
            .into_iter()
            .filter(|&next| phase < next && next <= last && next.always_happens());
        after
            .take_while(|&next| !BORDERS.iter().any(|row| self.would_begin(row, next)))
            .collect()
    }

    /// True if `row` would have been seen, had the load entered `phase`.
    fn would_begin(&self, row: &Border, phase: Phase) -> bool {
        let begins = match row.step {
            Step::Begin(next) | Step::EndInto(_, next) | Step::EndAllInto(next) => next == phase,
            Step::BeginTentative(_) | Step::Unwind => false,
        };
        let possible = match row.when {
            When::Without(hook) => !self.attached.has_hook(hook),
            _ => true,
        };
        begins && possible && always_called(row.hook) && self.attached.has_border(row)
    }
}

fn fails(value: u64) -> bool {
    value.cast_signed() < 0
}

/// The phases between two, neither included, that every load passes through.
fn between(from: Option<Phase>, to: Phase) -> Vec<Phase> {
    let Some(from) = from else { return Vec::new() };
    let inner = |phase: &Phase| from < *phase && *phase < to && phase.always_happens();
    Phase::ALL.into_iter().filter(inner).collect()
}

/// The phases after `from` that a load passes through which leaves `to`; none if it stands there.
fn up_to(from: Option<Phase>, to: Phase) -> Vec<Phase> {
    let mut phases = between(from, to);
    if from.is_some_and(|from| from < to) {
        phases.push(to);
    }
    phases
}

/// The phase in front of `phase`.
fn last_before(phase: Phase) -> Phase {
    let before = Phase::ALL.into_iter().take_while(|&next| next < phase);
    before.last().unwrap_or(phase)
}
