//! A module's file, for people and as JSON: `docs/output.md` documents both.

mod against;
mod identity;
mod info;
pub(super) mod json;
mod layout;
mod lists;
mod relocations;
mod sections;
mod symbols;
mod words;

use std::{
    collections::HashMap,
    io::{self, Write},
};

use super::{canvas::Canvas, style::Style};
use crate::image::{ModuleImage, compression::Compression};

pub use against::{Against, differences};
pub use json::{INSPECT_SCHEMA, inspect_json};

/// A file and the module in it.
#[derive(Clone, Copy, Debug)]
pub struct Inspection<'a> {
    /// The file's path, as the user gave it.
    pub path: &'a [u8],
    /// Its size in bytes.
    pub file_bytes: u64,
    /// How it is compressed; `None` if it is not.
    pub compression: Option<Compression>,
    /// The module.
    pub image: &'a ModuleImage<'a>,
    /// Which modules provide its undefined symbols: by symbol, the module's name. `None` if nobody
    /// looked.
    pub providers: Option<&'a HashMap<Vec<u8>, Vec<u8>>>,
    /// A recorded load to compare it with.
    pub against: Option<Against<'a>>,
}

/// What to show besides the summary.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Views {
    /// All of modinfo, and the parameters.
    pub info: bool,
    /// Every section.
    pub sections: bool,
    /// Relocations by type and by section.
    pub relocations: bool,
    /// Undefined and exported symbols.
    pub symbols: bool,
}

impl Views {
    /// Everything.
    pub const ALL: Self = Self {
        info: true,
        sections: true,
        relocations: true,
        symbols: true,
    };
}

/// Writes a block for people.
///
/// # Errors
/// Those of `out`.
pub fn inspect_text(
    inspection: &Inspection<'_>,
    views: Views,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let canvas = &mut Canvas::new(out, style);
    let image = inspection.image;
    identity::write(inspection, canvas)?;
    layout::write(&image.layout, canvas)?;
    lists::counts(image, canvas)?;
    if views.info {
        info::write(image, canvas)?;
    }
    if views.sections {
        sections::write(image, canvas)?;
    }
    if views.relocations {
        relocations::write(image, canvas)?;
    }
    if views.symbols {
        symbols::write(inspection, canvas)?;
    }
    against::write(inspection, canvas)
}
