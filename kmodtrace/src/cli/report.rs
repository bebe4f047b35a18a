//! `kmodtrace report`: prints a recording as the live run printed it.

use std::{fs::File, io::BufReader};

use super::{args::ReportArgs, output};
use crate::{
    error::{Exit, Failure},
    source::{Source as _, recorded::Recorded},
};

/// Prints a recording.
///
/// # Errors
/// When the file cannot be read or the output cannot be written. A damaged file prints what could be
/// read, then fails.
pub fn report(args: &ReportArgs) -> Result<Exit, Failure> {
    let file = File::open(&args.file).map_err(|error| Failure::open(&args.file, error))?;
    let mut recorded = Recorded::open(BufReader::new(file))?;
    let mut pipeline = output::pipeline(&args.output_args)?;
    let mut with_command = false;
    let end = loop {
        match recorded.next() {
            Ok(Some(frame)) => {
                with_command |= frame.started_command();
                pipeline.feed(frame).map_err(Failure::Output)?;
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
        if pipeline.is_full() {
            break Ok(());
        }
    };
    let summary = pipeline.finish().map_err(Failure::Output)?;
    output::summary(&args.output_args, &summary, with_command)?;
    end?;
    Ok(Exit::of_report(&summary))
}
