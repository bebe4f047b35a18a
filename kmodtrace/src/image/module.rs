//! A module as its file has it.

use super::{
    ImageError,
    exports::{self, Export},
    header::Header,
    layout::Layout,
    limits,
    modinfo::{self, Entry, Parameter},
    notes,
    relocations::{self, Table},
    sections::{self, Section},
    signature::{self, Signature, SignatureError},
    strings::until_nul,
    symbols::{Symbol, SymbolTable},
};

/// What is appended to an image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Appended<'i> {
    /// Nothing.
    Nothing,
    /// A signature. Whether it is valid is not looked at: that takes the kernel's keys.
    Signature(Signature<'i>),
    /// Something that ends as a signature does, but is none.
    Damaged(SignatureError),
}

/// A module's image. All names are those in the image, unchecked: escape them before printing.
#[derive(Clone, Debug)]
pub struct ModuleImage<'i> {
    /// The image's size in bytes, with its signature.
    pub bytes: u64,
    /// Class, byte order, machine.
    pub header: Header,
    /// The kernel's name of the module; `None` if it has none.
    pub name: Option<&'i [u8]>,
    /// The name in `struct module`, which the kernel registers; `None` if it has none.
    pub registered_name: Option<&'i [u8]>,
    /// The GNU build id.
    pub build_id: Option<&'i [u8]>,
    /// `.modinfo`, in its order.
    pub info: Vec<Entry<'i>>,
    /// Parameters.
    pub parameters: Vec<Parameter<'i>>,
    /// Sections, with the empty one at index 0.
    pub sections: Vec<Section<'i>>,
    /// Where they go.
    pub layout: Layout,
    /// Relocation sections.
    pub relocations: Vec<Table>,
    /// How many symbols the symbol table has.
    pub symbols: usize,
    /// Symbols that the kernel or other modules must provide.
    pub undefined: Vec<Symbol<'i>>,
    /// Symbols for others.
    pub exports: Vec<Export<'i>>,
    /// The init function; `None` if there is none.
    pub init: Option<&'i [u8]>,
    /// The exit function; `None` if there is none, so that the module cannot be unloaded.
    pub exit: Option<&'i [u8]>,
    /// The signature.
    pub appended: Appended<'i>,
}

impl<'i> ModuleImage<'i> {
    /// Reads an image (not compressed). The memory used is bounded by its size and [`limits`].
    ///
    /// # Errors
    /// When it is no kernel module, or cut off, or damaged so that its parts cannot be told apart.
    pub fn parse(image: &'i [u8]) -> Result<Self, ImageError> {
        if image.len() as u64 > limits::IMAGE_BYTES {
            return Err(ImageError::TooLarge);
        }
        let appended = match signature::parse(image) {
            Ok(None) => Appended::Nothing,
            Ok(Some(signature)) => Appended::Signature(signature),
            Err(error) => Appended::Damaged(error),
        };
        let elf = match &appended {
            Appended::Signature(signature) => signature.before(image),
            Appended::Nothing | Appended::Damaged(_) => image,
        };
        let header = Header::parse(elf)?;
        let encoding = header.encoding;
        let headers = header.section_headers(elf)?;
        let sections = sections::of_image(encoding, headers, header.names_index, elf)?;
        let named = |name: &str| {
            let section = sections.iter().find(|s| s.name == name.as_bytes());
            section.map(|section| section.data(elf).unwrap_or_default())
        };
        let this_module = named(".gnu.linkonce.this_module").ok_or(ImageError::NotModule)?;
        let info = modinfo::parse(named(".modinfo").unwrap_or_default());
        let info: Vec<_> = info.take(limits::ENTRIES + 1).collect();
        if info.len() > limits::ENTRIES {
            return Err(ImageError::TooMany("entries in .modinfo"));
        }
        let symbols = SymbolTable::find(encoding, &sections, elf)?;
        let registered_name = name_in(this_module, &header);
        Ok(Self {
            bytes: image.len() as u64,
            header,
            name: modinfo::value(&info, "name").or(registered_name),
            registered_name,
            build_id: notes::build_id(&sections, elf, encoding.endian),
            parameters: modinfo::parameters(&info),
            layout: Layout::new(&sections, &symbols),
            relocations: relocations::tables(encoding, header.machine, &sections, elf)?,
            symbols: symbols.len(),
            undefined: symbols.undefined()?,
            exports: exports::find(&sections, &symbols, elf)?,
            init: symbols.real_name("init_module"),
            exit: symbols.real_name("cleanup_module"),
            info,
            sections,
            appended,
        })
    }

    /// The first value of a key in `.modinfo`.
    #[must_use]
    pub fn info(&self, key: &str) -> Option<&'i [u8]> {
        modinfo::value(&self.info, key)
    }
}

/// The name in `struct module`: after `enum module_state` and `struct list_head`.
fn name_in<'i>(this_module: &'i [u8], header: &Header) -> Option<&'i [u8]> {
    let (offset, bytes) = if header.encoding.is_64 {
        (24, 56)
    } else {
        (12, 60)
    };
    let name = until_nul(this_module.get(offset..offset + bytes)?);
    (!name.is_empty()).then_some(name)
}
