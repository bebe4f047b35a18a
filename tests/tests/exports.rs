//! Every export is read back and tells the loads, phases and totals that the model has: of the recordings of real
//! kernels, and of the same with hostile texts.

#[path = "exports/chrome.rs"]
mod chrome;
#[path = "exports/csv.rs"]
mod csv;
#[path = "exports/otlp.rs"]
mod otlp;
#[path = "exports/parquet.rs"]
mod parquet;
#[path = "exports/perfetto.rs"]
mod perfetto;
#[path = "exports/protobuf.rs"]
mod protobuf;
#[path = "exports/run.rs"]
mod run;
