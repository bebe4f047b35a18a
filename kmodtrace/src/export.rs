//! Loads for other programs: model in, bytes out, as in [`crate::render`].
//!
//! Each format is a [`Renderer`]: the one pipeline feeds it, and the summary, which comes last, closes what
//! needs an end. `docs/exports.md` says what each format holds.

mod arg;
mod boot;
mod chrome;
mod csv;
mod format;
mod html;
mod lanes;
#[cfg(feature = "otlp")]
mod otlp;
mod palette;
#[cfg(feature = "parquet")]
mod parquet;
mod perfetto;
mod subject;
mod svg;
mod table;
mod timeline;

pub use chrome::Chrome;
pub use csv::Csv;
pub use format::Format;
pub use html::Html;
#[cfg(feature = "otlp")]
pub use otlp::{Encoding, Otlp};
#[cfg(feature = "parquet")]
pub use parquet::Parquet;
pub use perfetto::Perfetto;
pub use svg::Svg;
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
        Format::Json => Box::new(Json::default()),
        Format::Csv => Box::new(Csv::new(Table::Loads)),
        Format::CsvPhases => Box::new(Csv::new(Table::Phases)),
        Format::Html => Box::new(Html::default()),
        Format::Svg => Box::new(Svg::default()),
        #[cfg(feature = "otlp")]
        Format::Otlp => Box::new(Otlp::new(Encoding::Json)),
        #[cfg(feature = "parquet")]
        Format::Parquet => Box::new(Parquet::new(Table::Loads)),
        #[cfg(feature = "parquet")]
        Format::ParquetPhases => Box::new(Parquet::new(Table::Phases)),
        #[cfg(not(all(feature = "otlp", feature = "parquet")))]
        other => return Err(left_out(other.name())),
    })
}

/// What is said of a format that this build leaves out.
#[must_use]
pub fn left_out(name: &str) -> String {
    format!(
        "this is the small build, without {name}: `cargo xtask build --features otlp,parquet` makes one with it, \
         which reads the same recordings"
    )
}
