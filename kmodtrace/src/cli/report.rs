//! `kmodtrace report`: prints a recording as the live run printed it.

use std::{
    fs::{self, File},
    io::{self, BufReader},
    os::unix::fs::MetadataExt as _,
    path::Path,
};

use super::{args::ReportArgs, output, sink::Sink};
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
        Recorded::open(BufReader::new(&file)).map_err(|error| not_recording(args, &error))?;
    let new = args.output.as_deref().map(|path| create(path, &file));
    let new = new.transpose()?;
    let pipeline = output::pipeline(&args.output_args);
    let mut sink = Sink::new(new, args.output_args.redact, false, pipeline)?;
    let end = loop {
        match recorded.next() {
            Ok(Some(frame)) => sink.feed(frame)?,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    let (summary, written) = sink.finish()?;
    output::summary(&args.output_args, &summary)?;
    end.map_err(|error| Failure::Damaged(error.to_string()))?;
    Ok(match Exit::of_report(&summary) {
        Exit::Ok if !written => Exit::Incomplete,
        exit => exit,
    })
}

fn not_recording(args: &ReportArgs, error: &TraceError) -> Failure {
    Failure::NotRecording(format!("{}: {error}", args.file.display()))
}

/// Creates the file for a copy, unless that is the recording itself.
fn create(path: &Path, recording: &File) -> Result<File, Failure> {
    let failed = |error| Failure::create(path, error);
    let own = recording.metadata().map_err(failed)?;
    if fs::metadata(path).is_ok_and(|old| (old.dev(), old.ino()) == (own.dev(), own.ino())) {
        return Err(failed(io::Error::other("it is the recording itself")));
    }
    output::create_private(path).map_err(failed)
}
