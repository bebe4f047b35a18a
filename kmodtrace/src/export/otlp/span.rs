//! Spans of loads, and the traces that they are part of.

use opentelemetry_proto::tonic::{
    common::v1::any_value::Value,
    trace::v1::{
        Span, Status,
        span::{Event, Link, SpanKind},
        status::StatusCode,
    },
};

use super::attribute::{attribute, attributes};
use crate::{
    catalogue,
    event::{ClockSample, Session},
    export::{
        arg::{self, Arg, Args, text},
        subject::{Part, Span as Phase, Subject, unix_ns},
        timeline::scatter,
    },
    model::{Call, LoadId, Update},
};

/// Makes ids and times.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ids {
    boot: u64,
    clock: ClockSample,
}

/// A load with those that its init asked for, and theirs.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// Its own span, those of its phases, then those of the others.
    spans: Vec<Span>,
    /// The span that its children are inside of.
    inner: Vec<u8>,
    /// Each load in it: which of the spans is its own, and when it ended.
    loads: Vec<(LoadId, usize, u64)>,
}

/// What is remembered of a load.
#[derive(Clone, Debug)]
pub(super) struct Past {
    trace_id: Vec<u8>,
    span_id: Vec<u8>,
    end_ns: u64,
}

impl Ids {
    pub(super) fn of_session(session: &Session) -> Self {
        // FNV-1a.
        let boot = session
            .boot_id
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        Self {
            boot,
            clock: session.clock,
        }
    }

    /// What a load's ids are made of.
    fn seed(self, id: LoadId) -> u64 {
        scatter(self.boot ^ scatter(id.0.start_ns) ^ id.0.pid_tgid.rotate_left(32))
    }

    /// The trace of a load that no other one asked for.
    fn trace_id(self, id: LoadId) -> Vec<u8> {
        let seed = self.seed(id);
        let halves = [scatter(seed ^ 1), scatter(seed ^ 2)];
        halves.iter().flat_map(|half| half.to_be_bytes()).collect()
    }

    /// 0 is the load's own span, those of its phases follow.
    fn span_id(self, id: LoadId, index: u64) -> Vec<u8> {
        scatter(self.seed(id).wrapping_add(index << 8))
            .to_be_bytes()
            .to_vec()
    }

    /// Where the clocks are not known, the time since boot.
    fn unix_ns(self, monotonic_ns: u64) -> u64 {
        unix_ns(self.clock, monotonic_ns).unwrap_or(monotonic_ns)
    }

    /// The spans of a load or unload.
    pub(super) fn tree(self, subject: Subject<'_>) -> Tree {
        let id = subject.id();
        let trace_id = self.trace_id(id);
        let own = self.span_id(id, 0);
        let mut span = self.load_span(subject, &trace_id, &own);
        let retry_of = subject.load().and_then(|load| load.retry_of);
        span.links = retry_of.map(|id| self.retry(id)).into_iter().collect();
        let load = subject.load().map(|load| (load.id, 0, subject.end_ns()));
        let mut tree = Tree {
            spans: vec![span],
            inner: own.clone(),
            loads: load.into_iter().collect(),
        };
        for (index, phase) in (1..).zip(subject.spans()) {
            let span_id = self.span_id(id, index);
            if phase
                .covers
                .contains(&Part::Load(catalogue::phase::Phase::Init))
            {
                tree.inner.clone_from(&span_id);
            }
            tree.spans.push(Span {
                trace_id: trace_id.clone(),
                span_id,
                parent_span_id: own.clone(),
                name: phase.name.clone(),
                kind: SpanKind::Internal.into(),
                start_time_unix_nano: self.unix_ns(phase.start_ns),
                end_time_unix_nano: self.unix_ns(phase.end_ns()),
                attributes: attributes(phase_args(&phase)),
                events: phase.calls.iter().map(|call| self.call(call)).collect(),
                ..Span::default()
            });
        }
        tree
    }

    /// To the load that was tried before.
    fn retry(self, id: LoadId) -> Link {
        let relation = Value::StringValue("retry_of".to_owned());
        Link {
            trace_id: self.trace_id(id),
            span_id: self.span_id(id, 0),
            attributes: vec![attribute("kmodtrace.relation", relation)],
            ..Link::default()
        }
    }

    fn load_span(self, subject: Subject<'_>, trace_id: &[u8], span_id: &[u8]) -> Span {
        let args = arg::of_subject(subject, self.clock);
        let meaning = args.iter().find_map(|(name, arg)| match arg {
            Arg::Group(card) if name == "explanation" => match card.first() {
                Some((_, Arg::Text(meaning))) => Some(meaning.clone()),
                _ => None,
            },
            _ => None,
        });
        let mut attributes = attributes(args);
        let status = if subject.succeeded() {
            Status {
                code: StatusCode::Ok.into(),
                ..Status::default()
            }
        } else {
            let result = subject.result();
            attributes.push(attribute("error.type", Value::StringValue(result.clone())));
            Status {
                code: StatusCode::Error.into(),
                message: meaning.unwrap_or(result),
            }
        };
        Span {
            trace_id: trace_id.to_vec(),
            span_id: span_id.to_vec(),
            name: format!("{} {}", subject.kind(), subject.shown()),
            kind: SpanKind::Internal.into(),
            start_time_unix_nano: self.unix_ns(subject.start_ns()),
            end_time_unix_nano: self.unix_ns(subject.end_ns()),
            attributes,
            events: self.log(subject),
            status: Some(status),
            ..Span::default()
        }
    }

