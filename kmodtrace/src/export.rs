//! Loads for other programs: model in, bytes out, as in [`crate::render`].
//!
//! Each format is a [`Renderer`]: the one pipeline feeds it, and the summary, which comes last, closes what
//! needs an end. `docs/exports.md` says what each format holds.

mod arg;
mod chrome;
mod csv;
mod format;
mod perfetto;
mod subject;
mod table;
mod timeline;

pub use chrome::Chrome;
pub use csv::Csv;
pub use format::Format;
pub use perfetto::Perfetto;
pub use table::Table;

use crate::render::{Json, Renderer};

/// The exporter for a format.
///
/// # Errors
///
/// If this build leaves the format out; says which one has it.
pub fn exporter(format: Format) -> Result<Box<dyn Renderer>, String> {
    Ok(match format {
        Format::Perfetto => Box::new(Perfetto::new()),
        Format::Chrome => Box::new(Chrome::new()),
        Format::Json => Box::new(Json),
        Format::Csv => Box::new(Csv::new(Table::Loads)),
        Format::CsvPhases => Box::new(Csv::new(Table::Phases)),
    })
}
