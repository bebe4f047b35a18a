//! Parquet, read back by rows.

use std::collections::BTreeMap;

use bytes::Bytes;
use kmodtrace::export::Format;
use parquet::{
    file::reader::{FileReader as _, SerializedFileReader},
    record::Field,
};

use crate::run::{self, Call, Told};

type Row = BTreeMap<String, Field>;

fn rows(told: &Told, format: Format) -> Vec<Row> {
    let bytes = Bytes::from(told.exported(format));
    let reader = SerializedFileReader::new(bytes).expect("a Parquet file");
    let rows = reader.get_row_iter(None).expect("rows");
    rows.map(|row| row.expect("a row").into_columns().into_iter().collect())
        .collect()
}

fn number(row: &Row, name: &str) -> u64 {
    match row[name] {
        Field::ULong(number) => number,
        ref other => panic!("{name}: {other:?}"),
    }
}

fn text(row: &Row, name: &str) -> Option<String> {
    match &row[name] {
        Field::Str(text) => Some(text.clone()),
        Field::Null => None,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn both_tables_tell_every_load_and_phase() {
    for told in run::all() {
        let mut calls: BTreeMap<Option<String>, Call> = BTreeMap::new();
        for row in rows(&told, Format::Parquet) {
            let call = Call {
                kind: text(&row, "kind").expect("a kind"),
                id: text(&row, "id").expect("an id"),
                module: text(&row, "module"),
                start_ns: number(&row, "start_ns"),
                total_ns: number(&row, "total_ns"),
                unattributed_ns: number(&row, "unattributed_ns"),
                phases: Vec::new(),
            };
            calls.insert(text(&row, "id"), call);
        }
        for row in rows(&told, Format::ParquetPhases) {
            let call = calls.get_mut(&text(&row, "id")).expect("a phase of a load");
            let name = text(&row, "phase").expect("a name");
            let phase = (name, number(&row, "start_ns"), number(&row, "duration_ns"));
            call.phases.push(phase);
        }
        told.holds(calls.into_values().collect());
    }
}

#[test]
fn a_file_without_loads_is_one() {
    let told = Told::of("nothing".to_owned(), Vec::new());
    assert!(rows(&told, Format::Parquet).is_empty());
}
