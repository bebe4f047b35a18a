//! Apache Parquet: the two tables for `DuckDB`, Spark, pandas and others. Columns are flat and optional.
//!
//! Rows are written in groups, and the file is whole with its end only.

use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use ::parquet::{
    basic::Compression,
    data_type::{BoolType, ByteArray, ByteArrayType, Int64Type},
    file::{
        properties::WriterProperties,
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::parser::parse_message_type,
};

use super::{
    subject::Subject,
    table::{Cell, Kind, Run, Table},
};
use crate::{
    event::Session,
    model::{Load, Summary, Unload, Update},
    render::{Renderer, json_text},
};

/// Rows of a group: what is held in memory.
const GROUP_ROWS: usize = 1 << 14;

/// Writes one of the two tables.
pub struct Parquet {
    table: Table,
    run: Run,
    columns: Vec<Values>,
    rows: usize,
    /// Made when the first thing is written.
    writer: Option<SerializedFileWriter<Shared>>,
    buffer: Shared,
}

/// Values of a column, and of each row whether it has one: 1 or 0, as Parquet's definition levels have it.
struct Values {
    there: Vec<i16>,
    cells: Cells,
}

enum Cells {
    Text(Vec<ByteArray>),
    Number(Vec<i64>),
    Flag(Vec<bool>),
}

/// What the writer has written and nobody has taken yet: it wants to own where it writes to.
#[derive(Clone, Debug, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn take(&self) -> Vec<u8> {
        mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut buffer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        buffer.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The column that tells which texts of a row are not literal.
const ESCAPED: &str = "escaped";

impl Parquet {
    /// A writer of this table.
    #[must_use]
    pub fn new(table: Table) -> Self {
        let kinds = table.columns().iter().map(|column| column.kind);
        let columns = kinds.chain([Kind::Word]).map(Values::of);
        Self {
            table,
            run: Run::default(),
            columns: columns.collect(),
            rows: 0,
            writer: None,
            buffer: Shared::default(),
        }
    }

    fn begin(&mut self) -> io::Result<&mut SerializedFileWriter<Shared>> {
        let writer = match self.writer.take() {
            Some(writer) => writer,
            None => {
                let schema = Arc::new(parse_message_type(&schema(self.table))?);
                let properties = WriterProperties::builder()
                    .set_compression(Compression::SNAPPY)
                    .set_created_by(concat!("kmodtrace ", env!("CARGO_PKG_VERSION")).to_owned());
                let properties = Arc::new(properties.build());
                SerializedFileWriter::new(self.buffer.clone(), schema, properties)?
            }
        };
        Ok(self.writer.insert(writer))
    }

    fn rows(&mut self, subject: Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
        for row in self.table.rows(subject, &self.run) {
            let mut escaped = Vec::new();
            let names = self.table.columns().iter();
            for (column, values) in names.zip(&mut self.columns) {
                let changed = values.push((column.cell)(&row));
                if changed {
                    escaped.push(column.name);
                }
            }
            if let Some(values) = self.columns.last_mut() {
                values.push(Cell::Word(escaped.join(" ").into()));
            }
            self.rows += 1;
        }
        if self.rows >= GROUP_ROWS {
            self.group(out)?;
        }
        Ok(())
    }

    /// Writes the rows that are held.
    fn group(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if mem::take(&mut self.rows) > 0 {
            let kinds = self.columns.iter_mut();
            let held: Vec<_> = kinds.map(Values::take).collect();
            let mut group = self.begin()?.next_row_group()?;
            for values in &held {
                let column = group.next_column()?;
                let mut column = column.ok_or_else(|| io::Error::other("a column is missing"))?;
                values.write(&mut column)?;
                column.close()?;
            }
            group.close()?;
        }
        out.write_all(&self.buffer.take())
    }
}

impl Values {
    fn of(kind: Kind) -> Self {
        let cells = match kind {
            Kind::Text | Kind::Word | Kind::Address => Cells::Text(Vec::new()),
            Kind::Number | Kind::Signed => Cells::Number(Vec::new()),
            Kind::Flag => Cells::Flag(Vec::new()),
        };
        Self {
            there: Vec::new(),
            cells,
        }
    }

    /// What it holds; nothing is left.
    fn take(&mut self) -> Self {
        Self {
            there: mem::take(&mut self.there),
            cells: match &mut self.cells {
                Cells::Text(cells) => Cells::Text(mem::take(cells)),
                Cells::Number(cells) => Cells::Number(mem::take(cells)),
                Cells::Flag(cells) => Cells::Flag(mem::take(cells)),
            },
        }
    }

    /// Appends a row's cell; true if its text is not literal.
    fn push(&mut self, cell: Cell<'_>) -> bool {
        let mut escaped = false;
        let text = |text: &str| ByteArray::from(text);
        let there = match (&mut self.cells, cell) {
            (Cells::Text(cells), Cell::Text(bytes)) => {
                let (shown, changed) = json_text(&bytes);
                escaped = changed;
                cells.push(text(&shown));
                true
            }
            (Cells::Text(cells), Cell::Word(word)) => {
                cells.push(text(&word));
                true
            }
            (Cells::Text(cells), Cell::Address(address)) => {
                cells.push(text(&format!("{address:#x}")));
                true
            }
            (Cells::Number(cells), Cell::Number(number)) => {
                // The schema says that there is no sign.
                cells.push(number.cast_signed());
                true
            }
            (Cells::Number(cells), Cell::Signed(number)) => {
                cells.push(number);
                true
            }
            (Cells::Flag(cells), Cell::Flag(flag)) => {
                cells.push(flag);
                true
            }
            (_, Cell::Missing) => false,
            (_, cell) => {
                debug_assert!(false, "{cell:?} in a column of another kind");
                false
            }
        };
        self.there.push(there.into());
        escaped
    }

    fn write(&self, column: &mut SerializedColumnWriter<'_>) -> io::Result<()> {
        let there = Some(self.there.as_slice());
        match &self.cells {
            Cells::Text(cells) => column
                .typed::<ByteArrayType>()
                .write_batch(cells, there, None)?,
            Cells::Number(cells) => column
                .typed::<Int64Type>()
                .write_batch(cells, there, None)?,
            Cells::Flag(cells) => column.typed::<BoolType>().write_batch(cells, there, None)?,
        };
        Ok(())
    }
}

impl Renderer for Parquet {
    fn session(&mut self, session: &Session, _out: &mut dyn Write) -> io::Result<()> {
        self.run = Run::from(session);
        Ok(())
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
        self.group(out)?;
        self.begin()?.finish()?;
        // The writer has a buffer of its own in front of ours.
        self.writer = None;
        out.write_all(&self.buffer.take())
    }
}

/// The schema as Parquet writes it down.
fn schema(table: Table) -> String {
    let columns = table.columns().iter();
    let columns = columns.map(|column| (column.name, column.kind));
    let lines = columns.chain([(ESCAPED, Kind::Word)]).map(|(name, kind)| {
        let (kind, meaning) = match kind {
            Kind::Text | Kind::Word | Kind::Address => ("BYTE_ARRAY", " (STRING)"),
            Kind::Number => ("INT64", " (INTEGER(64,false))"),
            Kind::Signed => ("INT64", " (INTEGER(64,true))"),
            Kind::Flag => ("BOOLEAN", ""),
        };
        format!("OPTIONAL {kind} {name}{meaning};")
    });
    let lines: Vec<_> = lines.collect();
    format!("message kmodtrace {{ {} }}", lines.join(" "))
}
