//! The header and the sections it points to.

use super::BtfError;

const MAGIC: u16 = 0xeb9f;
const ELF_MAGIC: &[u8] = b"\x7fELF";
const VERSION: u8 = 1;

/// Bytes of a header without the layout section, as older kernels have it, and with it.
const HEADER: usize = 24;
const HEADER_WITH_LAYOUT: usize = 32;

/// The sections of a BTF file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sections<'a> {
    pub(super) types: &'a [u8],
    pub(super) strings: &'a [u8],
    /// `struct btf_layout`, one per kind, of kernels that describe their kinds; else empty.
    pub(super) layout: &'a [u8],
}

impl<'a> Sections<'a> {
    pub(super) fn find(bytes: &'a [u8]) -> Result<Self, BtfError> {
        if bytes.starts_with(ELF_MAGIC) {
            return Err(BtfError::Elf);
        }
        let header = bytes.get(..HEADER).ok_or(BtfError::Truncated("header"))?;
        let magic = u16::from_ne_bytes([header[0], header[1]]);
        if magic == MAGIC.swap_bytes() {
            return Err(BtfError::ForeignEndian);
        } else if magic != MAGIC {
            return Err(BtfError::NotBtf(magic));
        } else if header[2] != VERSION {
            return Err(BtfError::Version(header[2]));
        }
        let length = word(bytes, 4)?;
        let body = bytes
            .get(length..)
            .filter(|_| length >= HEADER)
            .ok_or(BtfError::Truncated("header"))?;
        let section = |at: usize, what: &'static str| {
            let (start, length) = (word(bytes, at)?, word(bytes, at + 4)?);
            start
                .checked_add(length)
                .and_then(|end| body.get(start..end))
                .ok_or(BtfError::Truncated(what))
        };
        Ok(Self {
            types: section(8, "types")?,
            strings: section(16, "strings")?,
            layout: if length >= HEADER_WITH_LAYOUT {
                section(24, "layout")?
            } else {
                &[]
            },
        })
    }

    /// The string at `offset`; one longer than `longest` is cut after the byte that says so.
    pub(super) fn name(&self, offset: u32, longest: usize) -> Option<&'a [u8]> {
        let tail = self.strings.get(usize::try_from(offset).ok()?..)?;
        let window = &tail[..tail.len().min(longest + 1)];
        match window.iter().position(|&byte| byte == 0) {
            Some(end) => Some(&window[..end]),
            None if window.len() > longest => Some(window),
            None => None,
        }
    }
}

/// The native-endian 32-bit word at `at`.
pub(super) fn word(bytes: &[u8], at: usize) -> Result<usize, BtfError> {
    word32(bytes, at)
        .and_then(|word| usize::try_from(word).ok())
        .ok_or(BtfError::Truncated("header"))
}

pub(super) fn word32(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_ne_bytes(word.try_into().ok()?))
}
