//! Phases and the calls inside of them as nested slices.

use std::cmp::Reverse;

use super::{Arg, Item, Shape};
use crate::{
    export::{
        arg::{Args, of_call},
        subject::{Span, Subject},
    },
    model::Call,
};

/// A phase and its calls. What lies on one track has to be nested: a call that goes on behind the end of its phase,
/// or of the call that it is in, is drawn up to there and says how long it was (`duration_ns`).
pub(super) fn span(span: &Span<'_>, subject: Subject<'_>, items: &mut Vec<Item>) {
    let anchor = |anchor: crate::model::Anchor| format!("{} {}", anchor.hook, anchor.edge);
    let offset_ns = span.start_ns.saturating_sub(subject.start_ns());
    let mut args: Args = vec![
        ("offset_ns".into(), Arg::Number(offset_ns)),
        ("duration_ns".into(), Arg::Number(span.duration_ns)),
        ("bounds".into(), Arg::Text(span.bounds.to_owned())),
        ("from".into(), Arg::Text(anchor(span.begin))),
        ("to".into(), Arg::Text(anchor(span.end))),
    ];
    if span.covers.len() > 1 {
        let covers = span.covered().map(|name| Arg::Text(name.to_owned()));
        args.push(("covers".into(), Arg::List(covers.collect())));
    }
    items.push(Item {
        kind: Shape::Slice {
            duration_ns: span.duration_ns,
            depth: 1,
        },
        category: "phase",
        name: span.name.clone(),
        start_ns: span.start_ns,
        args,
        flow: None,
    });
    let end_ns = |call: &Call| call.start_ns.saturating_add(call.duration_ns.unwrap_or(0));
    let mut calls: Vec<_> = span.calls.iter().collect();
    calls.sort_by_key(|call| (call.start_ns, Reverse(end_ns(call))));
    // Ends of the slices that the next one is inside of.
    let mut inside = vec![span.end_ns()];
    for call in calls {
        let args = of_call(call);
        let Some(duration_ns) = call.duration_ns else {
            items.push(item(call, Shape::Instant, args));
            continue;
        };
        while inside.len() > 1 && inside.last().is_some_and(|&end| end <= call.start_ns) {
            inside.pop();
        }
        let limit_ns = inside.last().copied().unwrap_or(u64::MAX);
        let start_ns = call.start_ns.min(limit_ns);
        let drawn_ns = end_ns(call).min(limit_ns) - start_ns;
        let mut all: Args = Args::new();
        if drawn_ns != duration_ns {
            all.push(("duration_ns".into(), Arg::Number(duration_ns)));
        }
        all.extend(args);
        let shape = Shape::Slice {
            duration_ns: drawn_ns,
            depth: 1 + inside.len(),
        };
        items.push(Item {
            start_ns,
            ..item(call, shape, all)
        });
        inside.push(start_ns + drawn_ns);
    }
}

fn item(call: &Call, kind: Shape, args: Args) -> Item {
    Item {
        kind,
        category: "call",
        name: call.name.to_owned(),
        start_ns: call.start_ns,
        args,
        flow: None,
    }
}
