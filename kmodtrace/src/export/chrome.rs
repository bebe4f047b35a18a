//! Chrome's JSON trace events ("Trace Event Format"), for `chrome://tracing`, Perfetto, speedscope and others.
//!
//! Times are microseconds with three decimals, which is exact; `ts` is that of `CLOCK_MONOTONIC`. Slices are pairs of
//! events, not complete ones: readers add `ts` and `dur` as doubles, and what ends together no longer does. One
//! event a line, so that of a run that is killed only the last brackets are missing.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    io::{self, Write},
};

use serde_json::{Map, Value, json};

use super::{
    arg::{Arg, Args},
    subject::Subject,
    timeline::{Item, Shape, Task, Timeline, totals},
};
use crate::{
    event::Session,
    model::{Load, Summary, Unload, Update},
    render::Renderer,
};

/// Writes a JSON object of trace events.
#[derive(Debug, Default)]
pub struct Chrome {
    timeline: Timeline,
    session: Map<String, Value>,
    begun: bool,
    named: BTreeSet<(u32, u32)>,
}

/// Process of what is no process's: no process has this number.
const OWN_PROCESS: u32 = u32::MAX >> 1;

impl Chrome {
    /// A writer that has written nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn event(&mut self, event: &Event<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut text = String::new();
        text.push_str(if std::mem::replace(&mut self.begun, true) {
            ",\n"
        } else {
            "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n"
        });
        event.write(&mut text)?;
        out.write_all(text.as_bytes())
    }

    fn name(&mut self, task: &Task, out: &mut dyn Write) -> io::Result<()> {
        let Some(comm) = &task.comm else {
            return Ok(());
        };
        if !self.named.insert((task.pid, task.tid)) {
            return Ok(());
        }
        self.metadata("process_name", (task.pid, task.tid), comm, out)?;
        self.metadata("thread_name", (task.pid, task.tid), comm, out)
    }

    fn metadata(
        &mut self,
        what: &str,
        task: (u32, u32),
        name: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let event = Event {
            args: json!({ "name": name }),
            ..Event::new("M", what, task)
        };
        self.event(&event, out)
    }

    /// Slices with those inside of them, and moments.
    fn items(&mut self, task: &Task, items: Vec<Item>, out: &mut dyn Write) -> io::Result<()> {
        self.name(task, out)?;
        let numbers = (task.pid, task.tid);
        // Names and ends of the slices that are open.
        let mut open: Vec<(String, u64)> = Vec::new();
        for item in items {
            if let Shape::Slice { depth, .. } = item.kind {
                while open.len() > depth {
                    self.end(numbers, open.pop(), out)?;
                }
            }
            let mut event = Event::new("B", &item.name, numbers);
            event.category = item.category;
            event.time_ns = item.start_ns;
            if item.kind == Shape::Instant {
                event.phase = "i";
            }
            if !item.args.is_empty() {
                event.args = object(item.args);
            }
            self.event(&event, out)?;
            if let Some((flow, end)) = item.flow {
                let mut arrow = Event::new(if end { "f" } else { "s" }, "asks for", numbers);
                arrow.category = "child";
                arrow.time_ns = item.start_ns;
                arrow.flow = Some(flow);
                self.event(&arrow, out)?;
            }
            if let Shape::Slice { duration_ns, .. } = item.kind {
                open.push((item.name, item.start_ns.saturating_add(duration_ns)));
            }
        }
        while !open.is_empty() {
            self.end(numbers, open.pop(), out)?;
        }
        Ok(())
    }

    fn end(
        &mut self,
        numbers: (u32, u32),
        slice: Option<(String, u64)>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let Some((name, end_ns)) = slice else {
            return Ok(());
        };
        let mut event = Event::new("E", &name, numbers);
        event.category = "end";
        event.time_ns = end_ns;
        self.event(&event, out)
    }

    fn subject(&mut self, subject: Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
        // An arrow's beginning stands in front of its end.
        if let Some((task, item)) = Timeline::asked_for(subject) {
            self.items(&task, vec![item], out)?;
        }
        let (task, items) = self.timeline.subject(subject);
        self.items(&task, items, out)
    }
}

