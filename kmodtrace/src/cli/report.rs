//! `kmodtrace report`: prints recordings as the live runs printed them.

use std::{fs, io, os::unix::fs::MetadataExt as _, path::Path};

use super::{
    args::ReportArgs,
    bench, output,
    recorder::{Files, Pace},
    recordings::Recordings,
    sink::Sink,
};
use crate::{
    error::{Exit, Failure},
    event::HostEvent,
    render::printable,
    source::Source as _,
    trace::Frame,
};

/// Prints recordings as one.
///
/// # Errors
/// When a file cannot be read or the output cannot be written. A damaged file prints what could be
/// read, then fails.
pub(super) fn report(args: &ReportArgs) -> Result<Exit, Failure> {
    let mut recordings = Recordings::open(&args.files)?;
    let new = args
        .output
        .as_deref()
        .map(|path| create(path, &recordings))
        .transpose()?;
    let (output, look) = (&args.output_args, &args.output_args.look);
    let pipeline = if args.bench {
        bench::pipeline(output.json, look)
    } else {
        output::pipeline(output, Vec::new())
    };
    let mut benchmarks = 0;
    let new = new.map(|files| (files, Pace::Copy));
    let mut sink = Sink::new(new, args.output_args.redact, false, pipeline);
    let end = loop {
        match recordings.next() {
            Ok(Some(frame)) => {
                benchmarks += u64::from(matches!(frame, Frame::Host(HostEvent::Benchmark(_))));
                sink.feed(frame)?;
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    let (summary, written) = sink.finish()?;
    if !args.bench {
        output::summary(output, &summary).map_err(Failure::Output)?;
    }
    for remark in recordings.remarks() {
        eprintln!("kmodtrace: {}", printable(remark.as_bytes(), false));
    }
    end.map_err(|error| Failure::Damaged(error.to_string()))?;
    if args.bench && benchmarks == 0 {
        return Err(Failure::NoBenchmark);
    }
    Ok(match Exit::of_report(&summary) {
        Exit::Ok if !written => Exit::Incomplete,
        exit => exit,
    })
}

/// Creates the file for a copy, unless that is one of the recordings.
fn create(path: &Path, recordings: &Recordings) -> Result<Files, Failure> {
    let failed = |error| Failure::create(path, error);
    if fs::metadata(path).is_ok_and(|old| recordings.contain((old.dev(), old.ino()))) {
        return Err(failed(io::Error::other("it is the recording itself")));
    }
    Files::create(path, None)
}
