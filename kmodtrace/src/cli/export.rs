//! `kmodtrace export`: recordings in the formats of other programs.

#[cfg(feature = "otlp")]
mod collector;

use std::{
    fs,
    io::{self, BufWriter, IsTerminal as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use super::{
    args::{ExportArgs, Protocol, Target},
    filter::Filter,
    output,
    pipeline::{Outlet, Pipeline},
    recordings::Recordings,
    sink::Sink,
};
use crate::{
    error::{Exit, Failure},
    export::exporter,
    source::Source as _,
};

#[cfg(not(feature = "otlp"))]
use crate::export::left_out;
#[cfg(feature = "otlp")]
use crate::export::{Encoding, Otlp};

/// Exports recordings.
///
/// # Errors
/// When a file cannot be read or created. A damaged file exports what could be read, then fails.
pub(super) fn export(args: &ExportArgs) -> Result<Exit, Failure> {
    let targets = args.targets().map_err(Failure::Export)?;
    let mut recordings = Recordings::open(&args.files)?;
    let outlets = targets.iter().map(|target| outlet(target, &recordings));
    let mut outlets = outlets.collect::<Result<Vec<_>, Failure>>()?;
    if let Some(url) = &args.otlp_endpoint {
        // In front: whoever names a collector wants to know when it does not answer.
        outlets.insert(0, collector(url, args.otlp_protocol)?);
    }
    let pipeline = Pipeline::new(Filter::new(&args.filter), outlets, args.count);
    let mut sink = Sink::new(None, args.redact, false, pipeline);
    let end = loop {
        match recordings.next() {
            Ok(Some(frame)) => sink.feed(frame)?,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    let (summary, whole) = sink.finish()?;
    end.map_err(|error| Failure::Damaged(error.to_string()))?;
    Ok(match Exit::of_report(&summary) {
        Exit::Ok if !whole => Exit::Incomplete,
        exit => exit,
    })
}

/// Opens what a target names; never one of the recordings.
fn outlet(target: &Target, recordings: &Recordings) -> Result<Outlet<'static>, Failure> {
    let Some(path) = &target.file else {
        if target.format.is_binary() && io::stdout().is_terminal() {
            let name = target.format.name();
            let why = format!("{name} is nothing for a terminal: -o FILE, or a pipe");
            return Err(Failure::Export(why));
        }
        let renderer = exporter(target.format).map_err(Failure::Export)?;
        let out = Box::new(BufWriter::new(io::stdout()));
        return Ok(Outlet::export(renderer, out, PathBuf::from("-")));
    };
    if fs::metadata(path).is_ok_and(|old| recordings.contain((old.dev(), old.ino()))) {
        let error = io::Error::other("it is one of the recordings");
        return Err(Failure::create(path, error));
    }
    file_outlet(target, path)
}

/// An export to a file that only its owner may read.
fn file_outlet(target: &Target, path: &Path) -> Result<Outlet<'static>, Failure> {
    let renderer = exporter(target.format).map_err(Failure::Export)?;
    let file = output::create_private(path).map_err(|error| Failure::create(path, error))?;
    let out = Box::new(BufWriter::new(file));
    Ok(Outlet::export(renderer, out, path.to_owned()))
}

/// Spans for a collector.
#[cfg(feature = "otlp")]
fn collector(url: &str, protocol: Option<Protocol>) -> Result<Outlet<'static>, Failure> {
    let out = collector::Collector::new(url, protocol).map_err(Failure::Export)?;
    let renderer = Box::new(Otlp::new(Encoding::Protobuf));
    Ok(Outlet::export(renderer, Box::new(out), PathBuf::from(url)))
}

#[cfg(not(feature = "otlp"))]
fn collector(_url: &str, _protocol: Option<Protocol>) -> Result<Outlet<'static>, Failure> {
    Err(Failure::Export(left_out("otlp")))
}

/// The exports of a run.
pub(super) fn live(targets: &[Target]) -> Result<Vec<Outlet<'static>>, Failure> {
    let files = targets
        .iter()
        .filter_map(|target| Some((target, target.file.as_deref()?)));
    files
        .map(|(target, path)| file_outlet(target, path))
        .collect()
}
