//! Loads as trace viewers show them: slices on a track for each thread, instants, counters, flows.
//!
//! What Perfetto's and Chrome's formats share. A thread loads one module at a time, so simultaneous loads are on
//! tracks of their own.

mod counters;
mod slices;

use std::{collections::BTreeMap, io};

use self::counters::Counters;
pub(super) use self::counters::{Counter, Sample};
use super::{
    arg::{self, Arg, Args, text},
    boot::Boot,
    subject::Subject,
};
use crate::{
    event::{ClockSample, Name, Session},
    model::{LoadId, Summary, Update},
    render::printable,
};

/// A thread, and what is known of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Task {
    pub(super) pid: u32,
    pub(super) tid: u32,
    /// Its name; `None` where only its numbers are known.
    pub(super) comm: Option<String>,
    /// Arguments of the process.
    pub(super) command_line: Vec<String>,
}

/// Something on a thread's track. Times are ns of `CLOCK_MONOTONIC`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Item {
    pub(super) kind: Shape,
    /// `load`, `unload`, `phase`, `call`, `log`, `child`, `update`, `in_flight`.
    pub(super) category: &'static str,
    pub(super) name: String,
    pub(super) start_ns: u64,
    pub(super) args: Args,
    /// An arrow between two slices, as both ends name it; true for the end that it points at.
    pub(super) flow: Option<(u64, bool)>,
}

/// How an item is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// A slice so long, inside of so many others that stand in front of it in the list.
    Slice { duration_ns: u64, depth: usize },
    /// A slice that has not ended.
    Open,
    /// A moment.
    Instant,
}

/// Loads that may still be updated; the oldest ones are forgotten.
const MAX_PAST: usize = 4096;

/// What is remembered of a load.
#[derive(Clone, Debug)]
struct Past {
    end_ns: u64,
    name: String,
}

/// Makes items of loads.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    boot: Boot,
    pub(super) clock: ClockSample,
    counters: Counters,
    past: BTreeMap<LoadId, Past>,
    /// The latest time of all, ns.
    pub(super) end_ns: u64,
}

impl Timeline {
    /// Takes a session in; true if it is the first one.
    ///
    /// # Errors
    ///
    /// If it is one of another boot: their clocks have nothing in common.
    pub(super) fn session(&mut self, session: &Session) -> io::Result<bool> {
        let first = self.boot.begins(session)?;
        if first {
            self.clock = session.clock;
            self.end_ns = session.clock.monotonic_ns;
        }
        Ok(first)
    }

    /// A load or unload: its thread, and what is on its track, slices in the order of their beginnings, outer ones
    /// in front of inner ones.
    pub(super) fn subject(&mut self, subject: Subject<'_>) -> (Task, Vec<Item>) {
        self.end_ns = self.end_ns.max(subject.end_ns());
        self.counters.see(subject);
        let name = name(subject);
        if subject.load().is_some() {
            let past = Past {
                end_ns: subject.end_ns(),
                name: name.clone(),
            };
            self.past.insert(subject.id(), past);
            if self.past.len() > MAX_PAST {
                self.past.pop_first();
            }
        }
        let child = subject.load().is_some_and(|load| load.parent.is_some());
        let mut items = vec![Item {
            kind: Shape::Slice {
                duration_ns: subject.total_ns(),
                depth: 0,
            },
            category: subject.kind(),
            name,
            start_ns: subject.start_ns(),
            args: arg::of_subject(subject, self.clock),
            flow: child.then(|| (flow(subject.id()), true)),
        }];
        for span in subject.spans() {
            slices::span(&span, subject, &mut items);
        }
        items.extend(subject.log().iter().map(|line| {
            let (text, escaped) = text(&line.text);
            let mut args: Args = vec![
                ("text".into(), Arg::Text(text)),
                ("probable".into(), Arg::Flag(line.probable)),
            ];
            if escaped {
                let escaped = vec![Arg::Text("text".to_owned())];
                args.push(("escaped".into(), Arg::List(escaped)));
            }
            Item {
                kind: Shape::Instant,
                category: "log",
                name: printable(&line.text.0, false),
                start_ns: line.time_ns,
                args,
                flow: None,
            }
        }));
        (task(subject), items)
    }

    /// The other end of the arrow to a load that another one's init asked for: on the track of that one.
    pub(super) fn asked_for(subject: Subject<'_>) -> Option<(Task, Item)> {
        let parent = subject.load()?.parent?;
        let item = Item {
            kind: Shape::Instant,
            category: "child",
            name: format!("asks for {}", name(subject)),
            start_ns: subject.start_ns(),
            args: vec![
                ("load".into(), Arg::Text(subject.id().to_string())),
                ("probable".into(), Arg::Flag(parent.probable)),
            ],
            flow: Some((flow(subject.id()), false)),
        };
        Some((bare_task(parent.id), item))
    }

