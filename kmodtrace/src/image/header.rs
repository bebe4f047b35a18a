//! The ELF header.

use object::{
    Endianness, elf,
    pod::{self, Pod},
};

use super::{ImageError, limits};

/// How numbers lie in an ELF file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Encoding {
    /// True for `ELFCLASS64`, false for `ELFCLASS32`.
    pub is_64: bool,
    /// Byte order.
    pub endian: Endianness,
}

impl Encoding {
    /// That of a running kernel of the usual kind: 64 bits, little-endian.
    pub const LITTLE_64: Self = Self {
        is_64: true,
        endian: Endianness::Little,
    };

    /// Bytes of a section header.
    #[must_use]
    pub fn section_header_bytes(self) -> usize {
        if self.is_64 {
            size_of::<elf::SectionHeader64<Endianness>>()
        } else {
            size_of::<elf::SectionHeader32<Endianness>>()
        }
    }

    /// 64 or 32.
    #[must_use]
    pub fn bits(self) -> u8 {
        if self.is_64 { 64 } else { 32 }
    }
}

/// What the loader needs of an ELF header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// Class and byte order.
    pub encoding: Encoding,
    /// `e_type`: 1 for relocatable objects.
    pub kind: u16,
    /// `e_machine`.
    pub machine: u16,
    /// Offset of the section headers, in bytes.
    pub section_offset: u64,
    /// How many section headers there are.
    pub section_count: u16,
    /// Bytes of a section header.
    pub section_bytes: u16,
    /// Which section holds the names of sections.
    pub names_index: u16,
}

impl Header {
    /// Reads an ELF header.
    ///
    /// # Errors
    /// When it is none, or of a kind that does not exist.
    pub fn parse(image: &[u8]) -> Result<Self, ImageError> {
        if image.is_empty() {
            return Err(ImageError::Empty);
        }
        if !image.starts_with(&elf::ELFMAG) {
            return Err(ImageError::NotElf);
        }
        let endian = match image.get(5) {
            Some(&elf::ELFDATA2LSB) => Endianness::Little,
            Some(&elf::ELFDATA2MSB) => Endianness::Big,
            Some(_) => return Err(ImageError::Header),
            None => return Err(ImageError::Truncated("its headers")),
        };
        match image.get(4) {
            Some(&elf::ELFCLASS64) => {
                let header: &elf::FileHeader64<Endianness> = first(image)?;
                Ok(Self {
                    encoding: Encoding {
                        is_64: true,
                        endian,
                    },
                    kind: header.e_type.get(endian),
                    machine: header.e_machine.get(endian),
                    section_offset: header.e_shoff.get(endian),
                    section_count: header.e_shnum.get(endian),
                    section_bytes: header.e_shentsize.get(endian),
                    names_index: header.e_shstrndx.get(endian),
                })
            }
            Some(&elf::ELFCLASS32) => {
                let header: &elf::FileHeader32<Endianness> = first(image)?;
                Ok(Self {
                    encoding: Encoding {
                        is_64: false,
                        endian,
                    },
                    kind: header.e_type.get(endian),
                    machine: header.e_machine.get(endian),
                    section_offset: header.e_shoff.get(endian).into(),
                    section_count: header.e_shnum.get(endian),
                    section_bytes: header.e_shentsize.get(endian),
                    names_index: header.e_shstrndx.get(endian),
                })
            }
            _ => Err(ImageError::Header),
        }
    }

    /// The section headers. As for the kernel (`elf_validity_cache_copy()`), the number of sections is
    /// what the header says: extended numbering is for object files of other kinds.
    ///
    /// # Errors
    /// When it is not the header of a relocatable object, or they are not in the file.
    pub(super) fn section_headers<'i>(&self, image: &'i [u8]) -> Result<&'i [u8], ImageError> {
        if self.kind != elf::ET_REL {
            return Err(ImageError::NotRelocatable(self.kind));
        }
        if self.section_count == 0 {
            return Err(ImageError::NoSections);
        }
        let bytes = self.encoding.section_header_bytes();
        if usize::from(self.section_bytes) != bytes {
            return Err(ImageError::Header);
        }
        let length = bytes as u64 * u64::from(self.section_count);
        range(image, self.section_offset, length)
            .ok_or(ImageError::Truncated("its section headers"))
    }
}

fn first<T: Pod>(image: &[u8]) -> Result<&T, ImageError> {
    let (header, _) = pod::from_bytes(image).map_err(|()| ImageError::Truncated("its headers"))?;
    Ok(header)
}

/// `length` bytes at `offset`; `None` if they are not all there.
pub(super) fn range(image: &[u8], offset: u64, length: u64) -> Option<&[u8]> {
    let end = offset.checked_add(length)?;
    if end > limits::IMAGE_BYTES {
        return None;
    }
    image.get(usize::try_from(offset).ok()?..usize::try_from(end).ok()?)
}
