//! The symbol table.

use object::{Endianness, elf, pod};

use super::{Encoding, ImageError, limits, sections::Section, strings::Strings};

/// One symbol: `Elf64_Sym`, or `Elf32_Sym` widened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Symbol<'i> {
    /// Its name; empty for symbols of sections.
    pub name: &'i [u8],
    /// `st_info`: binding and type.
    pub info: u8,
    /// Index of its section (`st_shndx`); 0 if it is undefined.
    pub section: u16,
    /// `st_value`: in a module, the offset in the section.
    pub value: u64,
}

impl Symbol<'_> {
    /// True if another module or the kernel must provide it.
    #[must_use]
    pub fn is_undefined(&self) -> bool {
        self.section == elf::SHN_UNDEF
    }

    /// True if the kernel loads the module without it too.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        self.info >> 4 == elf::STB_WEAK
    }

    /// True if it names a function.
    #[must_use]
    pub fn is_function(&self) -> bool {
        self.info & 0xf == elf::STT_FUNC
    }
}

/// The symbols of a module.
#[derive(Clone, Copy, Debug)]
pub struct SymbolTable<'i> {
    encoding: Encoding,
    data: &'i [u8],
    names: Strings<'i>,
    /// Index of the symbol table's section; `None` if there is none.
    pub section: Option<usize>,
    /// Index of its string table's section.
    pub names_section: usize,
}

impl<'i> SymbolTable<'i> {
    /// The first symbol table among the sections, and the string table that it refers to. The kernel
    /// loads no module that has none, or several.
    ///
    /// # Errors
    /// When there are more than [`limits::SYMBOLS`].
    pub fn find(
        encoding: Encoding,
        sections: &[Section<'i>],
        image: &'i [u8],
    ) -> Result<Self, ImageError> {
        let at = sections.iter().position(|s| s.kind == elf::SHT_SYMTAB);
        let section = at.and_then(|at| sections.get(at));
        let names_section = section.map_or(0, |s| usize::try_from(s.link).unwrap_or(0));
        let names = sections.get(names_section).and_then(|s| s.data(image));
        let table = Self {
            encoding,
            data: section.and_then(|s| s.data(image)).unwrap_or_default(),
            names: Strings(names.unwrap_or_default()),
            section: at,
            names_section,
        };
        if table.len() > limits::SYMBOLS {
            return Err(ImageError::TooMany("symbols"));
        }
        Ok(table)
    }

    /// Bytes of one symbol.
    #[must_use]
    pub fn entry_bytes(&self) -> usize {
        if self.encoding.is_64 {
            size_of::<elf::Sym64<Endianness>>()
        } else {
            size_of::<elf::Sym32<Endianness>>()
        }
    }

    /// How many symbols there are, with the empty one at index 0.
    #[must_use]
    pub fn len(&self) -> usize {
        self.data.len() / self.entry_bytes()
    }

    /// True if there is no symbol.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The symbols, with the empty one at index 0.
    pub fn iter(&self) -> impl Iterator<Item = Symbol<'i>> {
        let Self {
            encoding, names, ..
        } = *self;
        let endian = encoding.endian;
        self.data
            .chunks_exact(self.entry_bytes())
            .filter_map(move |bytes| {
                if encoding.is_64 {
                    let (symbol, _): (&elf::Sym64<Endianness>, _) = pod::from_bytes(bytes).ok()?;
                    Some(Symbol {
                        name: names.at(symbol.st_name.get(endian).into()),
                        info: symbol.st_info,
                        section: symbol.st_shndx.get(endian),
                        value: symbol.st_value.get(endian),
                    })
                } else {
                    let (symbol, _): (&elf::Sym32<Endianness>, _) = pod::from_bytes(bytes).ok()?;
                    Some(Symbol {
                        name: names.at(symbol.st_name.get(endian).into()),
                        info: symbol.st_info,
                        section: symbol.st_shndx.get(endian),
                        value: symbol.st_value.get(endian).into(),
                    })
                }
            })
    }

    /// What the module needs of others: the named undefined symbols, in the order of the table.
    ///
    /// # Errors
    /// When there are more than [`limits::ENTRIES`].
    pub fn undefined(&self) -> Result<Vec<Symbol<'i>>, ImageError> {
        let undefined = self
            .iter()
            .filter(|s| s.is_undefined() && !s.name.is_empty());
        let undefined: Vec<_> = undefined.take(limits::ENTRIES + 1).collect();
        if undefined.len() > limits::ENTRIES {
            return Err(ImageError::TooMany("undefined symbols"));
        }
        Ok(undefined)
    }

    /// The name that the source gives to a function: `module_init()` makes `init_module` an alias of
    /// it, so it is the function at the same place. `alias` itself if there is no other; `None` if
    /// there is no such symbol.
    #[must_use]
    pub fn real_name(&self, alias: &str) -> Option<&'i [u8]> {
        let alias = self
            .iter()
            .find(|symbol| symbol.name == alias.as_bytes() && !symbol.is_undefined())?;
        let place = |symbol: &Symbol<'_>| (symbol.section, symbol.value);
        let other = self.iter().find(|symbol| {
            symbol.is_function() && symbol.name != alias.name && place(symbol) == place(&alias)
        });
        Some(other.unwrap_or(alias).name)
    }
}
