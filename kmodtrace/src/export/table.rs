//! Loads and phases as tables: what CSV and Parquet share.
//!
//! Unloads are rows like loads; the column `kind` tells them apart.

mod loads;
mod phases;

use std::borrow::Cow;

use super::subject::{Span, Subject};
use crate::event::{ClockSample, Name, Session};

/// Which table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Table {
    /// A row for each load and unload.
    Loads,
    /// A row for each phase of them.
    Phases,
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Bytes from outside, which may be no UTF-8.
    Text,
    /// Words of ours: names of phases, results, numbers in hexadecimal.
    Word,
    /// A kernel address: hexadecimal digits after `0x`.
    Address,
    /// A number without a sign.
    Number,
    /// A number with a sign.
    Signed,
    /// Yes or no.
    Flag,
}

/// A value; missing is what is not known or does not apply.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Cell<'r> {
    Missing,
    Text(Cow<'r, [u8]>),
    Word(Cow<'r, str>),
    Address(u64),
    Number(u64),
    Signed(i64),
    Flag(bool),
}

impl<'r> Cell<'r> {
    fn text(name: Option<&'r Name>) -> Self {
        name.map_or(Self::Missing, |name| Self::Text(Cow::Borrowed(&name.0)))
    }

    fn word(word: Option<impl Into<Cow<'r, str>>>) -> Self {
        word.map_or(Self::Missing, |word| Self::Word(word.into()))
    }

    fn address(address: Option<u64>) -> Self {
        address.map_or(Self::Missing, Self::Address)
    }

    fn number(number: Option<impl Into<u64>>) -> Self {
        number.map_or(Self::Missing, |number| Self::Number(number.into()))
    }

    fn count(count: usize) -> Self {
        Self::Number(count as u64)
    }

    fn flag(flag: Option<bool>) -> Self {
        flag.map_or(Self::Missing, Self::Flag)
    }
}

/// The run that rows are of.
#[derive(Clone, Debug, Default)]
pub(super) struct Run {
    /// The clocks at its beginning.
    pub(super) clock: ClockSample,
    /// `uname -r` and `uname -m`; empty if the kernel is told elsewhere.
    kernel: (Name, Name),
}

impl Run {
    /// A run of which only the clocks are told.
    pub(super) fn of_clock(clock: ClockSample) -> Self {
        Self {
            clock,
            ..Self::default()
        }
    }
}

impl From<&Session> for Run {
    fn from(session: &Session) -> Self {
        let name = |text: &str| Name(text.as_bytes().to_vec());
        Self {
            clock: session.clock,
            kernel: (name(&session.release), name(&session.machine)),
        }
    }
}

/// What a row is made of.
pub(super) struct Row<'r> {
    pub(super) subject: Subject<'r>,
    run: &'r Run,
    /// In the table of phases: which one, from 0.
    span: Option<(usize, Span<'r>)>,
}

/// A column.
pub(super) struct Column {
    pub(super) name: &'static str,
    #[cfg_attr(
        not(feature = "parquet"),
        expect(dead_code, reason = "only Parquet has a schema")
    )]
    pub(super) kind: Kind,
    pub(super) cell: for<'r> fn(&Row<'r>) -> Cell<'r>,
}

impl Table {
    /// Its columns, without those in which a format tells of escapes.
    pub(super) fn columns(self) -> &'static [Column] {
        match self {
            Self::Loads => &loads::COLUMNS,
            Self::Phases => &phases::COLUMNS,
        }
    }

    /// The rows of a load or an unload.
    pub(super) fn rows<'r>(self, subject: Subject<'r>, run: &'r Run) -> Vec<Row<'r>> {
        let row = |span| Row { subject, run, span };
        match self {
            Self::Loads => vec![row(None)],
            Self::Phases => {
                let spans = subject.spans().into_iter().enumerate();
                spans.map(|span| row(Some(span))).collect()
            }
        }
    }
}