impl Renderer for Chrome {
    fn session(&mut self, session: &Session, out: &mut dyn Write) -> io::Result<()> {
        if !self.timeline.session(session)? {
            return Ok(());
        }
        let clock = session.clock;
        let about = json!({
            "kmodtrace": session.kmodtrace,
            "release": session.release,
            "machine": session.machine,
            "boot_id": session.boot_id,
            "cpus": session.cpus,
            "clock": "CLOCK_MONOTONIC",
            "monotonic_ns": clock.monotonic_ns,
            "boottime_ns": clock.boottime_ns,
            "realtime_ns": clock.realtime_ns,
            "redacted": session.redacted,
        });
        if let Value::Object(about) = about {
            self.session = about;
        }
        self.metadata("process_name", (OWN_PROCESS, 0), "kmodtrace", out)
    }

    fn load(&mut self, load: &Load, out: &mut dyn Write) -> io::Result<()> {
        self.subject(Subject::Load(load), out)
    }

    fn unload(&mut self, unload: &Unload, out: &mut dyn Write) -> io::Result<()> {
        self.subject(Subject::Unload(unload), out)
    }

    fn update(&mut self, update: &Update, out: &mut dyn Write) -> io::Result<()> {
        match self.timeline.update(update) {
            Some((task, item)) => self.items(&task, vec![item], out),
            None => Ok(()),
        }
    }

    fn summary(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        for (task, item) in Timeline::in_flight(summary) {
            self.items(&task, vec![item], out)?;
        }
        for sample in self.timeline.samples() {
            let mut event = Event::new("C", sample.counter.name(), (OWN_PROCESS, 0));
            event.category = "counter";
            event.time_ns = sample.time_ns;
            event.args = json!({ "value": sample.value });
            self.event(&event, out)?;
        }
        if !self.begun {
            self.metadata("process_name", (OWN_PROCESS, 0), "kmodtrace", out)?;
        }
        let mut about = std::mem::take(&mut self.session);
        about.insert("summary".to_owned(), object(totals(summary)));
        let about = serde_json::to_string(&about)?;
        writeln!(out, "\n],\"otherData\":{about}}}")
    }
}

/// One trace event.
struct Event<'e> {
    phase: &'static str,
    name: &'e str,
    task: (u32, u32),
    category: &'static str,
    time_ns: u64,
    flow: Option<u64>,
    args: Value,
}

impl<'e> Event<'e> {
    fn new(phase: &'static str, name: &'e str, task: (u32, u32)) -> Self {
        Self {
            phase,
            name,
            task,
            // Some readers want one of every event; this is Chrome's for those that need none.
            category: "__metadata",
            time_ns: 0,
            flow: None,
            args: Value::Null,
        }
    }

    /// As JSON. Written by hand, because numbers with exactly three decimals are no numbers of `serde_json`'s.
    fn write(&self, text: &mut String) -> io::Result<()> {
        let name = serde_json::to_string(self.name)?;
        // Writing to a String cannot fail.
        let _ = write!(text, "{{\"ph\":\"{}\",\"name\":{name}", self.phase);
        let (pid, tid) = self.task;
        let _ = write!(text, ",\"pid\":{pid},\"tid\":{tid}");
        let _ = write!(text, ",\"cat\":\"{}\"", self.category);
        let _ = write!(text, ",\"ts\":{}", Microseconds(self.time_ns));
        if self.phase == "i" {
            text.push_str(",\"s\":\"t\"");
        }
        if let Some(flow) = self.flow {
            let _ = write!(text, ",\"id\":\"{flow:#x}\"");
            if self.phase == "f" {
                text.push_str(",\"bp\":\"e\"");
            }
        }
        if !self.args.is_null() {
            let _ = write!(text, ",\"args\":{}", serde_json::to_string(&self.args)?);
        }
        text.push('}');
        Ok(())
    }
}

/// Nanoseconds as microseconds with three decimals.
struct Microseconds(u64);

impl std::fmt::Display for Microseconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1000, self.0 % 1000)
    }
}

fn object(args: Args) -> Value {
    let entries = args
        .into_iter()
        .map(|(name, arg)| (name.into_owned(), value(arg)));
    Value::Object(entries.collect())
}

fn value(arg: Arg) -> Value {
    match arg {
        Arg::Text(text) => text.into(),
        Arg::Number(number) => number.into(),
        Arg::Signed(number) => number.into(),
        Arg::Address(address) => format!("{address:#x}").into(),
        Arg::Flag(flag) => flag.into(),
        Arg::List(args) => args.into_iter().map(value).collect(),
        Arg::Group(args) => object(args),
    }
}