    /// What became known later, on the track of the load's thread.
    pub(super) fn update(&mut self, update: &Update) -> Option<(Task, Item)> {
        let past = self.past.get(&update.id())?;
        let (verb, start_ns, args) = match update {
            Update::FreeInit {
                id,
                batch_ns,
                time_ns,
                addresses,
                ..
            } => {
                self.counters.init_freed(*id, *time_ns);
                let addresses = addresses.iter().map(|&address| Arg::Address(address));
                let args: Args = vec![
                    ("batch_ns".into(), Arg::Number(*batch_ns)),
                    ("addresses".into(), Arg::List(addresses.collect())),
                ];
                ("init memory freed", *time_ns, args)
            }
            Update::Lost { against, .. } => {
                let args: Args = vec![("against".into(), Arg::Text(against.to_string()))];
                ("lost against another load", past.end_ns, args)
            }
            Update::UserAfter {
                after_ns, ended, ..
            } => {
                let until = if *ended { "exit" } else { "load" };
                let args: Args = vec![
                    ("after_ns".into(), Arg::Number(*after_ns)),
                    ("until".into(), Arg::Text(until.to_owned())),
                ];
                (
                    "leaves user space",
                    past.end_ns.saturating_add(*after_ns),
                    args,
                )
            }
        };
        let mut all: Args = vec![("load".into(), Arg::Text(update.id().to_string()))];
        all.extend(args);
        self.end_ns = self.end_ns.max(start_ns);
        let item = Item {
            kind: Shape::Instant,
            category: "update",
            name: format!("{}: {verb}", past.name),
            start_ns,
            args: all,
            flow: None,
        };
        Some((bare_task(update.id()), item))
    }

    /// Loads that had not ended.
    pub(super) fn in_flight(summary: &Summary) -> Vec<(Task, Item)> {
        let items = summary.in_flight.iter().map(|unfinished| {
            let load = &unfinished.load;
            let name = [&load.module, &load.file];
            let name = name.into_iter().find(|name| !name.is_empty());
            let mut args: Args = vec![("seen_ns".into(), Arg::Number(load.seen_ns))];
            if let Some(phase) = &unfinished.phase {
                args.push(("phase".into(), Arg::Text(phase.clone())));
            }
            let task = Task {
                comm: Some(printable(&load.comm.0, false)),
                ..bare_task(LoadId(load.key))
            };
            let item = Item {
                kind: Shape::Open,
                category: "in_flight",
                name: name.map_or_else(|| "?".to_owned(), |name| printable(&name.0, false)),
                start_ns: load.key.start_ns,
                args,
                flow: None,
            };
            (task, item)
        });
        items.collect()
    }

    /// The values of every counter, in order of time.
    pub(super) fn samples(&mut self) -> Vec<Sample> {
        self.counters.samples()
    }
}

/// The end of a run in numbers: what the summary's line says.
pub(super) fn totals(summary: &Summary) -> Args {
    let losses = &summary.losses;
    let numbers = [
        ("loads", summary.loads),
        ("failed", summary.failed),
        ("incomplete", summary.incomplete),
        ("unloads", summary.unloads),
        ("failed_unloads", summary.failed_unloads),
        ("passed_over", summary.passed_over),
        ("total_ns", summary.total_ns),
        ("unattributed_ns", summary.unattributed_ns),
        ("inferred_ns", summary.inferred_ns),
        ("lost_segments", losses.segments),
        ("lost_records", losses.records),
        ("untracked_loads", losses.untracked),
        ("records_sent", losses.sent),
        ("records_received", summary.received),
        ("anomalies", summary.anomalies),
    ];
    let numbers = numbers.map(|(name, number)| (name.into(), Arg::Number(number)));
    Args::from(numbers)
}

/// What viewers write on the slice.
fn name(subject: Subject<'_>) -> String {
    let title = match subject {
        Subject::Load(_) => subject.shown(),
        Subject::Unload(_) => format!("unload {}", subject.shown()),
    };
    if subject.succeeded() {
        return title;
    }
    format!("{title} ({})", subject.result())
}

fn bare_task(id: LoadId) -> Task {
    Task {
        pid: id.0.pid(),
        tid: id.0.tid(),
        comm: None,
        command_line: Vec::new(),
    }
}

fn task(subject: Subject<'_>) -> Task {
    let show = |name: &Name| printable(&name.0, false);
    let words = subject.caller().command_line.as_deref().unwrap_or_default();
    Task {
        comm: Some(show(subject.comm())),
        command_line: words.iter().map(show).collect(),
        ..bare_task(subject.id())
    }
}

/// Names the arrow to a load.
fn flow(id: LoadId) -> u64 {
    scatter(id.0.start_ns ^ id.0.pid_tgid.rotate_left(32))
}

/// A number that others of the same make are not likely to meet (the mixer of splitmix64); never 0.
pub(super) fn scatter(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)).max(1)
}