    fn log(self, subject: Subject<'_>) -> Vec<Event> {
        let lines = subject.log().iter().map(|line| {
            let (text, escaped) = text(&line.text);
            let mut attributes = vec![
                attribute("log.record.original", Value::StringValue(text)),
                attribute("kmodtrace.probable", Value::BoolValue(line.probable)),
            ];
            if escaped {
                let field = Value::StringValue("log.record.original".to_owned());
                attributes.push(attribute("kmodtrace.escaped", field));
            }
            Event {
                time_unix_nano: self.unix_ns(line.time_ns),
                name: "log".to_owned(),
                attributes,
                ..Event::default()
            }
        });
        lines.collect()
    }

    fn call(self, call: &Call) -> Event {
        let duration = call
            .duration_ns
            .map(|ns| ("duration_ns".into(), Arg::Number(ns)));
        let args: Args = duration.into_iter().chain(arg::of_call(call)).collect();
        Event {
            time_unix_nano: self.unix_ns(call.start_ns),
            name: call.name.to_owned(),
            attributes: attributes(args),
            ..Event::default()
        }
    }

    /// What became known later: a span inside of the load's, though it ends behind it.
    pub(super) fn update(self, update: &Update, past: &Past) -> Span {
        let (index, name, start_ns, end_ns, args) = match update {
            Update::FreeInit {
                batch_ns,
                time_ns,
                addresses,
                ..
            } => {
                let addresses = addresses.iter().map(|&address| Arg::Address(address));
                let args = vec![("addresses".into(), Arg::List(addresses.collect()))];
                (1 << 24, "free init memory", *batch_ns, *time_ns, args)
            }
            Update::Lost { against, .. } => {
                let args = vec![("against".into(), Arg::Text(against.to_string()))];
                (
                    3 << 24,
                    "lost against another load",
                    past.end_ns,
                    past.end_ns,
                    args,
                )
            }
            Update::UserAfter {
                after_ns, ended, ..
            } => {
                let until = if *ended { "exit" } else { "load" };
                let args = vec![("until".into(), Arg::Text(until.to_owned()))];
                let end_ns = past.end_ns.saturating_add(*after_ns);
                (2 << 24, "user space", past.end_ns, end_ns, args)
            }
        };
        Span {
            trace_id: past.trace_id.clone(),
            span_id: self.span_id(update.id(), index),
            parent_span_id: past.span_id.clone(),
            name: name.to_owned(),
            kind: SpanKind::Internal.into(),
            start_time_unix_nano: self.unix_ns(start_ns.min(end_ns)),
            end_time_unix_nano: self.unix_ns(end_ns),
            attributes: attributes(args),
            ..Span::default()
        }
    }
}

fn phase_args(phase: &Phase<'_>) -> Args {
    let anchor = |anchor: crate::model::Anchor| format!("{} {}", anchor.hook, anchor.edge);
    let covers = phase.covered().map(|name| Arg::Text(name.to_owned()));
    vec![
        ("duration_ns".into(), Arg::Number(phase.duration_ns)),
        ("bounds".into(), Arg::Text(phase.bounds.to_owned())),
        ("from".into(), Arg::Text(anchor(phase.begin))),
        ("to".into(), Arg::Text(anchor(phase.end))),
        ("covers".into(), Arg::List(covers.collect())),
    ]
}

/// Spans of a trace that is still being put together: no more than a receiver's viewer can show.
const MAX_SPANS: usize = 1 << 14;

impl Tree {
    /// Takes in a load that this one's init asked for: it and all that it holds become part of this trace. Given
    /// back, as part of it, when there would be too much of it to hold.
    pub(super) fn adopt(&mut self, child: Self) -> Option<Self> {
        let (trace_id, inner) = (self.trace_id().to_vec(), self.inner.clone());
        let child = child.moved(&trace_id, &inner);
        if self.spans.len() + child.spans.len() > MAX_SPANS {
            return Some(child);
        }
        let at = self.spans.len();
        self.spans.extend(child.spans);
        let loads = child.loads.into_iter();
        self.loads
            .extend(loads.map(|(id, own, end_ns)| (id, at + own, end_ns)));
        None
    }

    /// The same when the parent itself was not told.
    pub(super) fn orphaned(self, ids: Ids, parent: LoadId) -> Self {
        self.moved(&ids.trace_id(parent), &ids.span_id(parent, 0))
    }

    fn trace_id(&self) -> &[u8] {
        self.spans.first().map_or(&[], |span| &span.trace_id)
    }

    /// As part of another trace, inside of a span there.
    fn moved(mut self, trace_id: &[u8], parent: &[u8]) -> Self {
        for span in &mut self.spans {
            span.trace_id = trace_id.to_vec();
            // The same task tried again, so the same init asked for both.
            for link in &mut span.links {
                link.trace_id = trace_id.to_vec();
            }
        }
        if let Some(own) = self.spans.first_mut() {
            own.parent_span_id = parent.to_vec();
        }
        self
    }

    /// Adds what became known of a load in it; false if it is of none of these.
    pub(super) fn update(&mut self, ids: Ids, update: &Update) -> bool {
        let mut loads = self.loads();
        let past = loads.find_map(|(id, past)| (id == update.id()).then_some(past));
        drop(loads);
        let Some(past) = past else { return false };
        self.spans.push(ids.update(update, &past));
        true
    }

    /// What is remembered of each load in it.
    pub(super) fn loads(&self) -> impl Iterator<Item = (LoadId, Past)> {
        self.loads.iter().filter_map(|&(id, own, end_ns)| {
            let span = self.spans.get(own)?;
            let past = Past {
                trace_id: span.trace_id.clone(),
                span_id: span.span_id.clone(),
                end_ns,
            };
            Some((id, past))
        })
    }

    /// All of its spans, outer ones in front of inner ones.
    pub(super) fn spans(self) -> Vec<Span> {
        self.spans
    }
}
