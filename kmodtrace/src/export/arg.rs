//! What is said of a slice, a span or an instant: named values.

use std::borrow::Cow;

use super::{
    subject::Subject,
    table::{Cell, Run, Table},
};
use crate::{
    event::{ClockSample, Name},
    explain::{Card, explain, explain_unload},
    model::{Call, CallValue},
    render::json_text,
};

/// A value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Arg {
    /// A text; bytes that are not UTF-8 are escaped as in JSON ([`json_text`]).
    Text(String),
    /// A number without a sign.
    Number(u64),
    /// A number with a sign.
    Signed(i64),
    /// A kernel address.
    Address(u64),
    /// Yes or no.
    Flag(bool),
    /// Values without names.
    List(Vec<Arg>),
    /// Values with names.
    Group(Args),
}

/// Named values, in order.
pub(super) type Args = Vec<(Cow<'static, str>, Arg)>;

/// A name from outside; true in the second if it is not literal.
pub(super) fn text(name: &Name) -> (String, bool) {
    let (text, escaped) = json_text(&name.0);
    (text.into_owned(), escaped)
}

/// Everything that is known of a load or unload besides its phases and its log: the columns of the table of loads
/// that hold something, its memory, and what a failure means.
pub(super) fn of_subject(subject: Subject<'_>, clock: ClockSample) -> Args {
    let mut args = Args::new();
    let mut escaped = Vec::new();
    let run = Run::of_clock(clock);
    for row in Table::Loads.rows(subject, &run) {
        for column in Table::Loads.columns() {
            let name = Cow::Borrowed(column.name);
            let arg = match (column.cell)(&row) {
                Cell::Missing => continue,
                Cell::Text(bytes) => {
                    let (text, changed) = json_text(&bytes);
                    if changed {
                        escaped.push(Arg::Text(column.name.to_owned()));
                    }
                    Arg::Text(text.into_owned())
                }
                Cell::Word(word) => Arg::Text(word.into_owned()),
                Cell::Address(address) => Arg::Address(address),
                Cell::Number(number) => Arg::Number(number),
                Cell::Signed(number) => Arg::Signed(number),
                Cell::Flag(flag) => Arg::Flag(flag),
            };
            args.push((name, arg));
        }
    }
    let regions = &subject.memory().regions;
    if !regions.is_empty() {
        let regions = regions.iter().map(|region| {
            let mut args: Args = vec![
                ("kind".into(), Arg::Text(region.kind.name().to_owned())),
                ("address".into(), Arg::Address(region.address)),
                ("bytes".into(), Arg::Number(region.bytes)),
            ];
            if let Some(permissions) = region.permissions {
                args.push(("permissions".into(), Arg::Text(permissions.to_string())));
            }
            Arg::Group(args)
        });
        args.push(("regions".into(), Arg::List(regions.collect())));
    }
    if let Some(card) = card(subject) {
        args.push(("explanation".into(), Arg::Group(explanation(&card))));
    }
    if !escaped.is_empty() {
        args.push(("escaped".into(), Arg::List(escaped)));
    }
    args
}

fn card(subject: Subject<'_>) -> Option<Card> {
    match subject {
        Subject::Load(load) => explain(load),
        Subject::Unload(unload) => explain_unload(unload),
    }
}

fn explanation(card: &Card) -> Args {
    let mut args: Args = vec![
        ("meaning".into(), Arg::Text(card.meaning.to_owned())),
        ("next".into(), Arg::Text(card.next.to_owned())),
        ("cause".into(), Arg::Text(card.cause.key().to_owned())),
        ("certain".into(), Arg::Flag(card.certain)),
    ];
    if !card.culprits.is_empty() {
        let culprits = card.culprits.iter();
        let culprits = culprits.map(|culprit| Arg::Text(text(&culprit.name).0));
        args.push(("culprits".into(), Arg::List(culprits.collect())));
    }
    let provided = card.culprits.iter().filter_map(|culprit| {
        let module = Arg::Text(text(culprit.provider.as_ref()?).0);
        let symbol = Arg::Text(text(&culprit.name).0);
        Some(Arg::Group(vec![
            ("symbol".into(), symbol),
            ("module".into(), module),
        ]))
    });
    let providers: Vec<_> = provided.collect();
    if !providers.is_empty() {
        args.push(("providers".into(), Arg::List(providers)));
    }
    if let Some(unseen) = &card.unseen {
        args.push(("unseen".into(), Arg::Text(unseen.clone())));
    }
    args
}

/// What a probe read.
pub(super) fn of_call(call: &Call) -> Args {
    let values = call.values.iter().map(|(name, value)| {
        let value = match *value {
            CallValue::Address(address) => Arg::Address(address),
            CallValue::Number(number) => Arg::Number(number),
            CallValue::Status(status) => Arg::Signed(status),
        };
        (Cow::Borrowed(*name), value)
    });
    values.collect()
}
