//! Section headers.

use object::{Endianness, elf, pod};

use super::{
    ImageError,
    header::{Encoding, range},
    strings::Strings,
};

/// One section header: `Elf64_Shdr`, or `Elf32_Shdr` widened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Section<'i> {
    /// Its name.
    pub name: &'i [u8],
    /// `sh_type`.
    pub kind: u32,
    /// `sh_flags`.
    pub flags: u64,
    /// `sh_addr`: 0 in a file; in the kernel's copy the address of the contents.
    pub address: u64,
    /// `sh_offset`, in bytes from the beginning of the file.
    pub offset: u64,
    /// `sh_size`, in bytes.
    pub size: u64,
    /// `sh_link`: index of the section that this one refers to.
    pub link: u32,
    /// `sh_info`.
    pub info: u32,
    /// `sh_addralign`, in bytes.
    pub align: u64,
    /// `sh_entsize`, in bytes; in the kernel's copy the place in the layout.
    pub entry_bytes: u64,
}

impl<'i> Section<'i> {
    /// True if the section is part of the running module.
    #[must_use]
    pub fn is_allocated(&self) -> bool {
        self.has(elf::SHF_ALLOC)
    }

    /// True if it takes no room in the file.
    #[must_use]
    pub fn is_nobits(&self) -> bool {
        self.kind == elf::SHT_NOBITS
    }

    /// True if all of these flags are set.
    #[must_use]
    pub fn has(&self, flags: u32) -> bool {
        let flags = u64::from(flags);
        self.flags & flags == flags
    }

    /// What the file holds of it: nothing of a NOBITS section.
    ///
    /// # Errors
    /// [`None`] if it ends beyond the end of the image.
    #[must_use]
    pub fn data(&self, image: &'i [u8]) -> Option<&'i [u8]> {
        if self.is_nobits() || self.kind == elf::SHT_NULL {
            return Some(&[]);
        }
        range(image, self.offset, self.size)
    }

    /// The name of its type as readelf prints it: `PROGBITS`; `None` for types without one.
    #[must_use]
    pub fn kind_name(&self) -> Option<&'static str> {
        Some(match self.kind {
            elf::SHT_NULL => "NULL",
            elf::SHT_PROGBITS => "PROGBITS",
            elf::SHT_SYMTAB => "SYMTAB",
            elf::SHT_STRTAB => "STRTAB",
            elf::SHT_RELA => "RELA",
            elf::SHT_HASH => "HASH",
            elf::SHT_DYNAMIC => "DYNAMIC",
            elf::SHT_NOTE => "NOTE",
            elf::SHT_NOBITS => "NOBITS",
            elf::SHT_REL => "REL",
            elf::SHT_SHLIB => "SHLIB",
            elf::SHT_DYNSYM => "DYNSYM",
            elf::SHT_INIT_ARRAY => "INIT_ARRAY",
            elf::SHT_FINI_ARRAY => "FINI_ARRAY",
            elf::SHT_PREINIT_ARRAY => "PREINIT_ARRAY",
            elf::SHT_GROUP => "GROUP",
            elf::SHT_SYMTAB_SHNDX => "SYMTAB SECTION INDICES",
            _ => return None,
        })
    }

    /// Its flags as readelf's letters: `WAX`; `x` stands for those without a letter.
    #[must_use]
    pub fn flag_letters(&self) -> String {
        const LETTERS: [(u32, char); 12] = [
            (elf::SHF_WRITE, 'W'),
            (elf::SHF_ALLOC, 'A'),
            (elf::SHF_EXECINSTR, 'X'),
            (elf::SHF_MERGE, 'M'),
            (elf::SHF_STRINGS, 'S'),
            (elf::SHF_INFO_LINK, 'I'),
            (elf::SHF_LINK_ORDER, 'L'),
            (elf::SHF_OS_NONCONFORMING, 'O'),
            (elf::SHF_GROUP, 'G'),
            (elf::SHF_TLS, 'T'),
            (elf::SHF_COMPRESSED, 'C'),
            (elf::SHF_EXCLUDE, 'E'),
        ];
        let mut known = 0;
        let mut letters = String::new();
        for (flag, letter) in LETTERS {
            known |= u64::from(flag);
            if self.has(flag) {
                letters.push(letter);
            }
        }
        if self.flags & !known != 0 {
            letters.push('x');
        }
        letters
    }
}

/// Reads section headers: `headers` holds them one after the other (a rest that is no whole header is
/// left out), `names` is the section header string table.
#[must_use]
pub fn parse<'i>(encoding: Encoding, headers: &'i [u8], names: &'i [u8]) -> Vec<Section<'i>> {
    raw(encoding, headers)
        .map(|(name, section)| Section {
            name: Strings(names).at(name),
            ..section
        })
        .collect()
}

/// The sections of a file with their names, all of them inside the file.
pub(super) fn of_image<'i>(
    encoding: Encoding,
    headers: &'i [u8],
    names_index: u16,
    image: &'i [u8],
) -> Result<Vec<Section<'i>>, ImageError> {
    let at = raw(encoding, headers).nth(names_index.into());
    let (_, names) = at.ok_or(ImageError::Header)?;
    let names = names
        .data(image)
        .ok_or(ImageError::Section(names_index.into()))?;
    let sections = parse(encoding, headers, names);
    let outside = sections.iter().position(|s| s.data(image).is_none());
    match outside {
        Some(index) => Err(ImageError::Section(index)),
        None => Ok(sections),
    }
}

/// Headers with the offsets of their names. Exactly one of the two tables holds something.
fn raw(encoding: Encoding, headers: &[u8]) -> impl Iterator<Item = (u64, Section<'_>)> {
    let endian = encoding.endian;
    let (long, short): (&[u8], &[u8]) = if encoding.is_64 {
        (headers, &[])
    } else {
        (&[], headers)
    };
    let long = long
        .chunks_exact(encoding.section_header_bytes())
        .filter_map(|bytes| pod::from_bytes(bytes).ok())
        .map(move |(header, _): (&elf::SectionHeader64<Endianness>, _)| {
            let section = Section {
                name: &[],
                kind: header.sh_type.get(endian),
                flags: header.sh_flags.get(endian),
                address: header.sh_addr.get(endian),
                offset: header.sh_offset.get(endian),
                size: header.sh_size.get(endian),
                link: header.sh_link.get(endian),
                info: header.sh_info.get(endian),
                align: header.sh_addralign.get(endian),
                entry_bytes: header.sh_entsize.get(endian),
            };
            (header.sh_name.get(endian).into(), section)
        });
    let short = short
        .chunks_exact(encoding.section_header_bytes())
        .filter_map(|bytes| pod::from_bytes(bytes).ok())
        .map(move |(header, _): (&elf::SectionHeader32<Endianness>, _)| {
            let section = Section {
                name: &[],
                kind: header.sh_type.get(endian),
                flags: header.sh_flags.get(endian).into(),
                address: header.sh_addr.get(endian).into(),
                offset: header.sh_offset.get(endian).into(),
                size: header.sh_size.get(endian).into(),
                link: header.sh_link.get(endian),
                info: header.sh_info.get(endian),
                align: header.sh_addralign.get(endian).into(),
                entry_bytes: header.sh_entsize.get(endian).into(),
            };
            (header.sh_name.get(endian).into(), section)
        });
    long.chain(short)
}
