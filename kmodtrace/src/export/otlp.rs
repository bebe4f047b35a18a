//! OpenTelemetry: a span for each load, one inside for each phase, events for calls and log lines.
//!
//! As a file it is OTLP/JSON as the file exporter of the specification writes it, one object a line; for a
//! collector it is a stream of requests, each behind its length. Ids are made of the boot and the load, so that the
//! same recording has the same ids again. A load that another one's init asked for is held back until that one has
//! ended, because both are in its trace.

mod attribute;
mod span;

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use ::prost::Message as _;
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::InstrumentationScope,
    resource::v1::Resource,
    trace::v1::{ResourceSpans, ScopeSpans, Span},
};

use self::span::{Ids, Tree};
use super::subject::Subject;
use crate::{
    event::Session,
    model::{Load, LoadId, Summary, Unload, Update},
    render::Renderer,
};

/// How requests are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// An object of JSON a line.
    Json,
    /// Protobuf behind its length (a varint).
    Protobuf,
}

/// Receivers take messages of up to 4 MiB: one is closed when it has grown to this many bytes.
const REQUEST_BYTES: usize = 1 << 20;
/// The same for JSON, so that lines stay short.
const LINE_SPANS: usize = 512;
/// Loads that wait for their parents.
const MAX_WAITING: usize = 1024;
/// Loads that may still be updated; the oldest ones are forgotten.
const MAX_PAST: usize = 4096;

/// Writes spans.
#[derive(Debug)]
pub struct Otlp {
    encoding: Encoding,
    resource: Resource,
    ids: Ids,
    /// Loads by the parent that they wait for.
    waiting: BTreeMap<LoadId, Vec<Tree>>,
    past: BTreeMap<LoadId, span::Past>,
    spans: Vec<Span>,
    bytes: usize,
}

impl Otlp {
    /// A writer that has written nothing.
    #[must_use]
    pub fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            resource: Resource::default(),
            ids: Ids::default(),
            waiting: BTreeMap::new(),
            past: BTreeMap::new(),
            spans: Vec::new(),
            bytes: 0,
        }
    }

    fn subject(&mut self, subject: Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut tree = self.ids.tree(subject);
        for child in self.waiting.remove(&subject.id()).unwrap_or_default() {
            if let Some(child) = tree.adopt(child) {
                self.tell(child, out)?;
            }
        }
        match subject.load().and_then(|load| load.parent) {
            Some(parent) => {
                self.waiting.entry(parent.id).or_default().push(tree);
                if self.waiting.values().map(Vec::len).sum::<usize>() > MAX_WAITING {
                    self.orphans(out)?;
                }
                Ok(())
            }
            None => self.tell(tree, out),
        }
    }

    /// Loads whose parents were not told.
    fn orphans(&mut self, out: &mut dyn Write) -> io::Result<()> {
        for (parent, trees) in std::mem::take(&mut self.waiting) {
            for tree in trees {
                let tree = tree.orphaned(self.ids, parent);
                self.tell(tree, out)?;
            }
        }
        Ok(())
    }

    fn tell(&mut self, tree: Tree, out: &mut dyn Write) -> io::Result<()> {
        for (id, past) in tree.loads() {
            self.past.insert(id, past);
            if self.past.len() > MAX_PAST {
                self.past.pop_first();
            }
        }
        self.spans(tree.spans(), out)
    }

    fn spans(&mut self, spans: Vec<Span>, out: &mut dyn Write) -> io::Result<()> {
        for span in spans {
            let bytes = span.encoded_len();
            let full = match self.encoding {
                Encoding::Json => self.spans.len() >= LINE_SPANS,
                Encoding::Protobuf => self.bytes + bytes > REQUEST_BYTES,
            };
            if full {
                self.close(out)?;
            }
            self.bytes += bytes;
            self.spans.push(span);
        }
        Ok(())
    }

    /// Writes what is held.
    fn close(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.bytes = 0;
        let spans = std::mem::take(&mut self.spans);
        if spans.is_empty() {
            return Ok(());
        }
        let request = ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                resource: Some(self.resource.clone()),
                scope_spans: vec![ScopeSpans {
                    scope: Some(InstrumentationScope {
                        name: "kmodtrace".to_owned(),
                        version: env!("CARGO_PKG_VERSION").to_owned(),
                        ..InstrumentationScope::default()
                    }),
                    spans,
                    schema_url: String::new(),
                }],
                schema_url: attribute::SCHEMA_URL.to_owned(),
            }],
        };
        match self.encoding {
            Encoding::Json => {
                let mut line = serde_json::to_vec(&request)?;
                line.push(b'\n');
                out.write_all(&line)
            }
            Encoding::Protobuf => out.write_all(&request.encode_length_delimited_to_vec()),
        }
    }
}

impl Renderer for Otlp {
    fn session(&mut self, session: &Session, out: &mut dyn Write) -> io::Result<()> {
        let resource = attribute::resource(session);
        if resource != self.resource {
            self.orphans(out)?;
            self.close(out)?;
            self.past.clear();
            self.resource = resource;
        }
        self.ids = Ids::of_session(session);
        Ok(())
    }

    fn load(&mut self, load: &Load, out: &mut dyn Write) -> io::Result<()> {
        self.subject(Subject::Load(load), out)
    }

    fn unload(&mut self, unload: &Unload, out: &mut dyn Write) -> io::Result<()> {
        self.subject(Subject::Unload(unload), out)
    }

    fn update(&mut self, update: &Update, out: &mut dyn Write) -> io::Result<()> {
        if let Some(past) = self.past.get(&update.id()) {
            return self.spans(vec![self.ids.update(update, past)], out);
        }
        // It may wait for its parent.
        let ids = self.ids;
        let mut waiting = self.waiting.values_mut().flatten();
        waiting.any(|tree| tree.update(ids, update));
        Ok(())
    }

    fn summary(&mut self, _summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        self.orphans(out)?;
        self.close(out)
    }
}
