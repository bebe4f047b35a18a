//! The assembler: takes events one by one and tells loads when they end.

use std::collections::BTreeSet;

use kmodtrace_common::catalogue::HookId;

use super::{
    Anomaly,
    build::{End, add_in_flight, build, is_final},
    cgroups::Cgroups,
    freed::InitMemory,
    helpers::Helpers,
    iterations::Iterations,
    ledger::Attachments,
    material::{Material, Registered},
    open::{OpenLoad, OpenLoads},
    overhead::Overheads,
    processes::Processes,
    recent::Recent,
    rivals::Rivals,
    unload,
};
use crate::{
    event::{Event, HostEvent, InFlight, LoadKey, SegmentRecord, Session, TextRecord},
    model::{Load, Outcome, Refusal, Unfinished, Unload, Update},
};

/// What comes out.
#[derive(Clone, PartialEq, Debug)]
pub enum Output {
    /// A load that has ended, or of which no more will come.
    Load(Box<Load>),
    /// An unload that has ended, or of which no more will come.
    Unload(Box<Unload>),
    /// A fact about a load told before.
    Update(Update),
    /// An event that fits nowhere.
    Anomaly(Anomaly),
}

/// Events to loads. Holds a bounded amount of memory, whatever comes in.
#[derive(Debug, Default)]
pub struct Assembler {
    session: Session,
    attached: Attachments,
    open: OpenLoads,
    recent: Recent,
    rivals: Rivals,
    helpers: Helpers,
    init_memory: InitMemory,
    processes: Processes,
    cgroups: Cgroups,
    iterations: Iterations,
    overheads: Overheads,
    /// Loads that were in flight at the end of the run: they are told there, not as loads.
    in_flight: BTreeSet<LoadKey>,
}

impl Assembler {
    /// An assembler that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next event in and appends what it completes to `out`.
    pub fn push(&mut self, event: Event, out: &mut Vec<Output>) {
        match event {
            Event::Session(session) => self.session(*session, out),
            Event::Segment(record) => self.segment(*record, out),
            Event::Text(record) => self.text(record, out),
            Event::HelperRequest(record) if self.recent.contains(record.key) => {
                out.push(Output::Anomaly(Anomaly::Late(record.key)));
            }
            Event::HelperRequest(record) => self.helpers.requested(&record),
            Event::HelperTask(record) => self.helpers.began(&record),
            Event::Freed(record) => {
                let mut updates = Vec::new();
                self.init_memory.freed(record, &mut updates);
                out.extend(updates.into_iter().map(Output::Update));
            }
            Event::Facts(record) => self.keep(record.key, out, |material| {
                material.facts(&record);
                true
            }),
            Event::Blob(record) => self.keep(record.key, out, |material| material.blob(record)),
            Event::Firmware(record) => {
                self.keep(record.key, out, |material| material.firmware(record));
            }
            Event::Symbol(record) => self.keep(record.key, out, |material| material.symbol(record)),
            Event::Param(record) => self.keep(record.key, out, |material| material.param(record)),
            Event::Request(record) => self.helpers.asked(record),
            Event::Exit(record) => {
                let after = self.processes.ended(&record);
                out.extend(after.map(Output::Update));
            }
            Event::Host(HostEvent::Cgroup { id, path }) => self.cgroups.learn(id, path),
            Event::Host(HostEvent::Registered {
                key,
                line,
                uses,
                build_id,
            }) => {
                self.keep(key, out, |material| {
                    material.registered = Some(Registered {
                        line,
                        uses,
                        build_id,
                    });
                    true
                });
            }
            Event::Host(HostEvent::Refused {
                key,
                missing,
                modules_disabled,
                file,
            }) => {
                self.keep(key, out, |material| {
                    material.refusal = Refusal {
                        missing,
                        modules_disabled,
                        file,
                    };
                    true
                });
            }
            Event::Host(HostEvent::Iteration {
                iteration,
                pid_tgid,
                time_ns,
            }) => self.iterations.announced(iteration, pid_tgid, time_ns),
            Event::Host(HostEvent::TaskGone { key, load }) => self.task_gone(key, &load, out),
            Event::Host(HostEvent::InFlight { loads }) => {
                self.in_flight = loads.iter().map(|load| load.key).collect();
            }
            Event::Host(
                HostEvent::Losses(_)
                | HostEvent::Programs(_)
                | HostEvent::UnderWay { .. }
                | HostEvent::Elsewhere { .. }
                | HostEvent::CommandEnded { .. }
                | HostEvent::Benchmark(_)
                | HostEvent::Timing(_)
                | HostEvent::End { .. },
            ) => {}
        }
    }

    /// How far a load in flight has come.
    #[must_use]
    pub fn unfinished(&self, load: &InFlight) -> Unfinished {
        let mut open = self.open.get(load.key).cloned().unwrap_or_default();
        add_in_flight(&mut open, load.key, load);
        let area = self.session.module_area;
        let built = build(load.key, open, End::Gone, &self.attached, area).ok();
        let phase = built.and_then(|built| Some(built.phases.last()?.name().into_owned()));
        Unfinished {
            load: load.clone(),
            phase,
        }
    }

