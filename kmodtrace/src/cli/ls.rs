//! `kmodtrace ls`: what recordings hold.

use std::{
    fs,
    io::{self, BufWriter, Write as _},
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use super::{
    args::LookArgs,
    filter::Filter,
    output,
    pipeline::{Outlet, Pipeline},
    recordings::Recordings,
};
use crate::{
    error::{Exit, Failure},
    event::{ClockSample, HostEvent, Name, Session},
    model::Summary,
    render::{Format, Listing, Style, listing_json, listing_text, printable, renderer},
    source::Source as _,
    trace::Frame,
};

/// `kmodtrace ls`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct LsArgs {
    /// Recordings, also compressed with gzip, and directories that hold some
    #[arg(value_name = "FILE|DIR", default_value = ".")]
    pub paths: Vec<PathBuf>,

    /// Print a line per load and unload, too
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,

    /// Print one line of JSON per recording
    #[arg(long, help_heading = "Output", conflicts_with = "verbose")]
    pub json: bool,

    /// How text looks.
    #[command(flatten)]
    pub look: LookArgs,
}

/// Lists every recording; says of files that are none, and were named, that they are not, and goes on.
///
/// # Errors
/// When the output cannot be written.
pub(super) fn ls(args: &LsArgs) -> Result<Exit, Failure> {
    let style = args.look.style(output::surroundings(&io::stdout()));
    let mut out = BufWriter::new(io::stdout().lock());
    let (mut exit, mut listings) = (Exit::Ok, Vec::new());
    for path in &args.paths {
        for (path, named) in found(path) {
            match listing(&path, args.verbose, style) {
                Ok(listing) if args.json => {
                    exit = worse(exit, &listing);
                    listing_json(&listing, &mut out).map_err(Failure::Output)?;
                }
                Ok(listing) => {
                    exit = worse(exit, &listing);
                    listings.push(listing);
                }
                Err(Failure::NotRecording(_)) if !named => {}
                Err(failure) => {
                    out.flush().map_err(Failure::Output)?;
                    let why = failure.to_string();
                    eprintln!("kmodtrace: {}", printable(why.as_bytes(), false));
                    exit = Exit::Usage;
                }
            }
        }
    }
    listing_text(&listings, style, &mut out).map_err(Failure::Output)?;
    out.flush().map_err(Failure::Output)?;
    Ok(exit)
}

/// Damage is told by the exit code, unless something worse is.
fn worse(exit: Exit, listing: &Listing) -> Exit {
    match exit {
        Exit::Ok if listing.damage.is_some() => Exit::Incomplete,
        exit => exit,
    }
}

/// The files of a directory, by name, or what is no directory; and whether it was named itself.
fn found(path: &Path) -> Vec<(PathBuf, bool)> {
    let Ok(entries) = fs::read_dir(path) else {
        return vec![(path.to_owned(), true)];
    };
    // A pipe would have to be waited for.
    let is_file = |path: &PathBuf| fs::metadata(path).is_ok_and(|about| about.is_file());
    let files = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut files: Vec<PathBuf> = files.filter(is_file).collect();
    files.sort();
    // `./boot.kmt` is better said without.
    let short = |file: PathBuf| file.strip_prefix(".").map_or(file.clone(), Path::to_owned);
    files.into_iter().map(|file| (short(file), false)).collect()
}

fn listing(path: &Path, verbose: bool, style: Style) -> Result<Listing, Failure> {
    let mut recordings = Recordings::open(&[path.to_owned()])?;
    let bytes = fs::metadata(path).map_or(0, |about| about.len());
    let (format, part) = recordings.first_file();
    let (mut lines, mut runs) = (Vec::new(), 0);
    let (mut session, mut end): (Option<Session>, Option<ClockSample>) = (None, None);
    let out: Box<dyn io::Write> = if verbose {
        Box::new(&mut lines)
    } else {
        Box::new(io::sink())
    };
    let brief = renderer(Format::Brief, style);
    let brief = vec![Outlet::print(brief, out)];
    let mut pipeline = Pipeline::new(Filter::default(), brief, None);
    let damage = loop {
        match recordings.next() {
            Ok(Some(frame)) => {
                match &frame {
                    Frame::Session(new) => {
                        runs += 1;
                        session.get_or_insert_with(|| (**new).clone());
                        end = None;
                    }
                    Frame::Host(HostEvent::End { clock }) => end = Some(*clock),
                    _ => {}
                }
                pipeline.feed(frame);
            }
            Ok(None) => break None,
            Err(error) => break Some(error.to_string()),
        }
    };
    let summary = pipeline.finish();
    drop(pipeline);
    Ok(Listing {
        path: Name(path.as_os_str().as_bytes().to_vec()),
        bytes,
        format,
        part,
        runs,
        until_ns: until(session.as_ref(), end, &summary),
        session,
        summary,
        ended: recordings.remarks().is_empty(),
        damage,
        lines,
    })
}

/// The end that was recorded, else that of the last load, by the clocks at the beginning.
fn until(session: Option<&Session>, end: Option<ClockSample>, summary: &Summary) -> Option<u64> {
    if let Some(end) = end {
        return Some(end.realtime_ns);
    }
    let clock = session?.clock;
    let since = summary.until_ns.checked_sub(clock.monotonic_ns)?;
    clock.realtime_ns.checked_add(since)
}
