//! Reader of the BPF Type Format (`Documentation/bpf/btf.rst`): the few questions that a tracer has.
//!
//! The bytes are not trusted: whatever they hold, the answer is a value or a [`BtfError`], and no
//! more memory is used than a third of their length. One pass finds where each type begins and which
//! types bear a wanted name; everything else is read when asked for.

mod header;
mod member;
mod record;

use std::collections::{BTreeMap, BTreeSet};

use header::Sections;
use record::{Kind, Record};

use super::wanted::Beginnings;

/// Why a BTF file cannot be read, or does not answer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BtfError {
    /// The file is empty or ends too early.
    #[error("the BTF is cut off ({0})")]
    Truncated(&'static str),
    /// Another kind of file.
    #[error("this is no BTF: it begins with {0:#06x}, not 0xeb9f")]
    NotBtf(u16),
    /// An ELF file.
    #[error("this is an ELF file; its section .BTF alone is wanted (objcopy -O binary -j .BTF)")]
    Elf,
    /// BTF of a machine of the other byte order.
    #[error("this BTF has the other byte order: it is of another architecture")]
    ForeignEndian,
    /// A version of the format that did not exist when this was written.
    #[error("BTF version {0} is not known")]
    Version(u8),
    /// A kind of type that did not exist when this was written; its length is not known.
    #[error("type {id} is of kind {kind}, which is not known: a newer kmodtrace may read it")]
    UnknownKind {
        /// The kind's number.
        kind: u8,
        /// The type.
        id: u32,
    },
    /// A name lies outside of the strings.
    #[error("type {0} has a name outside of the strings")]
    BadName(u32),
    /// A reference to a type that does not exist, or is of a kind that makes no sense there.
    #[error("type {0} is referred to, but does not exist or is of the wrong kind")]
    BadReference(u32),
    /// Types that contain or refer to each other without end.
    #[error("types are nested too deeply")]
    TooDeep,
    /// No such structure.
    #[error("there is no structure {0}")]
    NoStructure(String),
    /// No such member.
    #[error("structure {structure} has no member {member}")]
    NoMember {
        /// The structure.
        structure: String,
        /// The member, or the part of a path that was not found.
        member: String,
    },
    /// A bit-field, which has no offset in bytes.
    #[error("{0} is a bit-field")]
    BitField(String),
}

/// At most so many types of one name are looked at.
const NAMESAKES: usize = 16;

/// A BTF file, ready to be asked about the names given at the beginning.
#[derive(Debug)]
pub struct Btf<'a> {
    sections: Sections<'a>,
    /// Where each type begins in the type section, in order of id; the first has id 1.
    starts: Vec<u32>,
    structures: BTreeMap<&'a str, Vec<u32>>,
    functions: BTreeMap<&'a str, Vec<u32>>,
}

impl<'a> Btf<'a> {
    /// Reads a raw BTF file; questions can then be asked about structures and functions of the names
    /// in `wanted`.
    ///
    /// # Errors
    /// When the bytes are no BTF of this machine's byte order, are damaged, or are too new.
    pub fn parse(bytes: &'a [u8], wanted: &BTreeSet<&'a str>) -> Result<Self, BtfError> {
        let sections = Sections::find(bytes)?;
        let beginnings = Beginnings::of(wanted.iter().copied());
        let longest = wanted.iter().map(|name| name.len()).max().unwrap_or(0);
        let mut btf = Self {
            starts: Vec::with_capacity(sections.types.len() / 40),
            structures: BTreeMap::new(),
            functions: BTreeMap::new(),
            sections,
        };
        let mut at = 0;
        while at < sections.types.len() {
            let id = u32::try_from(btf.starts.len() + 1).map_err(|_| BtfError::TooDeep)?;
            let record = Record::read(&sections, at, id)?;
            btf.starts
                .push(u32::try_from(at).map_err(|_| BtfError::Truncated("types"))?);
            at += record.length;
            let by_name = match record.kind {
                Kind::STRUCT => &mut btf.structures,
                Kind::FUNC => &mut btf.functions,
                _ => continue,
            };
            let first = usize::try_from(record.name_off).ok();
            let first = first.and_then(|at| sections.strings.get(at..));
            if !beginnings.may_be(first.ok_or(BtfError::BadName(id))?) {
                continue;
            }
            let name = sections
                .name(record.name_off, longest)
                .ok_or(BtfError::BadName(id))?;
            if let Some(&name) = std::str::from_utf8(name)
                .ok()
                .and_then(|name| wanted.get(name))
            {
                let ids = by_name.entry(name).or_default();
                if ids.len() < NAMESAKES {
                    ids.push(id);
                }
            }
        }
        Ok(btf)
    }

    /// Number of types.
    #[must_use]
    pub fn types(&self) -> usize {
        self.starts.len()
    }

    /// The type id of a function; of the first one, if there are several of that name.
    #[must_use]
    pub fn function_id(&self, function: &str) -> Option<u32> {
        self.functions.get(function)?.first().copied()
    }

    /// Number of arguments of a function; `None` if there is no such function, or if several of that
    /// name disagree.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn function_args(&self, function: &str) -> Result<Option<u32>, BtfError> {
        let mut found = None;
        for &id in self.functions.get(function).into_iter().flatten() {
            let prototype = self.record(self.record(id)?.size_or_type)?;
            if prototype.kind != Kind::FUNC_PROTO {
                return Err(BtfError::BadReference(id));
            }
            if found.is_some_and(|args| args != prototype.vlen) {
                return Ok(None);
            }
            found = Some(prototype.vlen);
        }
        Ok(found)
    }

    /// Size of a structure, bytes.
    ///
    /// # Errors
    /// When there is none of that name, or the file is damaged.
    pub fn size_of(&self, structure: &str) -> Result<u32, BtfError> {
        let id = self.namesakes(structure)?[0];
        Ok(self.record(id)?.size_or_type)
    }

    /// Offset of a member in a structure, bytes. `path` is a member's name, or several joined by dots
    /// that lead through nested structures; unnamed structures and unions on the way are left out.
    ///
    /// # Errors
    /// When there is no such structure or member, when it is a bit-field, or the file is damaged.
    pub fn offset_of(&self, structure: &str, path: &str) -> Result<u32, BtfError> {
        let mut first = None;
        for &id in self.namesakes(structure)? {
            match member::offset(self, id, structure, path) {
                Ok(offset) => return Ok(offset),
                Err(error) => first = first.or(Some(error)),
            }
        }
        Err(first.unwrap_or_else(|| BtfError::NoStructure(structure.to_owned())))
    }

    fn namesakes(&self, structure: &str) -> Result<&[u32], BtfError> {
        self.structures
            .get(structure)
            .map(Vec::as_slice)
            .ok_or_else(|| BtfError::NoStructure(structure.to_owned()))
    }

    fn record(&self, id: u32) -> Result<Record<'a>, BtfError> {
        let start = id
            .checked_sub(1)
            .and_then(|index| self.starts.get(usize::try_from(index).ok()?))
            .and_then(|&start| usize::try_from(start).ok())
            .ok_or(BtfError::BadReference(id))?;
        Record::read(&self.sections, start, id)
    }
}

#[cfg(test)]
mod tests;
