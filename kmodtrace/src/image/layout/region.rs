//! Sizes: sections one after the other, each where its alignment wants it.

use object::elf;

use super::Kind;
use crate::image::{
    sections::Section,
    symbols::{Symbol, SymbolTable},
};

/// Bytes of a page. Kernels with larger pages exist (arm64, PowerPC), where counts of pages differ.
pub const PAGE_BYTES: u64 = 4096;

/// Some sections in one piece of memory.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Region {
    /// How many sections are in it.
    pub sections: usize,
    /// Its size in bytes, with the gaps of alignment.
    pub bytes: u64,
}

impl Region {
    /// Whole pages that it takes.
    #[must_use]
    pub fn pages(&self) -> u64 {
        self.bytes.div_ceil(PAGE_BYTES)
    }

    /// `module_get_offset_and_type()`.
    pub(super) fn add(&mut self, section: &Section<'_>) {
        self.align(section.align);
        self.add_unaligned(section);
    }

    pub(super) fn add_unaligned(&mut self, section: &Section<'_>) {
        self.grow(section.size);
        self.sections += 1;
    }

    /// The end of memory with permissions of its own, before Linux 6.4.
    pub(super) fn end_page(&mut self) {
        self.align(PAGE_BYTES);
    }

    fn align(&mut self, align: u64) {
        let aligned = self.bytes.checked_next_multiple_of(align.max(1));
        self.bytes = aligned.unwrap_or(u64::MAX);
    }

    fn grow(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// The symbols for kallsyms: all of them in init memory, those of what stays a second time in data
/// (`layout_symtab()`).
pub(super) struct Kallsyms<'s> {
    table: &'s Section<'s>,
    names: &'s Section<'s>,
    /// Bytes of a symbol, and of a pointer.
    entry_bytes: u64,
    pointer_bytes: u64,
    all: u64,
    kept: u64,
    kept_names_bytes: u64,
}

impl<'s> Kallsyms<'s> {
    pub(super) fn new(
        table: &'s Section<'s>,
        names: &'s Section<'s>,
        symbols: &SymbolTable<'_>,
        kinds: &[Kind],
    ) -> Self {
        let mut kallsyms = Self {
            table,
            names,
            entry_bytes: symbols.entry_bytes() as u64,
            pointer_bytes: if symbols.entry_bytes() == 24 { 8 } else { 4 },
            all: symbols.len() as u64,
            kept: 0,
            kept_names_bytes: 0,
        };
        for (index, symbol) in symbols.iter().enumerate() {
            if index == 0 || is_kept(&symbol, kinds) {
                kallsyms.kept += 1;
                kallsyms.kept_names_bytes += symbol.name.len() as u64 + 1;
            }
        }
        kallsyms
    }

    /// At the end of data: symbols, names, a letter for each.
    pub(super) fn add_core(&self, region: &mut Region) {
        region.align(self.table.align);
        region.grow(self.kept * (self.entry_bytes + 1) + self.kept_names_bytes);
    }

    /// At the end of init data: both sections as they are, `struct mod_kallsyms`, a letter for each.
    pub(super) fn add_init(&self, region: &mut Region) {
        region.add(self.table);
        region.add(self.names);
        region.align(self.pointer_bytes);
        region.grow(4 * self.pointer_bytes + self.all);
    }
}

/// `is_core_symbol()`.
fn is_kept(symbol: &Symbol<'_>, kinds: &[Kind]) -> bool {
    let kind = kinds.get(usize::from(symbol.section));
    let stays = kind.is_some_and(|kind| !kind.is_freed() && *kind != Kind::NotKept);
    symbol.section != elf::SHN_UNDEF && !symbol.name.is_empty() && stays
}
