//! Names that architectures give to things.

mod arm;
mod others;
mod x86;

use object::elf;

/// Numbers of relocation types with their names.
type Names = &'static [(u32, &'static str)];

/// Constants of the `object` crate with the names they have there, which are those of the ABIs.
macro_rules! names {
    ($($name:ident)*) => { &[$((elf::$name, stringify!($name))),*] };
}
use names;

/// What 64-bit PowerPC shares with 32-bit PowerPC.
const PPC64_SHARED: Names = &[
    (0, "R_PPC64_NONE"),
    (1, "R_PPC64_ADDR32"),
    (2, "R_PPC64_ADDR24"),
    (3, "R_PPC64_ADDR16"),
    (4, "R_PPC64_ADDR16_LO"),
    (5, "R_PPC64_ADDR16_HI"),
    (6, "R_PPC64_ADDR16_HA"),
    (10, "R_PPC64_REL24"),
    (11, "R_PPC64_REL14"),
    (26, "R_PPC64_REL32"),
];

/// The machine of `e_machine` as the kernel calls the architecture (`uname -m` where that is one
/// word); `None` for machines that Linux does not know.
#[must_use]
pub fn machine_name(machine: u16) -> Option<&'static str> {
    Some(match machine {
        elf::EM_X86_64 => "x86_64",
        elf::EM_386 => "i386",
        elf::EM_AARCH64 => "aarch64",
        elf::EM_ARM => "arm",
        elf::EM_RISCV => "riscv",
        elf::EM_PPC64 => "ppc64",
        elf::EM_PPC => "ppc",
        elf::EM_S390 => "s390",
        elf::EM_LOONGARCH => "loongarch",
        elf::EM_MIPS => "mips",
        elf::EM_SPARCV9 => "sparc64",
        elf::EM_PARISC => "parisc",
        elf::EM_68K => "m68k",
        elf::EM_SH => "sh",
        elf::EM_ALPHA => "alpha",
        elf::EM_OPENRISC => "openrisc",
        elf::EM_XTENSA => "xtensa",
        elf::EM_CSKY => "csky",
        _ => return None,
    })
}

/// The name of a relocation type: `R_X86_64_PLT32`.
pub(super) fn relocation_name(machine: u16, kind: u32) -> Option<&'static str> {
    let tables: &[Names] = match machine {
        elf::EM_X86_64 => &[x86::X86_64],
        elf::EM_386 => &[x86::I386],
        elf::EM_AARCH64 => &[arm::AARCH64],
        elf::EM_ARM => &[arm::ARM],
        elf::EM_RISCV => &[others::RISCV],
        elf::EM_PPC64 => &[PPC64_SHARED, others::PPC64],
        elf::EM_S390 => &[others::S390],
        elf::EM_LOONGARCH => &[others::LOONGARCH],
        _ => &[],
    };
    let mut names = tables.iter().copied().flatten();
    names
        .find(|(number, _)| *number == kind)
        .map(|(_, name)| *name)
}
