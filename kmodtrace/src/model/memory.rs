//! Where a module lies in memory.

use crate::event::Name;

/// Bytes of a page on every architecture that is traced.
pub const PAGE_BYTES: u64 = 4096;

/// A section as the kernel used it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    /// Index in the file.
    pub index: u32,
    /// Its name.
    pub name: Name,
    /// `sh_type`.
    pub kind: u32,
    /// `sh_flags`, after the loader has changed them.
    pub flags: u64,
    /// Its size, bytes.
    pub bytes: u64,
    /// Its final address; `None` if it is not part of the module in memory.
    pub address: Option<u64>,
    /// `sh_info`: of relocations, the index of the section that they apply to.
    pub info: Option<u32>,
}

/// The memory of a module.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Memory {
    /// Regions in order of address.
    pub regions: Vec<Region>,
    /// The area in which the kernel places modules (`MODULES_VADDR`, `MODULES_END`), where known.
    pub area: Option<(u64, u64)>,
    /// The per-CPU area.
    pub per_cpu: Option<PerCpu>,
    /// Every change of permissions, in order of time.
    pub changes: Vec<PermissionChange>,
    /// Whether some memory could be written to and executed in the end.
    pub verdict: Verdict,
}

/// A region of one kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Region {
    /// What it holds.
    pub kind: RegionKind,
    /// Its address.
    pub address: u64,
    /// Its size, bytes.
    pub bytes: u64,
    /// The block of memory that it is part of: the address of the allocation.
    pub block: u64,
    /// When the block was allocated, ns of `CLOCK_MONOTONIC`, and how long that took, ns.
    pub allocated: Option<(u64, u64)>,
    /// Its permissions when the load returned; `None` if they could not be followed or differ inside.
    pub permissions: Option<Permissions>,
}

/// What a region holds (`enum mod_mem_type`, Linux 6.4 and later).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum RegionKind {
    /// Code.
    Text,
    /// Data.
    Data,
    /// Data that is never written.
    Rodata,
    /// Data that is not written after init.
    RoAfterInit,
    /// Code that is freed after init.
    InitText,
    /// Data that is freed after init.
    InitData,
    /// Data that is never written and freed after init.
    InitRodata,
}

impl RegionKind {
    /// Every kind, in the kernel's order.
    pub const ALL: [Self; 7] = [
        Self::Text,
        Self::Data,
        Self::Rodata,
        Self::RoAfterInit,
        Self::InitText,
        Self::InitData,
        Self::InitRodata,
    ];

    /// Its name in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Data => "data",
            Self::Rodata => "rodata",
            Self::RoAfterInit => "ro_after_init",
            Self::InitText => "init_text",
            Self::InitData => "init_data",
            Self::InitRodata => "init_rodata",
        }
    }

    /// True if it is freed after init.
    #[must_use]
    pub fn is_init(self) -> bool {
        matches!(self, Self::InitText | Self::InitData | Self::InitRodata)
    }
}

/// What may be done with memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Permissions {
    /// It may be written to.
    pub write: bool,
    /// It may be executed.
    pub execute: bool,
}

impl std::fmt::Display for Permissions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let letter = |set, letter| if set { letter } else { '-' };
        write!(
            f,
            "r{}{}",
            letter(self.write, 'w'),
            letter(self.execute, 'x')
        )
    }
}

/// A per-CPU area.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PerCpu {
    /// Its place, as the kernel keeps it: an offset to each CPU's base; `None` if that was taken out
    /// ([`crate::redact`]).
    pub address: Option<u64>,
    /// Its size for each CPU, bytes.
    pub bytes: u64,
}

/// A change of permissions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PermissionChange {
    /// The hook that saw it: `set_memory_ro`, …
    pub call: &'static str,
    /// From here.
    pub address: u64,
    /// So many pages.
    pub pages: u64,
    /// Whether they can be written to afterwards; `None` if that does not change.
    pub write: Option<bool>,
    /// Whether they can be executed afterwards; `None` if that does not change.
    pub execute: Option<bool>,
    /// When, ns of `CLOCK_MONOTONIC`.
    pub time_ns: u64,
}

/// Whether "write xor execute" held when the load returned.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Verdict {
    /// Not known: the load did not come so far, or the kernel's calls were not all seen.
    #[default]
    Unknown,
    /// No memory can be both written to and executed.
    Holds,
    /// Some can.
    Violated,
}

impl Verdict {
    /// Its name in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Holds => "holds",
            Self::Violated => "violated",
        }
    }
}

impl Memory {
    /// Bytes that stay, and bytes that are freed after init.
    #[must_use]
    pub fn kept_and_freed(&self) -> (u64, u64) {
        self.regions.iter().fold((0, 0), |(kept, freed), region| {
            if region.kind.is_init() {
                (kept, freed + region.bytes)
            } else {
                (kept + region.bytes, freed)
            }
        })
    }

    /// True if every region lies in the kernel's area for modules; `None` if that is not known.
    #[must_use]
    pub fn in_area(&self) -> Option<bool> {
        let (begin, end) = self.area?;
        let inside =
            |region: &Region| begin <= region.address && region.address + region.bytes <= end;
        (!self.regions.is_empty()).then(|| self.regions.iter().all(inside))
    }

    /// The region that holds an address.
    #[must_use]
    pub fn region_at(&self, address: u64) -> Option<&Region> {
        let holds =
            |region: &&Region| (region.address..region.address + region.bytes).contains(&address);
        self.regions.iter().find(holds)
    }
}
