//! `kmodtrace map`: where a loaded module lies, or the module of a recorded load.

mod live;

use std::{
    ffi::{OsStr, OsString},
    io::{self, BufWriter, Write},
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use super::{
    args::{FilterArgs, LookArgs},
    filter::{Filter, NameGlob},
    loads, output,
};
use crate::{
    error::{Exit, Failure},
    event::Name,
    model::Load,
    render::{ModuleMap, Style, map_gdb, map_json, map_text},
};

/// `kmodtrace map`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct MapArgs {
    /// A module that is loaded (needs root), or a recording
    #[arg(value_name = "MODULE|TRACE")]
    pub target: OsString,

    /// Of a recording: only these modules (- and _ are the same)
    #[arg(long, value_name = "GLOB", value_parser = NameGlob::module)]
    pub module: Vec<NameGlob>,

    /// Print commands for gdb: add-symbol-file with every section that is in memory
    ///
    /// Of a recorded load also those of init, which are gone when the module has been loaded.
    #[arg(long, help_heading = "Output", conflicts_with = "json")]
    pub gdb: bool,

    /// Print one line of JSON per module
    #[arg(long, help_heading = "Output")]
    pub json: bool,

    /// The module's file, where it is not found or was elsewhere: for sizes, and for gdb to read
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// How text looks.
    #[command(flatten)]
    pub look: LookArgs,

    /// Look for /proc, /sys and /lib below this directory
    #[arg(long, value_name = "DIR", default_value = "/", hide = true)]
    pub root: PathBuf,
}

/// Prints the map; of a recording, one for each load that got memory.
///
/// # Errors
/// When the module is not loaded or hidden, the recording cannot be read or holds no such load, or the
/// output cannot be written.
pub(super) fn map(args: &MapArgs) -> Result<Exit, Failure> {
    let mut out = Output {
        args,
        out: BufWriter::new(io::stdout().lock()),
        style: style(args),
        printed: 0,
    };
    let path = Path::new(&args.target);
    if is_file(&args.target) {
        recorded(path, args, &mut out)?;
    } else {
        let live = live::read(&args.root, args.target.as_bytes(), args.file.as_deref())?;
        out.print(&live.map())?;
    }
    out.out.flush().map_err(Failure::Output)?;
    Ok(Exit::Ok)
}

/// A name without a slash is a module's, unless a file has it.
fn is_file(target: &OsStr) -> bool {
    target.as_bytes().contains(&b'/') || Path::new(target).is_file()
}

fn recorded(path: &Path, args: &MapArgs, out: &mut Output<'_, impl Write>) -> Result<(), Failure> {
    let filter = Filter::new(&FilterArgs {
        module: args.module.clone(),
        ..FilterArgs::default()
    });
    let file = args.file.as_ref();
    let file = file.map(|file| Name(file.as_os_str().as_bytes().to_vec()));
    loads::each(path, |load| {
        let lies_somewhere = load.facts.sections.iter().any(|s| s.address.is_some());
        if !filter.matches(load) || !lies_somewhere {
            return Ok(());
        }
        out.print(&of_load(load, file.as_ref()))
    })?;
    if out.printed == 0 {
        return Err(Failure::NoLoad(path.to_owned()));
    }
    Ok(())
}

/// The module of a load, with the file that was given for it.
fn of_load<'l>(load: &'l Load, file: Option<&'l Name>) -> ModuleMap<'l> {
    let path = load.facts.file.path.as_ref().or(load.file.as_ref());
    ModuleMap {
        module: load.module.as_ref(),
        load: Some(load.id),
        file: file.or(path),
        sections: &load.facts.sections,
        sizes_known: true,
        memory: &load.facts.memory,
        init_freed: false,
        redacted: load.redacted,
    }
}

struct Output<'a, W> {
    args: &'a MapArgs,
    out: W,
    style: Style,
    printed: u64,
}

impl<W: Write> Output<'_, W> {
    fn print(&mut self, map: &ModuleMap<'_>) -> Result<(), Failure> {
        let (args, out) = (self.args, &mut self.out);
        let between = self.printed > 0 && !args.json;
        self.printed += 1;
        let printed = (|| {
            if between {
                writeln!(out)?;
            }
            match (args.json, args.gdb) {
                (true, _) => map_json(map, out),
                (_, true) => map_gdb(map, out),
                _ => map_text(map, self.style, out),
            }
        })();
        printed.map_err(Failure::Output)
    }
}

fn style(args: &MapArgs) -> Style {
    args.look.style(output::surroundings(&io::stdout()))
}
