//! Perfetto's native format: `TracePacket`s with track events, for ui.perfetto.dev and its trace processor.
//!
//! Times are those of `CLOCK_MONOTONIC`, exact; a clock snapshot relates them to the others. One packet after the
//! other, so that a run that is killed leaves a trace without its counters.

mod message;

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use prost::Message as _;

use self::message::{
    Clock, ClockSnapshot, CounterDescriptor, Data, DebugAnnotation, ProcessDescriptor, SystemInfo,
    ThreadDescriptor, TracePacket, TracePacketDefaults, TrackDescriptor, TrackEvent, Utsname,
    Value,
};
use super::{
    arg::{Arg, Args},
    subject::Subject,
    timeline::{Counter, Item, Shape, Task, Timeline, scatter, totals},
};
use crate::{
    event::Session,
    model::{Load, Summary, Unload, Update},
    render::Renderer,
};

/// The one sequence that all packets are part of.
const SEQUENCE: u32 = 1;
/// Track of what is no thread's.
const OWN_TRACK: u64 = 0x6b6d_6f64_7472_6300;

/// Writes a trace for Perfetto.
#[derive(Debug, Default)]
pub struct Perfetto {
    timeline: Timeline,
    /// Tracks that were described: threads by their numbers, with false as long as their name is not known.
    threads: BTreeSet<(u64, bool)>,
}

impl Perfetto {
    /// A writer that has written nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Track of a thread; described when something new is known of it.
    fn thread(&mut self, task: &Task, out: &mut Packets<'_>) -> io::Result<u64> {
        let key = u64::from(task.pid) << 32 | u64::from(task.tid);
        let thread = scatter(key);
        let named = task.comm.is_some();
        if self.threads.contains(&(key, true)) || !self.threads.insert((key, named)) {
            return Ok(thread);
        }
        let process = scatter(u64::from(task.pid) | 1 << 63);
        let pid = task.pid.cast_signed();
        out.describe(TrackDescriptor {
            uuid: Some(process),
            process: Some(ProcessDescriptor {
                pid: Some(pid),
                cmdline: task.command_line.clone(),
                process_name: task.comm.clone(),
            }),
            ..TrackDescriptor::default()
        })?;
        out.describe(TrackDescriptor {
            uuid: Some(thread),
            parent_uuid: Some(process),
            thread: Some(ThreadDescriptor {
                pid: Some(pid),
                tid: Some(task.tid.into()),
                thread_name: task.comm.clone(),
            }),
            ..TrackDescriptor::default()
        })?;
        Ok(thread)
    }

    fn subject(&mut self, subject: Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
        let out = &mut Packets(out);
        let (task, items) = self.timeline.subject(subject);
        let track = self.thread(&task, out)?;
        out.items(track, items)?;
        match Timeline::asked_for(subject) {
            Some(other) => self.one(other, out),
            None => Ok(()),
        }
    }

    fn one(&mut self, (task, item): (Task, Item), out: &mut Packets<'_>) -> io::Result<()> {
        let track = self.thread(&task, out)?;
        out.items(track, vec![item])
    }
}

impl Renderer for Perfetto {
    fn session(&mut self, session: &Session, out: &mut dyn Write) -> io::Result<()> {
        if self.timeline.session(session)? {
            Packets(out).begin(session)?;
        }
        Ok(())
    }

    fn load(&mut self, load: &Load, out: &mut dyn Write) -> io::Result<()> {
        self.subject(Subject::Load(load), out)
    }

    fn unload(&mut self, unload: &Unload, out: &mut dyn Write) -> io::Result<()> {
        self.subject(Subject::Unload(unload), out)
    }

    fn update(&mut self, update: &Update, out: &mut dyn Write) -> io::Result<()> {
        match self.timeline.update(update) {
            Some(item) => self.one(item, &mut Packets(out)),
            None => Ok(()),
        }
    }

    fn summary(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        let out = &mut Packets(out);
        for item in Timeline::in_flight(summary) {
            self.one(item, out)?;
        }
        for counter in Counter::ALL {
            out.describe(TrackDescriptor {
                uuid: Some(counter_track(counter)),
                name: Some(counter.name().to_owned()),
                counter: Some(CounterDescriptor {
                    unit: Some(match counter {
                        Counter::InFlight => message::UNIT_COUNT,
                        Counter::Memory => message::UNIT_SIZE_BYTES,
                    }),
                }),
                ..TrackDescriptor::default()
            })?;
        }
        for sample in self.timeline.samples() {
            out.event(
                sample.time_ns,
                TrackEvent {
                    r#type: Some(message::COUNTER),
                    track_uuid: Some(counter_track(sample.counter)),
                    counter_value: Some(sample.value),
                    ..TrackEvent::default()
                },
            )?;
        }
        out.event(
            self.timeline.end_ns,
            TrackEvent {
                r#type: Some(message::INSTANT),
                track_uuid: Some(OWN_TRACK),
                categories: vec!["summary".to_owned()],
                name: Some("summary".to_owned()),
                debug_annotations: annotations(totals(summary)),
                ..TrackEvent::default()
            },
        )
    }
}

fn counter_track(counter: Counter) -> u64 {
    OWN_TRACK + 1 + u64::from(counter == Counter::Memory)
}

/// Writes packets.
struct Packets<'o>(&'o mut dyn Write);

