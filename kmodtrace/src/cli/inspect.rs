//! `kmodtrace inspect`: what a module's file holds, without root and without a kernel.

mod against;
pub(super) mod file;
mod providers;

use std::{
    io::{self, BufWriter, Write},
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use super::{args::LookArgs, output};
use crate::{
    error::{Exit, Failure},
    image::{ModuleImage, compression},
    render::{Inspection, Style, Views, inspect_json, inspect_text},
};
use against::Loads;
pub(super) use providers::{Tree, name_of};

/// `kmodtrace inspect`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct InspectArgs {
    /// Module files: .ko, .ko.xz, .ko.zst, .ko.gz
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Tell which modules of this tree provide undefined symbols
    ///
    /// A directory as /lib/modules/RELEASE, with its modules.dep. Symbols that none of them provides
    /// come from the kernel or from a module that is not a declared dependency.
    #[arg(long, value_name = "DIR")]
    pub modules: Option<PathBuf>,

    /// Compare with the loads of a recording, and tell where each section came to lie
    ///
    /// The exit code is 2 if none of them was made from the file.
    #[arg(long, value_name = "TRACE")]
    pub against: Option<PathBuf>,

    /// Show all of modinfo, and the parameters
    #[arg(long, help_heading = "Output")]
    pub info: bool,

    /// Show every section
    #[arg(long, help_heading = "Output")]
    pub sections: bool,

    /// Show relocations by type and by section
    #[arg(long, help_heading = "Output")]
    pub relocs: bool,

    /// Show undefined and exported symbols
    #[arg(long, help_heading = "Output")]
    pub symbols: bool,

    /// Show all of that
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,

    /// Print one line of JSON per file, with everything
    #[arg(long, help_heading = "Output", conflicts_with_all = ["info", "sections", "relocs", "symbols", "verbose"])]
    pub json: bool,

    /// How text looks.
    #[command(flatten)]
    pub look: LookArgs,
}

impl InspectArgs {
    fn views(&self) -> Views {
        if self.verbose {
            return Views::ALL;
        }
        Views {
            info: self.info,
            sections: self.sections,
            relocations: self.relocs,
            symbols: self.symbols,
        }
    }

    fn style(&self) -> Style {
        self.look.style(output::surroundings(&io::stdout()))
    }
}

/// Prints every file that is a module; says of the others why they are not, and goes on.
///
/// # Errors
/// When the tree of `--modules` cannot be read, or the output not be written.
pub(super) fn inspect(args: &InspectArgs) -> Result<Exit, Failure> {
    let tree = args.modules.as_deref().map(Tree::read).transpose()?;
    let loads = args.against.as_deref().map(Loads::read).transpose()?;
    let mut out = BufWriter::new(io::stdout().lock());
    let (mut exit, mut first) = (Exit::Ok, true);
    for path in &args.files {
        let printed = one(path, args, tree.as_ref(), loads.as_ref(), first, &mut out);
        match printed {
            Ok(made_from_it) => {
                first = false;
                if !made_from_it {
                    exit = Exit::Usage;
                }
            }
            Err(failure @ Failure::Output(_)) => return Err(failure),
            Err(failure) => {
                // What was printed so far comes first, also where both go to the same place.
                out.flush().map_err(Failure::Output)?;
                eprintln!("kmodtrace: {failure}");
                exit = failure.exit(false);
            }
        }
    }
    out.flush().map_err(Failure::Output)?;
    Ok(exit)
}

/// Prints one file; false if no load that it was compared with was made from it.
fn one(
    path: &Path,
    args: &InspectArgs,
    tree: Option<&Tree>,
    loads: Option<&Loads<'_>>,
    first: bool,
    out: &mut dyn Write,
) -> Result<bool, Failure> {
    let file = file::read(path)?;
    let not_module = |error| Failure::not_module(path, error);
    let bytes = compression::decompress(&file).map_err(not_module)?;
    let image = ModuleImage::parse(&bytes).map_err(not_module)?;
    let providers = tree.map(|tree| tree.providers(&image));
    let against = loads.map(|loads| loads.of(&image));
    let made_from_it = against.is_none_or(|(_, made_from_it)| made_from_it);
    let inspection = Inspection {
        path: path.as_os_str().as_bytes(),
        file_bytes: file.len() as u64,
        compression: compression::Compression::of(&file),
        image: &image,
        providers: providers.as_ref(),
        against: against.map(|(against, _)| against),
    };
    if args.json {
        inspect_json(&inspection, out).map_err(Failure::Output)?;
        return Ok(made_from_it);
    }
    if !first {
        writeln!(out).map_err(Failure::Output)?;
    }
    inspect_text(&inspection, args.views(), args.style(), out).map_err(Failure::Output)?;
    Ok(made_from_it)
}
