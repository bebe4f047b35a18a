//! Where exports go.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::output::FilterArgs;
use crate::export::Format;

/// What `export --help` shows before the exit codes.
pub(super) const EXAMPLES: &str = "\
Examples:
  kmodtrace export boot.kmt --to perfetto -o boot.pftrace   for ui.perfetto.dev
  kmodtrace export boot.kmt --to csv > loads.csv
  kmodtrace export *.kmt --to csv:loads.csv --to csv-phases:phases.csv
  kmodtrace export boot.kmt --to chrome -o mail.json --redact
  kmodtrace export boot.kmt --otlp-endpoint http://localhost:4317";

/// What `--help` says of `--otlp-endpoint`.
const ENDPOINT: &str = "\
Send spans to an OpenTelemetry collector, such as http://localhost:4317

Headers come from OTEL_EXPORTER_OTLP_HEADERS, where nobody sees them: KEY=VALUE,KEY=VALUE. With https, the \
certificates that the system trusts are trusted (or those in the file SSL_CERT_FILE).";

/// `kmodtrace export`.
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// Recordings, written by `kmodtrace run -o FILE`
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// The format, and the file it goes to, if not to standard output
    #[arg(long, value_name = "FORMAT[:OUT]", value_parser = Target::parse, long_help = formats(),
        required_unless_present = "otlp_endpoint")]
    pub to: Vec<Target>,

    /// Where it goes, of one format; - is standard output
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,

    /// Send spans to an OpenTelemetry collector
    #[arg(long, value_name = "URL", long_help = ENDPOINT, help_heading = "OpenTelemetry")]
    pub otlp_endpoint: Option<String>,

    /// How to talk to the collector; without it, http if the URL has port 4318 or a path, else grpc
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        requires = "otlp_endpoint",
        help_heading = "OpenTelemetry"
    )]
    pub otlp_protocol: Option<Protocol>,

    /// Which loads.
    #[command(flatten)]
    pub filter: FilterArgs,

    /// Stop after N loads
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Filters")]
    pub count: Option<u64>,

    /// Take kernel addresses out
    ///
    /// As `report --redact` does.
    #[arg(long)]
    pub redact: bool,
}

/// How to talk to a collector.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Protocol {
    /// gRPC
    Grpc,
    /// Protobuf in HTTP POST requests; /v1/traces is added to a URL without a path
    Http,
}

/// A format, and where it goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// The format.
    pub format: Format,
    /// The file; `None` if none was named, or standard output was.
    pub file: Option<PathBuf>,
}

impl Target {
    /// Takes `FORMAT` or `FORMAT:OUT`.
    fn parse(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once(':') {
            Some((_, "")) => return Err(String::from("there is no file behind the colon")),
            Some((name, file)) => (name, Some(file)),
            None => (text, None),
        };
        let format = Format::named(name).ok_or_else(|| {
            let names: Vec<_> = Format::ALL.iter().map(|format| format.name()).collect();
            format!("`{name}` is no format; there are {}", names.join(", "))
        })?;
        let file = file.filter(|&file| file != "-").map(PathBuf::from);
        Ok(Self { format, file })
    }

    /// Takes `FORMAT:OUT` of a format that can be written while a run goes on.
    pub(super) fn parse_live(text: &str) -> Result<Self, String> {
        let target = Self::parse(text)?;
        let name = target.format.name();
        if !target.format.streams() {
            return Err(format!(
                "{name} is written when all is known: record with -o, then `kmodtrace export`"
            ));
        }
        if target.file.is_none() {
            return Err(format!("name a file: {name}:FILE"));
        }
        Ok(target)
    }
}

impl ExportArgs {
    /// What goes where.
    ///
    /// # Errors
    /// When `-o` is given for several formats or for one that has a file, or two go to one place.
    pub fn targets(&self) -> Result<Vec<Target>, String> {
        let mut targets = self.to.clone();
        if let Some(output) = &self.output {
            match targets.as_mut_slice() {
                [target] if target.file.is_none() => {
                    target.file = Some(output.clone()).filter(|path| path != Path::new("-"));
                }
                _ => {
                    return Err(String::from(
                        "-o is for one format without a file of its own",
                    ));
                }
            }
        }
        for (index, target) in targets.iter().enumerate() {
            let earlier = targets.iter().take(index);
            if earlier
                .map(|other| &other.file)
                .any(|file| *file == target.file)
            {
                return Err(String::from(
                    "two formats cannot go to one file: --to FORMAT:OUT",
                ));
            }
        }
        Ok(targets)
    }
}

/// The formats, for `--help`.
pub(super) fn formats() -> String {
    let lines = Format::ALL
        .iter()
        .map(|format| format!("  {:<16}{}", format.name(), format.about()));
    let lines: Vec<_> = lines.collect();
    format!(
        "The format, and the file it goes to, if not to standard output; can be given several times:\n{}",
        lines.join("\n")
    )
}
