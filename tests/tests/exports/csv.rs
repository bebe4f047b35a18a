//! CSV, read back by a reader of its own.

use std::collections::BTreeMap;

use csv::{Reader, StringRecord};
use kmodtrace::export::Format;

use crate::run::{self, Call, Told};

type Row = BTreeMap<String, String>;

fn rows(told: &Told, format: Format) -> Vec<Row> {
    let bytes = told.exported(format);
    let text = String::from_utf8(bytes).expect("UTF-8");
    assert!(text.ends_with("\r\n"));
    let acts = |c: char| c.is_control() && c != '\r' && c != '\n';
    assert!(!text.contains(acts), "{}", told.name);
    let mut reader = Reader::from_reader(text.as_bytes());
    let names = reader.headers().expect("a first line").clone();
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.map(|row: StringRecord| {
        let fields = names.iter().zip(&row);
        let fields = fields.map(|(name, field)| {
            let formula = field.trim_start().starts_with(['=', '+', '-', '@']);
            assert!(!formula || field.parse::<i64>().is_ok(), "{name}: {field}");
            (name.to_owned(), field.to_owned())
        });
        fields.collect()
    })
    .collect()
}

#[test]
fn both_tables_tell_every_load_and_phase() {
    let mut quoted = 0;
    for told in run::all() {
        let mut calls: BTreeMap<String, Call> = BTreeMap::new();
        let modules: BTreeMap<_, _> = told.calls().into_iter().map(|c| (c.id, c.module)).collect();
        for row in rows(&told, Format::Csv) {
            let number = |name: &str| row[name].parse().expect("a number");
            quoted += usize::from(!row["quoted"].is_empty());
            let literal = row["escaped"].is_empty() && row["quoted"].is_empty();
            let module = row["module"].clone();
            // What is not literal is compared by the readers of `cargo xtask test --full`.
            let module = if literal {
                Some(module).filter(|name| !name.is_empty())
            } else {
                modules[&row["id"]].clone()
            };
            let call = Call {
                kind: row["kind"].clone(),
                id: row["id"].clone(),
                module,
                start_ns: number("start_ns"),
                total_ns: number("total_ns"),
                unattributed_ns: number("unattributed_ns"),
                phases: Vec::new(),
            };
            assert!(calls.insert(row["id"].clone(), call).is_none());
        }
        for row in rows(&told, Format::CsvPhases) {
            let number = |name: &str| row[name].parse().expect("a number");
            let call = calls.get_mut(&row["id"]).expect("a phase of a load");
            let phase = (
                row["phase"].clone(),
                number("start_ns"),
                number("duration_ns"),
            );
            call.phases.push(phase);
        }
        told.holds(calls.into_values().collect());
    }
    assert!(quoted > 10, "{quoted} rows with formulas");
}