    /// No more events will come: tells loads of which the end was lost, and updates held back.
    pub fn finish(&mut self, out: &mut Vec<Output>) {
        for key in self.open.keys() {
            if let Some(open) = self.open.take(key)
                && !self.in_flight.contains(&key)
            {
                self.tell(key, open, End::Lost, out);
            }
        }
        let mut updates = Vec::new();
        self.init_memory.end_batch(&mut updates);
        out.extend(updates.into_iter().map(Output::Update));
    }

    /// A run begins; the same one, clocks included, if it goes on in another file.
    fn session(&mut self, session: Session, out: &mut Vec<Output>) {
        if session == self.session {
            return;
        }
        self.finish(out);
        *self = Self {
            attached: Attachments::of_session(&session.attached),
            session,
            ..Self::default()
        };
    }

    fn segment(&mut self, record: SegmentRecord, out: &mut Vec<Output>) {
        let key = record.key;
        let ends = is_final(&record.facts);
        if !self.may_come(key, out) {
            return;
        }
        if let Err(anomaly) = self.open.segment(record) {
            out.push(Output::Anomaly(anomaly));
            if matches!(anomaly, Anomaly::OutOfTurn { .. }) {
                return;
            }
        }
        if ends && let Some(open) = self.open.take(key) {
            self.tell(key, open, End::Final, out);
        }
        self.evict(out);
    }

    fn text(&mut self, record: TextRecord, out: &mut Vec<Output>) {
        if !self.may_come(record.key, out) {
            return;
        }
        if let Err(anomaly) = self.open.text(record) {
            out.push(Output::Anomaly(anomaly));
        }
        self.evict(out);
    }

    /// Keeps something else that belongs to a load.
    fn keep(
        &mut self,
        key: LoadKey,
        out: &mut Vec<Output>,
        keep: impl FnOnce(&mut Material) -> bool,
    ) {
        if !self.may_come(key, out) {
            return;
        }
        if let Err(anomaly) = self.open.material(key, keep) {
            out.push(Output::Anomaly(anomaly));
        }
        self.evict(out);
    }

    fn task_gone(&mut self, key: LoadKey, seen: &InFlight, out: &mut Vec<Output>) {
        if !self.may_come(key, out) {
            return;
        }
        let mut open = self.open.take(key).unwrap_or_default();
        add_in_flight(&mut open, key, seen);
        self.tell(key, open, End::Gone, out);
    }

    /// False if the load was told already. What its task did before has ended: that is told now.
    fn may_come(&mut self, key: LoadKey, out: &mut Vec<Output>) -> bool {
        if self.recent.contains(key) {
            out.push(Output::Anomaly(Anomaly::Late(key)));
            return false;
        }
        for before in self.open.before(key) {
            if let Some(open) = self.open.take(before) {
                self.tell(before, open, End::Lost, out);
            }
        }
        true
    }

    fn evict(&mut self, out: &mut Vec<Output>) {
        while let Some(key) = self.open.take_excess() {
            out.push(Output::Anomaly(Anomaly::Evicted(key)));
        }
    }

    fn tell(&mut self, key: LoadKey, open: OpenLoad, end: End, out: &mut Vec<Output>) {
        if let Some(facts) = open.facts.filter(unload::is_unload) {
            let area = self.session.module_area;
            let mut told = unload::build(key, &open, &facts, end, &self.attached, area);
            told.boot_id.clone_from(&self.session.boot_id);
            told.redacted = self.session.redacted;
            let caller = &mut told.caller;
            caller.cgroup_path = caller.cgroup.and_then(|id| self.cgroups.path(id));
            self.recent.remember_key(key);
            if told.succeeded() {
                self.rivals.unloaded(told.module.as_ref());
            }
            return out.push(Output::Unload(Box::new(told)));
        }
        let addresses = open.facts.map_or([0; 3], |facts| facts.init_memory);
        let segment = open.facts;
        let hits = open.material.fixed.as_ref().map(|facts| facts.hits);
        let in_init = open
            .marks
            .iter()
            .find(|mark| mark.hook == HookId::DO_INIT.0)
            .map(|mark| mark.time_ns);
        let area = self.session.module_area;
        let mut load = match build(key, open, end, &self.attached, area) {
            Ok(load) => load,
            Err(anomaly) => return out.push(Output::Anomaly(anomaly)),
        };
        load.boot_id.clone_from(&self.session.boot_id);
        load.redacted = self.session.redacted;
        load.parent = self.helpers.parent_of(&load);
        let caller = &mut load.facts.caller;
        caller.request = self.helpers.request_of(key);
        caller.cgroup_path = caller.cgroup.and_then(|id| self.cgroups.path(id));
        load.retry_of = self.recent.retried_by(&load);
        load.contest = self.rivals.met_by(&load);
        load.iteration = self.iterations.of(key);
        if let Some(segment) = segment {
            load.overhead = self.overheads.of(&segment, hits, load.complete);
        }
        let end_ns = load.start_ns.saturating_add(load.total_ns);
        self.helpers.parent_ended(key, end_ns);
        self.recent.remember(&load);
        let mut updates = Vec::new();
        self.rivals.remember(&load, &mut updates);
        updates.extend(self.processes.loaded(&load));
        // A load that fails frees its own memory.
        if !matches!(load.outcome, Outcome::Returned(Err(_))) {
            let since_ns = in_init.unwrap_or(end_ns);
            self.init_memory
                .remember(&load, &addresses, since_ns, &mut updates);
        }
        out.push(Output::Load(Box::new(load)));
        out.extend(updates.into_iter().map(Output::Update));
    }
}
