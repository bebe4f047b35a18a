//! OpenTelemetry's messages, read back from JSON and from protobuf.

use std::collections::{BTreeMap, BTreeSet};

use kmodtrace::export::{Encoding, Format, Otlp};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1::Span,
};
use prost::Message as _;

use crate::run::{self, Call, Told};

fn attributes(pairs: &[KeyValue]) -> BTreeMap<&str, &Value> {
    let pairs = pairs.iter().map(|pair| {
        let value = pair.value.as_ref().and_then(|value| value.value.as_ref());
        (pair.key.as_str(), value.expect("a value"))
    });
    pairs.collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::StringValue(text) => text.clone(),
        other => panic!("{other:?}"),
    }
}

fn number(value: &Value) -> u64 {
    match value {
        Value::IntValue(number) => u64::try_from(*number).expect("no sign"),
        other => panic!("{other:?}"),
    }
}

fn check(told: &Told, requests: Vec<ExportTraceServiceRequest>) {
    let resources = requests.into_iter().flat_map(|one| one.resource_spans);
    let scopes = resources.flat_map(|resource| {
        let about = resource.resource.expect("a resource");
        let about = attributes(&about.attributes);
        assert_eq!(text(about["os.version"]), told.session.release);
        resource.scope_spans
    });
    let spans: Vec<Span> = scopes.flat_map(|scope| scope.spans).collect();
    let ids: BTreeSet<_> = spans.iter().map(|s| (&s.trace_id, &s.span_id)).collect();
    assert_eq!(ids.len(), spans.len(), "an id stands twice");
    let mut calls = BTreeMap::new();
    for span in &spans {
        let about = attributes(&span.attributes);
        let Some(kind) = about.get("kmodtrace.kind") else {
            continue;
        };
        let call = Call {
            kind: text(kind),
            id: text(about["kmodtrace.id"]),
            module: about.get("kmodtrace.module").map(|name| text(name)),
            start_ns: number(about["kmodtrace.start_ns"]),
            total_ns: span.end_time_unix_nano - span.start_time_unix_nano,
            unattributed_ns: number(about["kmodtrace.unattributed_ns"]),
            phases: Vec::new(),
        };
        let failed = text(about["kmodtrace.result"]) != "OK";
        assert_eq!(failed, about.contains_key("error.type"));
        calls.insert((&span.trace_id, &span.span_id), (call, span));
    }
    for span in &spans {
        let about = attributes(&span.attributes);
        let parent = calls.get_mut(&(&span.trace_id, &span.parent_span_id));
        if let (Some((call, outer)), true) = (parent, about.contains_key("kmodtrace.bounds")) {
            let offset_ns = span.start_time_unix_nano - outer.start_time_unix_nano;
            let length_ns = span.end_time_unix_nano - span.start_time_unix_nano;
            let phase = (span.name.clone(), call.start_ns + offset_ns, length_ns);
            call.phases.push(phase);
        }
    }
    let later = [
        "free init memory",
        "user space",
        "lost against another load",
    ];
    let updates = spans
        .iter()
        .filter(|span| later.contains(&span.name.as_str()));
    assert_eq!(updates.count(), told.updates().count());
    let children = told.loads().filter(|load| load.parent.is_some()).count();
    let inside = |(_, span): &&(Call, &Span)| !span.parent_span_id.is_empty();
    assert_eq!(calls.values().filter(inside).count(), children);
    let retries = told.loads().filter(|load| load.retry_of.is_some()).count();
    let links = calls.values().map(|(_, span)| span.links.len());
    assert_eq!(links.sum::<usize>(), retries);
    told.holds(calls.into_values().map(|(call, _)| call).collect());
}

#[test]
fn json_tells_every_load_and_phase() {
    for told in run::all() {
        let bytes = told.exported(Format::Otlp);
        let lines = bytes.split(|&byte| byte == b'\n');
        let lines = lines.filter(|line| !line.is_empty());
        let requests = lines.map(|line| serde_json::from_slice(line).expect("a request"));
        check(&told, requests.collect());
        assert_eq!(bytes, told.exported(Format::Otlp), "ids are made at random");
    }
}

#[test]
fn protobuf_tells_the_same() {
    for told in run::all() {
        let bytes = told.through(Box::new(Otlp::new(Encoding::Protobuf)));
        let (mut rest, mut requests) = (bytes.as_slice(), Vec::new());
        while !rest.is_empty() {
            let request = ExportTraceServiceRequest::decode_length_delimited(&mut rest);
            requests.push(request.expect("a request"));
        }
        check(&told, requests);
    }
}
