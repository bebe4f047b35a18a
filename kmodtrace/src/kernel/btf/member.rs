//! Offsets of members, through nested and unnamed structures and unions.

use super::{
    Btf, BtfError,
    header::word32,
    record::{Kind, MEMBER, Record},
};

/// Deepest nesting of unnamed members, and longest chain of typedefs and qualifiers.
const DEPTH: u32 = 32;
/// Members looked at for one question: more than the largest structure of a kernel has.
const BUDGET: u32 = 200_000;

/// A member that was found.
struct Found {
    /// From the beginning of the outermost structure, bits.
    bits: u64,
    /// Width, if it is a bit-field; else 0.
    width: u32,
    /// Its type.
    of: u32,
}

pub(super) fn offset(btf: &Btf, id: u32, structure: &str, path: &str) -> Result<u32, BtfError> {
    let mut budget = BUDGET;
    let mut bits = 0_u64;
    let mut within = id;
    let mut width = 0;
    for name in path.split('.') {
        let record = resolve(btf, within)?;
        let found = find(btf, &record, name.as_bytes(), DEPTH, &mut budget)?.ok_or_else(|| {
            BtfError::NoMember {
                structure: structure.to_owned(),
                member: name.to_owned(),
            }
        })?;
        bits += found.bits;
        width = found.width;
        within = found.of;
    }
    if width != 0 || !bits.is_multiple_of(8) {
        return Err(BtfError::BitField(format!("{structure}.{path}")));
    }
    u32::try_from(bits / 8).map_err(|_| BtfError::TooDeep)
}

/// The type behind typedefs and qualifiers.
fn resolve<'a>(btf: &Btf<'a>, mut id: u32) -> Result<Record<'a>, BtfError> {
    for _ in 0..DEPTH {
        let record = btf.record(id)?;
        if !record.kind.is_alias() {
            return Ok(record);
        }
        id = record.size_or_type;
    }
    Err(BtfError::TooDeep)
}

fn find(
    btf: &Btf,
    within: &Record,
    name: &[u8],
    depth: u32,
    budget: &mut u32,
) -> Result<Option<Found>, BtfError> {
    if !matches!(within.kind, Kind::STRUCT | Kind::UNION) {
        return Ok(None);
    }
    let depth = depth.checked_sub(1).ok_or(BtfError::TooDeep)?;
    for member in within.extra.chunks_exact(MEMBER) {
        *budget = budget.checked_sub(1).ok_or(BtfError::TooDeep)?;
        let field = |at| word32(member, at).ok_or(BtfError::Truncated("members"));
        let (name_off, of, position) = (field(0)?, field(4)?, field(8)?);
        let (bits, width) = if within.kind_flag {
            (position & 0x00ff_ffff, position >> 24)
        } else {
            (position, 0)
        };
        let own = btf
            .sections
            .name(name_off, name.len())
            .ok_or(BtfError::BadName(of))?;
        let bits = u64::from(bits);
        if own == name {
            return Ok(Some(Found { bits, width, of }));
        }
        if own.is_empty() {
            let inner = find(btf, &resolve(btf, of)?, name, depth, budget)?;
            if let Some(found) = inner {
                return Ok(Some(Found {
                    bits: bits + found.bits,
                    ..found
                }));
            }
        }
    }
    Ok(None)
}
