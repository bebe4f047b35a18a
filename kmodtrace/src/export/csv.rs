//! Comma-separated values (RFC 4180): UTF-8, CRLF, names of columns first.
//!
//! Nothing is changed silently. A text with control characters or bytes that are not UTF-8 has `\x1b` for each of
//! these and `\\` for each backslash, so a line is a record; one that a spreadsheet would take for a formula has a
//! `'` in front. The columns `escaped` and `quoted` name the columns of a row where that is so.

use std::io::{self, Write};

use ::csv::{ByteRecord, Terminator, WriterBuilder};

use super::{
    subject::Subject,
    table::{Cell, Run, Table},
};
use crate::{
    event::Session,
    model::{Load, Summary, Unload, Update},
    render::Renderer,
};

/// Writes one of the two tables.
#[derive(Debug)]
pub struct Csv {
    table: Table,
    run: Run,
    begun: bool,
}

impl Csv {
    /// A writer of this table.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self {
            table,
            run: Run::default(),
            begun: false,
        }
    }

    /// The line with the names of the columns, once.
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(());
        }
        let names = self.table.columns().iter().map(|column| column.name);
        let names: Vec<_> = names.chain(["escaped", "quoted"]).collect();
        write(&[ByteRecord::from(names)], out)
    }

    fn rows(&mut self, subject: Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)?;
        let rows = self.table.rows(subject, &self.run);
        let records = rows.iter().map(|row| {
            let (mut escaped, mut quoted) = (Vec::new(), Vec::new());
            let mut record = ByteRecord::new();
            for column in self.table.columns() {
                let field = match (column.cell)(row) {
                    Cell::Missing => String::new(),
                    Cell::Text(bytes) => {
                        let text = plain(&bytes, || escaped.push(column.name));
                        harmless(text, || quoted.push(column.name))
                    }
                    Cell::Word(word) => word.into_owned(),
                    Cell::Address(address) => format!("{address:#x}"),
                    Cell::Number(number) => number.to_string(),
                    Cell::Signed(number) => number.to_string(),
                    Cell::Flag(flag) => flag.to_string(),
                };
                record.push_field(field.as_bytes());
            }
            record.push_field(escaped.join(" ").as_bytes());
            record.push_field(quoted.join(" ").as_bytes());
            record
        });
        write(&records.collect::<Vec<_>>(), out)
    }
}

impl Renderer for Csv {
    fn session(&mut self, session: &Session, out: &mut dyn Write) -> io::Result<()> {
        self.run = Run::from(session);
        self.begin(out)
    }

    fn load(&mut self, load: &Load, out: &mut dyn Write) -> io::Result<()> {
        self.rows(Subject::Load(load), out)
    }

    fn unload(&mut self, unload: &Unload, out: &mut dyn Write) -> io::Result<()> {
        self.rows(Subject::Unload(unload), out)
    }

    fn update(&mut self, _update: &Update, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn summary(&mut self, _summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)
    }
}

/// Whole records at once.
fn write(records: &[ByteRecord], out: &mut dyn Write) -> io::Result<()> {
    let mut writer = WriterBuilder::new();
    let mut writer = writer.terminator(Terminator::CRLF).from_writer(Vec::new());
    for record in records {
        writer.write_byte_record(record)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(::csv::IntoInnerError::into_error)?;
    out.write_all(&bytes)
}

/// The text, without anything that acts on a terminal or ends a line.
fn plain(bytes: &[u8], escaped: impl FnOnce()) -> String {
    let text = std::str::from_utf8(bytes);
    if let Some(text) = text.ok().filter(|text| !text.contains(char::is_control)) {
        return text.to_owned();
    }
    escaped();
    let mut text = String::with_capacity(bytes.len() + 8);
    let hex = |text: &mut String, bytes: &[u8]| {
        for byte in bytes {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    };
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => text.push_str("\\\\"),
                c if c.is_control() => hex(&mut text, c.encode_utf8(&mut [0; 4]).as_bytes()),
                c => text.push(c),
            }
        }
        hex(&mut text, chunk.invalid());
    }
    text
}

/// The text, with a `'` in front if a spreadsheet would take it for a formula.
fn harmless(text: String, quoted: impl FnOnce()) -> String {
    let first = text.trim_start().chars().next();
    if !matches!(
        first,
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
    ) {
        return text;
    }
    quoted();
    format!("'{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_plain_and_can_be_had_back() {
        let shown = |bytes: &[u8]| {
            let mut escaped = false;
            (plain(bytes, || escaped = true), escaped)
        };
        assert_eq!(shown(b"a\\b,\"c\""), ("a\\b,\"c\"".to_owned(), false));
        assert_eq!(
            shown(b"a\\\x1b[31m\r\n\xff\xc2\x9b"),
            ("a\\\\\\x1b[31m\\x0d\\x0a\\xff\\xc2\\x9b".to_owned(), true)
        );
    }

    #[test]
    fn formulas_are_quoted_and_nothing_else() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "＝1"] {
            let mut quoted = false;
            assert_eq!(
                harmless(formula.to_owned(), || quoted = true),
                format!("'{formula}")
            );
            assert!(quoted);
        }
        assert_eq!(harmless("'a=1".to_owned(), || panic!("quoted")), "'a=1");
    }
}
