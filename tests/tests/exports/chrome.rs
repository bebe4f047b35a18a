//! Chrome's JSON, read back.

use std::collections::BTreeMap;

use kmodtrace::export::Format;
use serde_json::Value;

use crate::run::{self, Call};

/// Microseconds as nanoseconds: the recordings are short enough for doubles.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked by the comparison"
)]
fn ns(event: &Value) -> u64 {
    (event["ts"].as_f64().expect("a time") * 1000.0).round() as u64
}

#[test]
fn slices_are_the_loads_and_their_phases() {
    for told in run::all() {
        let text = told.exported(Format::Chrome);
        let trace: Value = serde_json::from_slice(&text).expect("JSON");
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let (mut stacks, mut calls) = (BTreeMap::new(), Vec::new());
        let (mut logs, mut arrows, mut updates) = (0, 0, 0);
        for event in trace["traceEvents"].as_array().expect("events") {
            let task = (event["pid"].as_u64(), event["tid"].as_u64());
            let stack: &mut Vec<(&Value, Option<Call>)> = stacks.entry(task).or_default();
            logs += usize::from(event["cat"] == "log");
            updates += usize::from(event["cat"] == "update");
            arrows += usize::from(event["ph"] == "f");
            match event["ph"].as_str() {
                Some("B") => {
                    let args = &event["args"];
                    let number = |name: &str| args[name].as_u64().expect("a number");
                    let call = matches!(event["cat"].as_str(), Some("load" | "unload"));
                    let call = call.then(|| Call {
                        kind: text(&event["cat"]).expect("a category"),
                        id: text(&args["id"]).expect("an id"),
                        module: text(&args["module"]),
                        start_ns: ns(event),
                        total_ns: number("total_ns"),
                        unattributed_ns: number("unattributed_ns"),
                        phases: Vec::new(),
                    });
                    assert_eq!(call.is_some(), stack.is_empty(), "{event}");
                    stack.push((event, call));
                }
                Some("E") => {
                    let (begin, call) = stack.pop().expect("something is open");
                    let (start_ns, length_ns) = (ns(begin), ns(event) - ns(begin));
                    if let Some(call) = call {
                        assert_eq!(call.total_ns, length_ns);
                        calls.push(call);
                    } else if begin["cat"] == "phase" {
                        let name = text(&begin["name"]).expect("a name");
                        let call = stack[0].1.as_mut().expect("a load");
                        call.phases.push((name, start_ns, length_ns));
                    }
                }
                _ => {}
            }
        }
        told.holds(calls);
        let lines = told.loads().map(|load| load.facts.log.len()).sum::<usize>();
        let more = told.unloads().map(|unload| unload.log.len()).sum::<usize>();
        let children = told.loads().filter(|load| load.parent.is_some()).count();
        assert_eq!((logs, arrows), (lines + more, children));
        assert_eq!(updates, told.updates().count());
        let summary = &trace["otherData"]["summary"];
        assert_eq!(summary["loads"], told.summary.loads);
        assert_eq!(summary["total_ns"], told.summary.total_ns);
    }
}
