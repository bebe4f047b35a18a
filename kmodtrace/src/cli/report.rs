//! `kmodtrace report`: prints a recording as the live run printed it.

use std::{fs::File, io::BufReader};

use super::{args::ReportArgs, output};
use crate::{
    error::{Exit, Failure},
    source::{Source as _, recorded::Recorded},
    trace::TraceError,
};

/// Prints a recording.
///
/// # Errors
/// When the file cannot be read or the output cannot be written. A damaged file prints what could be
/// read, then fails.
pub(super) fn report(args: &ReportArgs) -> Result<Exit, Failure> {
    let file = File::open(&args.file).map_err(|error| Failure::open(&args.file, error))?;
    let mut recorded =
        Recorded::open(BufReader::new(file)).map_err(|error| not_recording(args, &error))?;
    let mut pipeline = output::pipeline(&args.output_args);
    let end = loop {
        match recorded.next() {
            Ok(Some(frame)) => pipeline.feed(frame),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
        if let Some(error) = pipeline.output_error() {
            return Err(Failure::Output(error));
        }
    };
    let summary = pipeline.finish();
    if let Some(error) = pipeline.output_error() {
        return Err(Failure::Output(error));
    }
    output::summary(&args.output_args, &summary)?;
    end.map_err(|error| Failure::Damaged(error.to_string()))?;
    Ok(Exit::of_report(&summary))
}

fn not_recording(args: &ReportArgs, error: &TraceError) -> Failure {
    Failure::NotRecording(format!("{}: {error}", args.file.display()))
}
