//! Perfetto's protobuf, read back by field numbers.

use std::collections::BTreeMap;

use kmodtrace::export::Format;

use crate::{
    protobuf::Message,
    run::{self, Call},
};

/// The debug annotations of an event that are text or numbers.
fn args(event: &Message) -> BTreeMap<String, String> {
    let annotations = event.messages(4).into_iter();
    annotations
        .filter_map(|annotation| {
            let number = annotation.number(3).map(|number| number.to_string());
            let value = number.or_else(|| annotation.text(6))?;
            Some((annotation.text(10).expect("a name"), value))
        })
        .collect()
}

#[test]
fn slices_are_the_loads_and_their_phases() {
    for told in run::all() {
        let trace = Message::parse(&told.exported(Format::Perfetto));
        let packets = trace.messages(1);
        let clocks = packets[0].message(6).expect("clocks").messages(1);
        let clocks: Vec<_> = clocks.iter().map(|c| (c.number(1), c.number(2))).collect();
        let clock = told.session.clock;
        let wanted = [
            (3, clock.monotonic_ns),
            (6, clock.boottime_ns),
            (1, clock.realtime_ns),
        ];
        assert_eq!(clocks, wanted.map(|(id, ns)| (Some(id), Some(ns))));
        let defaults = packets[0].message(59).expect("defaults");
        assert_eq!(defaults.number(58), Some(3));
        let (mut stacks, mut calls) = (BTreeMap::new(), Vec::new());
        for packet in &packets {
            let Some(event) = packet.message(11) else {
                continue;
            };
            let time_ns = packet.number(8).expect("a time");
            let track = event.number(11).expect("a track");
            let stack: &mut Vec<(u64, String, Option<Call>)> = stacks.entry(track).or_default();
            match event.number(9) {
                Some(1) => {
                    let name = event.text(23).expect("a name");
                    assert!(!name.contains(char::is_control), "{name:?}");
                    let (category, args) = (event.text(22).expect("a category"), args(&event));
                    let number = |name: &str| args[name].parse().expect("a number");
                    let call = matches!(category.as_str(), "load" | "unload").then(|| Call {
                        kind: category.clone(),
                        id: args["id"].clone(),
                        module: args.get("module").cloned(),
                        start_ns: time_ns,
                        total_ns: number("total_ns"),
                        unattributed_ns: number("unattributed_ns"),
                        phases: Vec::new(),
                    });
                    assert_eq!(call.is_some(), stack.is_empty(), "{name}");
                    let name = if category == "phase" {
                        name
                    } else {
                        String::new()
                    };
                    stack.push((time_ns, name, call));
                }
                Some(2) => {
                    let (start_ns, name, call) = stack.pop().expect("something is open");
                    let length_ns = time_ns - start_ns;
                    if let Some(call) = call {
                        assert_eq!(call.total_ns, length_ns);
                        calls.push(call);
                    } else if !name.is_empty() {
                        let call = stack[0].2.as_mut().expect("a load");
                        call.phases.push((name, start_ns, length_ns));
                    }
                }
                _ => {}
            }
        }
        assert!(stacks.values().all(Vec::is_empty));
        told.holds(calls);
    }
}
