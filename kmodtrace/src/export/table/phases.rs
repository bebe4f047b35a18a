//! The table of phases.

use std::borrow::Cow;

use super::{Cell, Column, Kind, Row, Span, loads::columns};
use crate::{export::subject::unix_ns, model::Anchor};

pub(super) static COLUMNS: [Column; 16] = columns! {
    "kind" Word |row| Cell::word(Some(row.subject.kind()));
    "id" Word |row| Cell::word(Some(row.subject.id().to_string()));
    "boot_id" Text |row| Cell::Text(Cow::Borrowed(row.subject.boot_id().as_bytes()));
    "module" Text |row| Cell::text(row.subject.module());
    "result" Word |row| Cell::word(Some(row.subject.result()));
    "index" Number |row| row.span.as_ref().map_or(Cell::Missing, |(index, _)| Cell::count(*index));
    "phase" Word |row| span(row, |span| Cell::word(Some(span.name.clone())));
    "covers" Word |row| span(row, |span| Cell::word(Some(covers(span))));
    "start_ns" Number |row| span(row, |span| Cell::Number(span.start_ns));
    "start_unix_ns" Number |row| span(row, |span| Cell::number(unix_ns(row.run.clock, span.start_ns)));
    "offset_ns" Number |row| span(row, |span| Cell::Number(span.start_ns.saturating_sub(row.subject.start_ns())));
    "duration_ns" Number |row| span(row, |span| Cell::Number(span.duration_ns));
    "bounds" Word |row| span(row, |span| Cell::word(Some(span.bounds)));
    "from" Word |row| span(row, |span| anchor(span.begin));
    "to" Word |row| span(row, |span| anchor(span.end));
    "calls" Number |row| span(row, |span| Cell::count(span.calls.len()));
};

fn span<'r>(row: &Row<'r>, cell: impl FnOnce(&Span<'r>) -> Cell<'r>) -> Cell<'r> {
    row.span
        .as_ref()
        .map_or(Cell::Missing, |(_, span)| cell(span))
}

fn covers(span: &Span<'_>) -> String {
    let names: Vec<_> = span.covered().collect();
    names.join(" ")
}

fn anchor<'r>(anchor: Anchor) -> Cell<'r> {
    Cell::word(Some(format!("{} {}", anchor.hook, anchor.edge)))
}