impl Packets<'_> {
    fn packet(&mut self, packet: &TracePacket) -> io::Result<()> {
        let mut bytes = vec![message::PACKET_TAG];
        packet
            .encode_length_delimited(&mut bytes)
            .map_err(io::Error::other)?;
        self.0.write_all(&bytes)
    }

    fn data(&mut self, timestamp: Option<u64>, data: Data) -> io::Result<()> {
        self.packet(&TracePacket {
            timestamp,
            trusted_packet_sequence_id: SEQUENCE,
            sequence_flags: Some(message::NEEDS_INCREMENTAL_STATE),
            trace_packet_defaults: None,
            data: Some(data),
        })
    }

    fn describe(&mut self, descriptor: TrackDescriptor) -> io::Result<()> {
        self.data(None, Data::TrackDescriptor(descriptor))
    }

    fn event(&mut self, time_ns: u64, event: TrackEvent) -> io::Result<()> {
        self.data(Some(time_ns), Data::TrackEvent(event))
    }

    /// Clocks, machine, and the track of what is no thread's.
    fn begin(&mut self, session: &Session) -> io::Result<()> {
        let clock = session.clock;
        let clocks = [
            (message::MONOTONIC, clock.monotonic_ns),
            (message::BOOTTIME, clock.boottime_ns),
            (message::REALTIME, clock.realtime_ns),
        ];
        let clocks = clocks.map(|(id, ns)| Clock {
            clock_id: Some(id),
            timestamp: Some(ns),
        });
        self.packet(&TracePacket {
            timestamp: None,
            trusted_packet_sequence_id: SEQUENCE,
            sequence_flags: Some(message::INCREMENTAL_STATE_CLEARED),
            trace_packet_defaults: Some(TracePacketDefaults {
                timestamp_clock_id: Some(message::MONOTONIC),
            }),
            data: Some(Data::ClockSnapshot(ClockSnapshot {
                clocks: clocks.into(),
                primary_trace_clock: Some(message::MONOTONIC),
            })),
        })?;
        self.data(
            None,
            Data::SystemInfo(SystemInfo {
                utsname: Some(Utsname {
                    sysname: Some("Linux".to_owned()),
                    release: Some(session.release.clone()),
                    machine: Some(session.machine.clone()),
                }),
                tracing_service_version: Some(format!("kmodtrace {}", session.kmodtrace)),
                num_cpus: Some(session.cpus),
            }),
        )?;
        self.describe(TrackDescriptor {
            uuid: Some(OWN_TRACK),
            name: Some("kmodtrace".to_owned()),
            ..TrackDescriptor::default()
        })
    }

    /// Slices with those inside of them, and instants.
    fn items(&mut self, track: u64, items: Vec<Item>) -> io::Result<()> {
        // Ends of the slices that are open.
        let mut open: Vec<u64> = Vec::new();
        for item in items {
            let kind = match item.kind {
                Shape::Slice { duration_ns, depth } => {
                    while open.len() > depth {
                        self.end(track, open.pop())?;
                    }
                    open.push(item.start_ns.saturating_add(duration_ns));
                    message::SLICE_BEGIN
                }
                Shape::Open => message::SLICE_BEGIN,
                Shape::Instant => message::INSTANT,
            };
            let (mut flow_ids, mut terminating_flow_ids) = (Vec::new(), Vec::new());
            match item.flow {
                Some((flow, true)) => terminating_flow_ids.push(flow),
                Some((flow, false)) => flow_ids.push(flow),
                None => {}
            }
            self.event(
                item.start_ns,
                TrackEvent {
                    debug_annotations: annotations(item.args),
                    r#type: Some(kind),
                    track_uuid: Some(track),
                    categories: vec![item.category.to_owned()],
                    name: Some(item.name),
                    counter_value: None,
                    flow_ids,
                    terminating_flow_ids,
                },
            )?;
        }
        while !open.is_empty() {
            self.end(track, open.pop())?;
        }
        Ok(())
    }

    fn end(&mut self, track: u64, time_ns: Option<u64>) -> io::Result<()> {
        let Some(time_ns) = time_ns else {
            return Ok(());
        };
        self.event(
            time_ns,
            TrackEvent {
                r#type: Some(message::SLICE_END),
                track_uuid: Some(track),
                ..TrackEvent::default()
            },
        )
    }
}

fn annotations(args: Args) -> Vec<DebugAnnotation> {
    let named = args.into_iter().map(|(name, arg)| DebugAnnotation {
        name: Some(name.into_owned()),
        ..annotation(arg)
    });
    named.collect()
}

fn annotation(arg: Arg) -> DebugAnnotation {
    let mut annotation = DebugAnnotation::default();
    annotation.value = match arg {
        Arg::Text(text) => Some(Value::Text(text)),
        Arg::Number(number) => Some(Value::Uint(number)),
        Arg::Signed(number) => Some(Value::Int(number)),
        Arg::Address(address) => Some(Value::Pointer(address)),
        Arg::Flag(flag) => Some(Value::Bool(flag)),
        Arg::List(args) => {
            annotation.array_values = args.into_iter().map(self::annotation).collect();
            None
        }
        Arg::Group(args) => {
            annotation.dict_entries = annotations(args);
            None
        }
    };
    annotation
}
