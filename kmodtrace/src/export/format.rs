//! The formats by name.

/// A format of `kmodtrace export --to`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Format {
    /// Perfetto's protobuf.
    Perfetto,
    /// Chrome's JSON trace events.
    Chrome,
    /// JSON Lines, as `report --json` prints them.
    Json,
    /// A line of comma-separated values for each load.
    Csv,
    /// The same for each phase.
    CsvPhases,
    /// A page with a timeline.
    Html,
    /// A picture of the timeline.
    Svg,
    /// OpenTelemetry's spans, as JSON.
    Otlp,
    /// Loads as a Parquet file.
    Parquet,
    /// The same for phases.
    ParquetPhases,
}

impl Format {
    /// Every format, in the order in which they are told.
    pub const ALL: [Self; 10] = [
        Self::Perfetto,
        Self::Chrome,
        Self::Json,
        Self::Csv,
        Self::CsvPhases,
        Self::Html,
        Self::Svg,
        Self::Otlp,
        Self::Parquet,
        Self::ParquetPhases,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Perfetto => "perfetto",
            Self::Chrome => "chrome",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::CsvPhases => "csv-phases",
            Self::Html => "html",
            Self::Svg => "svg",
            Self::Otlp => "otlp",
            Self::Parquet => "parquet",
            Self::ParquetPhases => "parquet-phases",
        }
    }

    /// The format of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// What it is, in a few words.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Perfetto => "a trace for ui.perfetto.dev and its trace processor",
            Self::Chrome => "JSON trace events, for chrome://tracing and others",
            Self::Json => "JSON Lines, the same as `report --json`",
            Self::Csv => "loads for spreadsheets and data frames",
            Self::CsvPhases => "their phases",
            Self::Html => "one page with a timeline and every load in detail, for browsers",
            Self::Svg => "a picture of the timeline",
            Self::Otlp => "OpenTelemetry spans as JSON, one object a line; see --otlp-endpoint",
            Self::Parquet => "loads as Parquet, for DuckDB, Spark, pandas",
            Self::ParquetPhases => "their phases",
        }
    }

    /// True if it is not text: nothing for a terminal.
    #[must_use]
    pub fn is_binary(self) -> bool {
        match self {
            Self::Perfetto | Self::Parquet | Self::ParquetPhases => true,
            Self::Chrome
            | Self::Json
            | Self::Csv
            | Self::CsvPhases
            | Self::Html
            | Self::Svg
            | Self::Otlp => false,
        }
    }

    /// True if it can be written while a run goes on.
    #[must_use]
    pub fn streams(self) -> bool {
        match self {
            Self::Perfetto
            | Self::Chrome
            | Self::Json
            | Self::Csv
            | Self::CsvPhases
            | Self::Html
            | Self::Otlp => true,
            // A picture is drawn when the whole run is known.
            Self::Svg | Self::Parquet | Self::ParquetPhases => false,
        }
    }
}
