//! Where output goes: loads to standard output, the summary for people to standard error, recordings to
//! private files.

use std::{
    env,
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, IsTerminal},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use super::{
    args::{OutputArgs, Surroundings},
    filter::Filter,
    pipeline::{Outlet, Pipeline},
};
use crate::{
    model::Summary,
    render::{Format, renderer},
};

/// Columns when a terminal does not tell.
const USUAL_COLUMNS: usize = 80;

/// Bytes that are written at once: some lines of JSON, and as much as a pipe holds.
const WRITTEN_BYTES: usize = 64 << 10;

/// The pipeline to standard output, and to exports.
pub(super) fn pipeline(args: &OutputArgs, exports: Vec<Outlet<'static>>) -> Pipeline<'static> {
    let style = args.style(surroundings(&io::stdout()));
    let out = Box::new(BufWriter::with_capacity(WRITTEN_BYTES, io::stdout()));
    let mut outlets = vec![Outlet::print(renderer(args.format(), style), out)];
    outlets.extend(exports);
    Pipeline::new(Filter::new(&args.filter), outlets, args.count)
}

/// Prints the end of the run: a line of data with `--json`, else talk.
pub(super) fn summary(args: &OutputArgs, summary: &Summary) -> io::Result<()> {
    if args.format() == Format::Json {
        let mut renderer = renderer(Format::Json, args.style(surroundings(&io::stdout())));
        return renderer.summary(summary, &mut io::stdout().lock());
    }
    let style = args.style(surroundings(&io::stderr()));
    let mut renderer = renderer(args.format(), style);
    renderer.summary(summary, &mut io::stderr().lock())
}

/// What there is to know of the place that a stream goes to.
pub(super) fn surroundings(stream: &(impl IsTerminal + std::os::fd::AsFd)) -> Surroundings {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let columns = || {
        let size = rustix::termios::tcgetwinsize(stream).ok()?;
        Some(usize::from(size.ws_col)).filter(|&columns| columns > 0)
    };
    Surroundings {
        columns: stream
            .is_terminal()
            .then(|| columns().unwrap_or(USUAL_COLUMNS)),
        no_color: set("NO_COLOR"),
        dumb: env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb"),
        utf8: locale_is_utf8(),
    }
}

/// As `setlocale(3)` decides: the first of the three that is set counts.
fn locale_is_utf8() -> bool {
    let value = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(env::var_os)
        .find(|value| !value.is_empty());
    value.is_some_and(|value| {
        let value = value.to_string_lossy().to_ascii_lowercase();
        value.contains("utf-8") || value.contains("utf8")
    })
}

/// Creates (or empties) a file that only its owner may read; never through a symbolic link in a
/// directory that others may write to.
pub(super) fn create_private(path: &Path) -> io::Result<File> {
    let shared = fs::metadata(parent(path))?.mode() & 0o022 != 0;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    if shared {
        options.custom_flags(i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or(0));
    }
    let file = options.open(path)?;
    // A file that was there keeps its mode otherwise.
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

/// Creates a file that only its owner may read, where nothing has that name.
pub(super) fn create_new_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path)
}

/// The directory that a file is in.
pub(super) fn parent(path: &Path) -> &Path {
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}
