//! Relocations, counted: by section and by type.

use std::collections::BTreeMap;

use object::{Endianness, elf, pod};

use super::{Encoding, ImageError, arch, limits, sections::Section};

/// How many relocations there are of each type (`ELF64_R_TYPE`).
pub type Kinds = BTreeMap<u32, u64>;

/// One relocation section.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Table {
    /// Index of the section.
    pub section: usize,
    /// Index of the section that its relocations change (`sh_info`).
    pub target: usize,
    /// Whether the kernel applies them: only those of sections that it keeps
    /// (`apply_relocations()`).
    pub applied: bool,
    /// How many there are.
    pub count: u64,
    /// How many of each type.
    pub kinds: Kinds,
}

/// The name that the architecture gives to a relocation type; `None` for types without one.
#[must_use]
pub fn name(machine: u16, kind: u32) -> Option<&'static str> {
    arch::relocation_name(machine, kind)
}

/// Counts the relocations of all relocation sections.
///
/// # Errors
/// When there are more than the image has room for, or more types than
/// [`limits::RELOCATION_KINDS`].
pub fn tables<'i>(
    encoding: Encoding,
    machine: u16,
    sections: &[Section<'i>],
    image: &'i [u8],
) -> Result<Vec<Table>, ImageError> {
    let mut tables = Vec::new();
    // Tables do not overlap, so together they hold no more than the image does.
    let mut room = image.len() as u64;
    for (index, section) in sections.iter().enumerate() {
        if !matches!(section.kind, elf::SHT_REL | elf::SHT_RELA) {
            continue;
        }
        let data = section.data(image).ok_or(ImageError::Section(index))?;
        room = room
            .checked_sub(data.len() as u64)
            .ok_or(ImageError::TooMany("relocations"))?;
        let (count, kinds) = count(encoding, machine, section.kind == elf::SHT_RELA, data)?;
        let target = usize::try_from(section.info).unwrap_or(usize::MAX);
        tables.push(Table {
            section: index,
            target,
            applied: sections.get(target).is_some_and(Section::is_allocated),
            count,
            kinds,
        });
    }
    Ok(tables)
}

/// All tables together, by type.
#[must_use]
pub fn total(tables: &[Table]) -> Kinds {
    let mut total = Kinds::new();
    for (&kind, count) in tables.iter().flat_map(|table| &table.kinds) {
        *total.entry(kind).or_default() += count;
    }
    total
}

/// Counts the types in one table.
fn count(
    encoding: Encoding,
    machine: u16,
    addends: bool,
    data: &[u8],
) -> Result<(u64, Kinds), ImageError> {
    let endian = encoding.endian;
    match (encoding.is_64, addends) {
        (true, true) => tally(data, |entry: &elf::Rela64<Endianness>| {
            let mips = machine == elf::EM_MIPS && endian == Endianness::Little;
            entry.r_type(endian, mips)
        }),
        (true, false) => tally(data, |entry: &elf::Rel64<Endianness>| entry.r_type(endian)),
        (false, true) => tally(data, |entry: &elf::Rela32<Endianness>| entry.r_type(endian)),
        (false, false) => tally(data, |entry: &elf::Rel32<Endianness>| entry.r_type(endian)),
    }
}

fn tally<T: pod::Pod>(data: &[u8], kind: impl Fn(&T) -> u32) -> Result<(u64, Kinds), ImageError> {
    // Small numbers, which all ABIs use, are counted without a look-up.
    let mut small = [0_u64; 512];
    let mut kinds = Kinds::new();
    let mut total = 0;
    for bytes in data.chunks_exact(size_of::<T>()) {
        let Ok((entry, _)) = pod::from_bytes(bytes) else {
            continue;
        };
        total += 1;
        let kind = kind(entry);
        let place = usize::try_from(kind).ok().and_then(|at| small.get_mut(at));
        match place {
            Some(count) => *count += 1,
            None => *kinds.entry(kind).or_default() += 1,
        }
        if kinds.len() > limits::RELOCATION_KINDS {
            return Err(ImageError::TooMany("types of relocations"));
        }
    }
    let small = (0_u32..).zip(small).filter(|(_, count)| *count > 0);
    kinds.extend(small);
    Ok((total, kinds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rela(kinds: &[u64]) -> Vec<u8> {
        let entry = |kind: &u64| [0_u64, *kind, 0].map(u64::to_le_bytes).concat();
        kinds.iter().flat_map(entry).collect()
    }

    #[test]
    fn types_are_counted_whatever_the_symbol() {
        let data = rela(&[4, 2, 4 | 7 << 32, 1026, 4, 0xffff_ffff]);
        let (total, kinds) = count(Encoding::LITTLE_64, elf::EM_X86_64, true, &data).unwrap();
        assert_eq!(total, 6);
        let expected = [(2, 1), (4, 3), (1026, 1), (0xffff_ffff, 1)];
        assert_eq!(kinds, Kinds::from(expected));
    }

    #[test]
    fn a_flood_of_types_is_refused() {
        let data = rela(&(1000..3000).collect::<Vec<_>>());
        let refused = count(Encoding::LITTLE_64, elf::EM_X86_64, true, &data);
        assert_eq!(refused, Err(ImageError::TooMany("types of relocations")));
    }

    #[test]
    fn tables_do_not_overlap() {
        let image = rela(&[1, 2, 3, 4]);
        let section = Section {
            name: b".rela.text",
            kind: elf::SHT_RELA,
            flags: 0,
            address: 0,
            offset: 0,
            size: 72,
            link: 0,
            info: 0,
            align: 8,
            entry_bytes: 24,
        };
        let counted = |count: usize| {
            let sections = vec![section; count];
            tables(Encoding::LITTLE_64, elf::EM_X86_64, &sections, &image)
        };
        assert_eq!(counted(1).unwrap()[0].count, 3);
        assert_eq!(counted(2), Err(ImageError::TooMany("relocations")));
    }

    #[test]
    fn names_are_those_of_the_architecture() {
        assert_eq!(name(elf::EM_X86_64, 4), Some("R_X86_64_PLT32"));
        assert_eq!(name(elf::EM_AARCH64, 283), Some("R_AARCH64_CALL26"));
        assert_eq!(name(elf::EM_PPC64, 10), Some("R_PPC64_REL24"));
        assert_eq!(name(elf::EM_X86_64, 200), None);
        assert_eq!(name(0, 0), None);
    }
}
