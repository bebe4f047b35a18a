//! What both outputs call things.

use std::{borrow::Cow, fmt::Write as _};

use object::Endianness;

use crate::image::{Header, machine_name, relocations, sections::Section};

/// `0a1b2c`.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// `x86_64`; `machine 1234` where Linux has no name.
pub(super) fn machine(header: &Header) -> Cow<'static, str> {
    machine_name(header.machine).map_or_else(
        || Cow::Owned(format!("machine {}", header.machine)),
        Cow::Borrowed,
    )
}

/// `little`, `big`.
pub(super) fn endian(header: &Header) -> &'static str {
    match header.encoding.endian {
        Endianness::Little => "little",
        Endianness::Big => "big",
    }
}

/// `PROGBITS`; `0x6fff4c03` for types without a name.
pub(super) fn section_kind(section: &Section<'_>) -> Cow<'static, str> {
    section
        .kind_name()
        .map_or_else(|| Cow::Owned(format!("{:#x}", section.kind)), Cow::Borrowed)
}

/// `R_X86_64_PLT32`; `type 200` for types without a name.
pub(super) fn relocation(machine: u16, kind: u32) -> Cow<'static, str> {
    relocations::name(machine, kind)
        .map_or_else(|| Cow::Owned(format!("type {kind}")), Cow::Borrowed)
}
