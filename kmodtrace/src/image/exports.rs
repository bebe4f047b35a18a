//! Exported symbols.

use std::collections::HashMap;

use super::{
    ImageError, limits,
    sections::Section,
    strings::Strings,
    symbols::{Symbol, SymbolTable},
};

/// A symbol that the module offers to others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Export<'i> {
    /// Its name.
    pub name: &'i [u8],
    /// True if only modules with a GPL-compatible licence may use it.
    pub gpl: bool,
    /// The namespace that a user must import; `None` if there is none.
    pub namespace: Option<&'i [u8]>,
}

/// In front of the name of a symbol's entry in the table of exports.
const ENTRY: &[u8] = b"__ksymtab_";
/// In front of the name of a symbol's namespace.
const NAMESPACE: &[u8] = b"__kstrtabns_";
/// `KSYM_FLAG_GPL_ONLY`.
const GPL_ONLY: u8 = 1;

/// The exports, in the order of the symbol table.
///
/// `EXPORT_SYMBOL()` (`include/linux/export-internal.h`) leaves an entry `__ksymtab_NAME` in the section
/// `__ksymtab` or `__ksymtab_gpl` and the namespace as a string at `__kstrtabns_NAME`. Where kernels
/// know `__kflagstab`, all entries are in `__ksymtab` and a byte of flags there goes with each.
///
/// # Errors
/// When there are more than [`limits::ENTRIES`].
pub fn find<'i>(
    sections: &[Section<'i>],
    symbols: &SymbolTable<'i>,
    image: &'i [u8],
) -> Result<Vec<Export<'i>>, ImageError> {
    let index = |name: &[u8]| {
        let at = sections.iter().position(|section| section.name == name);
        at.and_then(|at| u16::try_from(at).ok())
    };
    let (plain, gpl) = (index(b"__ksymtab"), index(b"__ksymtab_gpl"));
    if plain.is_none() && gpl.is_none() {
        return Ok(Vec::new());
    }
    let flags = Flags::find(sections, plain, image);
    let strings = index(b"__ksymtab_strings");
    let mut namespaces = HashMap::new();
    let mut exports = Vec::new();
    for symbol in symbols.iter().filter(|symbol| !symbol.is_undefined()) {
        let place = Some(symbol.section);
        if let Some(name) = symbol.name.strip_prefix(NAMESPACE) {
            if place == strings {
                namespaces.insert(name, symbol.value);
            }
        } else if let Some(name) = symbol.name.strip_prefix(ENTRY) {
            if place == plain || place == gpl {
                exports.push(Export {
                    name,
                    gpl: place == gpl || flags.is_gpl(&symbol),
                    namespace: None,
                });
            }
        }
        if exports.len().max(namespaces.len()) > limits::ENTRIES {
            return Err(ImageError::TooMany("exports"));
        }
    }
    let data = strings.and_then(|at| sections.get(usize::from(at))?.data(image));
    let strings = Strings(data.unwrap_or_default());
    for export in &mut exports {
        let namespace = namespaces.get(export.name).map(|&at| strings.at(at));
        export.namespace = namespace.filter(|namespace| !namespace.is_empty());
    }
    Ok(exports)
}

/// `__kflagstab`: a byte for each entry of `__ksymtab`.
#[derive(Default)]
struct Flags<'i> {
    bytes: &'i [u8],
    entry_bytes: u64,
}

impl<'i> Flags<'i> {
    fn find(sections: &[Section<'i>], plain: Option<u16>, image: &'i [u8]) -> Self {
        let find = || {
            let section = sections.iter().find(|s| s.name == b"__kflagstab")?;
            let table = sections.get(usize::from(plain?))?;
            let bytes = section.data(image)?;
            let entry_bytes = table.size.checked_div(bytes.len() as u64)?;
            Some(Self { bytes, entry_bytes })
        };
        find().unwrap_or_default()
    }

    fn is_gpl(&self, entry: &Symbol<'_>) -> bool {
        let at = entry.value.checked_div(self.entry_bytes);
        let at = at.and_then(|at| usize::try_from(at).ok());
        at.and_then(|at| self.bytes.get(at))
            .is_some_and(|flags| flags & GPL_ONLY != 0)
    }
}
