//! One type: its fixed part and what follows it.

use super::{
    BtfError,
    header::{Sections, word32},
};

/// Bytes of the fixed part, `struct btf_type`.
const FIXED: usize = 12;
/// Bytes of one member: name, type, offset.
pub(super) const MEMBER: usize = 12;

/// The kind of a type: 7 bits, of which older kernels use 5 and leave the others 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Kind(u8);

impl Kind {
    pub(super) const STRUCT: Self = Self(4);
    pub(super) const UNION: Self = Self(5);
    pub(super) const TYPEDEF: Self = Self(8);
    pub(super) const VOLATILE: Self = Self(9);
    pub(super) const CONST: Self = Self(10);
    pub(super) const RESTRICT: Self = Self(11);
    pub(super) const FUNC: Self = Self(12);
    pub(super) const FUNC_PROTO: Self = Self(13);
    pub(super) const TYPE_TAG: Self = Self(18);

    /// True if the type is just another one with a name or a qualifier.
    pub(super) fn is_alias(self) -> bool {
        matches!(
            self,
            Self::TYPEDEF | Self::VOLATILE | Self::CONST | Self::RESTRICT | Self::TYPE_TAG
        )
    }

    /// What follows the fixed part: bytes once, and bytes per element.
    fn extra(self, layout: &[u8]) -> Option<(usize, usize)> {
        Some(match self.0 {
            1 | 14 | 17 => (4, 0),          // INT, VAR, DECL_TAG
            3 => (12, 0),                   // ARRAY
            4 | 5 | 15 | 19 => (0, MEMBER), // STRUCT, UNION, DATASEC, ENUM64
            6 | 13 => (0, 8),               // ENUM, FUNC_PROTO
            2 | 7..=12 | 16 | 18 => (0, 0), // references, FWD, FUNC, FLOAT
            kind => {
                let at = usize::from(kind) * 4;
                let row = layout.get(at..at + 4).filter(|_| kind != 0)?;
                (usize::from(row[0]), usize::from(row[1]))
            }
        })
    }
}

/// One type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    pub(super) kind: Kind,
    pub(super) name_off: u32,
    /// Number of members, arguments, ...
    pub(super) vlen: u32,
    /// True if member offsets carry the width of bit-fields.
    pub(super) kind_flag: bool,
    /// Size in bytes, or the type referred to.
    pub(super) size_or_type: u32,
    /// What follows the fixed part.
    pub(super) extra: &'a [u8],
    /// Bytes of the whole record.
    pub(super) length: usize,
}

impl<'a> Record<'a> {
    /// The type that begins at `at` in the type section.
    pub(super) fn read(sections: &Sections<'a>, at: usize, id: u32) -> Result<Self, BtfError> {
        const CUT: BtfError = BtfError::Truncated("types");
        let rest = sections.types.get(at..).ok_or(CUT)?;
        let info = word32(rest, 4).ok_or(CUT)?;
        let vlen = info & 0x00ff_ffff;
        let number = info.to_be_bytes()[0] & 0x7f;
        let kind = Kind(number);
        let (once, each) = kind
            .extra(sections.layout)
            .ok_or(BtfError::UnknownKind { kind: number, id })?;
        let extra = usize::try_from(vlen)
            .ok()
            .and_then(|vlen| vlen.checked_mul(each)?.checked_add(once))
            .ok_or(CUT)?;
        let length = FIXED.checked_add(extra).ok_or(CUT)?;
        Ok(Self {
            kind,
            name_off: word32(rest, 0).ok_or(CUT)?,
            vlen,
            kind_flag: info >> 31 == 1,
            size_or_type: word32(rest, 8).ok_or(CUT)?,
            extra: rest.get(FIXED..length).ok_or(CUT)?,
            length,
        })
    }
}
