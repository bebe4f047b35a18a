//! What the loader will make of the sections: `layout_sections()` and `layout_symtab()`, before
//! anything is loaded.
//!
//! Followed: `kernel/module/main.c` and `kernel/module/kallsyms.c`, with `CONFIG_MODULE_UNLOAD`,
//! `CONFIG_KALLSYMS_ALL` and `CONFIG_STRICT_MODULE_RWX`. Not foreseen: what an architecture adds when it
//! loads (PLTs of arm64 and PowerPC), and `ARCH_SHF_SMALL`, which only Alpha has.

mod region;

use object::elf;

use super::{sections::Section, symbols::SymbolTable};
pub use region::{PAGE_BYTES, Region};

/// Where a section goes: `enum mod_mem_type` of Linux 6.4 and later, and what has no part in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// `MOD_TEXT`: code.
    Text,
    /// `MOD_RODATA`: never written.
    Rodata,
    /// `MOD_RO_AFTER_INIT`: written by the init function only.
    RoAfterInit,
    /// `MOD_DATA`.
    Data,
    /// `MOD_INIT_TEXT`: code, freed after init.
    InitText,
    /// `MOD_INIT_RODATA`: freed after init.
    InitRodata,
    /// `MOD_INIT_DATA`: freed after init; so are the whole symbol table and its strings.
    InitData,
    /// Allocated per CPU.
    PerCpu,
    /// Only read while loading, or not at all.
    NotKept,
}

impl Kind {
    /// All kinds of memory, in the kernel's order.
    pub const MEMORY: [Self; 7] = [
        Self::Text,
        Self::Rodata,
        Self::RoAfterInit,
        Self::Data,
        Self::InitText,
        Self::InitRodata,
        Self::InitData,
    ];

    /// `text`, `rodata`, `ro_after_init`, …: as Linux names it, without `MOD_`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Rodata => "rodata",
            Self::RoAfterInit => "ro_after_init",
            Self::Data => "data",
            Self::InitText => "init_text",
            Self::InitRodata => "init_rodata",
            Self::InitData => "init_data",
            Self::PerCpu => "percpu",
            Self::NotKept => "not_kept",
        }
    }

    /// True for memory that is freed once the init function has returned.
    #[must_use]
    pub fn is_freed(self) -> bool {
        matches!(self, Self::InitText | Self::InitRodata | Self::InitData)
    }

    /// What the section becomes.
    ///
    /// Marked read-only after init: `.data..ro_after_init` and `__jump_table`. (Newer
    /// kernels, as 6.18, also mark `.static_call_sites`, which counts as data here.) `.modinfo` and `__versions` are only read.
    #[must_use]
    pub fn of(section: &Section<'_>) -> Self {
        if !section.is_allocated() || matches!(section.name, b".modinfo" | b"__versions") {
            return Self::NotKept;
        }
        if section.name == b".data..percpu" {
            return Self::PerCpu;
        }
        let init = section.name.starts_with(b".init");
        let after_init = matches!(section.name, b".data..ro_after_init" | b"__jump_table");
        if section.has(elf::SHF_EXECINSTR) {
            return if init { Self::InitText } else { Self::Text };
        }
        if !section.has(elf::SHF_WRITE) {
            return if init { Self::InitRodata } else { Self::Rodata };
        }
        match init {
            true => Self::InitData,
            false if after_init => Self::RoAfterInit,
            false => Self::Data,
        }
    }
}

/// The memory of a module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    /// What each section becomes, by its index.
    pub kinds: Vec<Kind>,
    /// The memory of each kind that is there, in the order of [`Kind::MEMORY`].
    pub regions: Vec<(Kind, Region)>,
    /// Per-CPU memory, for each CPU.
    pub percpu: Region,
    /// Sections that do not stay, as they are in the file: their number and bytes.
    pub not_kept: Region,
    /// Before Linux 6.4: everything that stays is one area.
    pub core: Region,
    /// Before Linux 6.4: everything that is freed after init is another.
    pub init: Region,
}

impl Layout {
    /// Lays the sections out.
    #[must_use]
    pub fn new(sections: &[Section<'_>], symbols: &SymbolTable<'_>) -> Self {
        let mut kinds: Vec<Kind> = sections.iter().map(Kind::of).collect();
        let tables = symbols.section.map(|table| [table, symbols.names_section]);
        for index in tables.into_iter().flatten() {
            if let Some(kind) = kinds.get_mut(index) {
                *kind = Kind::InitData;
            }
        }
        let tables = tables.unwrap_or_default();
        let of_kind = |kind: Kind| {
            let chosen = sections.iter().zip(&kinds).enumerate();
            chosen.filter_map(move |(index, (section, &its))| {
                // Index 0 is no section; symbols come last.
                let wanted = its == kind && index > 0 && !tables.contains(&index);
                wanted.then_some(section)
            })
        };
        let names = sections.get(tables[1]);
        let kallsyms = symbols
            .section
            .and_then(|at| Some((sections.get(at)?, names?)))
            .map(|(table, names)| region::Kallsyms::new(table, names, symbols, &kinds));
        let add_symbols = |kind: Kind, region: &mut Region| match (kind, &kallsyms) {
            (Kind::Data, Some(kallsyms)) => kallsyms.add_core(region),
            (Kind::InitData, Some(kallsyms)) => kallsyms.add_init(region),
            _ => {}
        };
        let regions = Kind::MEMORY.map(|kind| {
            let mut region = Region::default();
            of_kind(kind).for_each(|section| region.add(section));
            add_symbols(kind, &mut region);
            (kind, region)
        });
        let area = |freed: bool| {
            let mut region = Region::default();
            for kind in Kind::MEMORY {
                if kind.is_freed() == freed {
                    of_kind(kind).for_each(|section| region.add(section));
                    region.end_page();
                    // Symbols came after the last sections, on pages of their own.
                    add_symbols(kind, &mut region);
                    region.end_page();
                }
            }
            region
        };
        let count = |kind: Kind| {
            let mut region = Region::default();
            of_kind(kind).for_each(|section| region.add_unaligned(section));
            region
        };
        let mut percpu = Region::default();
        of_kind(Kind::PerCpu).for_each(|section| percpu.add(section));
        Self {
            regions: regions
                .into_iter()
                .filter(|(_, region)| region.sections > 0 || region.bytes > 0)
                .collect(),
            percpu,
            not_kept: count(Kind::NotKept),
            core: area(false),
            init: area(true),
            kinds,
        }
    }

    /// All of its memory, kept or freed: bytes of whole pages.
    #[must_use]
    pub fn page_bytes(&self, freed: bool) -> u64 {
        let regions = self.regions.iter();
        let regions = regions.filter(|(kind, _)| kind.is_freed() == freed);
        regions.fold(0, |sum, (_, region)| {
            sum.saturating_add(region.pages().saturating_mul(PAGE_BYTES))
        })
    }
}

#[cfg(test)]
mod tests;
