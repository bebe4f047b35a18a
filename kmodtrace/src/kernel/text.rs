//! The kernel's own code, as it is now: what of it tells where functions return.
//!
//! Tables of x86-64: `struct exception_table_entry`, `struct jump_entry` of the kernel. Both hold distances from
//! the very number that tells them.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    exits::{self, Around, Piece, Unsure},
    facts::Exit,
    kallsyms::{self, Function},
    kcore::Kcore,
    wanted,
};
use crate::catalogue::symbols::{DEBUG_PRINT, FIXUPS, JUMP_LABELS, RETURN_THUNKS, SELDOM};

/// A table of places where code goes on: bytes of an entry, and of it in front of the place.
#[derive(Clone, Copy)]
struct Table {
    bounds: [&'static str; 2],
    entry: usize,
    place: usize,
}

const TABLES: [Table; 2] = [
    Table {
        bounds: FIXUPS,
        entry: 12,
        place: 4,
    },
    Table {
        bounds: JUMP_LABELS,
        entry: 16,
        place: 4,
    },
];

/// Bytes in front of a name in the kernel's list: 16 digits of the address, a blank, the type, a blank.
const BEFORE_NAME: usize = 19;

/// Where code lies, as far as it matters.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Layout {
    /// The list of symbols, and of each its address and the place of its line there, in order.
    list: Vec<u8>,
    symbols: Vec<(u64, u32)>,
    /// Parts of functions that are seldom run: name of the symbol → addresses.
    seldom: BTreeMap<String, Vec<u64>>,
    /// To jump there is to return.
    thunks: BTreeSet<u64>,
    /// Beginnings and ends of [`TABLES`].
    bounds: BTreeMap<&'static str, u64>,
}

impl Layout {
    /// Of a whole list of symbols, `/proc/kallsyms`.
    pub(super) fn parse(list: Vec<u8>) -> Self {
        let mut layout = Self::default();
        let mut behind = 0;
        for end in memchr::memchr_iter(b'\n', &list).chain([list.len()]) {
            let begin = behind;
            behind = end + 1;
            if let Some((address, name)) = list.get(begin..end).and_then(fields) {
                layout.note(address, begin, name);
            }
        }
        layout.list = list;
        layout.symbols.sort_unstable_by_key(|(address, _)| *address);
        layout
    }

    /// A symbol that is not a module's.
    fn note(&mut self, address: u64, line: usize, name: &[u8]) {
        if address == 0 {
            return;
        }
        // No list is that long: then it is not known where this symbol's line is.
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        self.symbols.push((address, line));
        // Nobody asks for the value of what ends with a print.
        let mut ends = RETURN_THUNKS.iter().chain([&DEBUG_PRINT]);
        if ends.any(|end| end.as_bytes() == name) {
            self.thunks.insert(address);
        } else if let Some(bound) = bound(name) {
            self.bounds.insert(bound, address);
        } else if let Some(function) = function_of_seldom(name) {
            let of_name = self.seldom.entry(function.to_owned()).or_default();
            of_name.push(address);
        }
    }

    fn end(&self, address: u64) -> Option<u64> {
        let next = self.symbols.partition_point(|(other, _)| *other <= address);
        self.symbols.get(next).map(|(address, _)| *address)
    }

    fn name(&self, line: u32) -> Option<&str> {
        let rest = self.list.get(usize::try_from(line).ok()?..)?;
        let line = rest.split(|&byte| byte == b'\n').next()?;
        std::str::from_utf8(fields(line)?.1).ok()
    }

    /// The name of what begins at an address, if nothing else bears it.
    fn only_name(&self, address: u64) -> Option<&str> {
        let first = self.symbols.partition_point(|(other, _)| *other < address);
        let &(found, line) = self.symbols.get(first)?;
        let name = self.name(line).filter(|_| found == address)?;
        let others = self.symbols.iter().filter(|(_, other)| *other != line);
        let mut alike = others.filter(|(_, other)| self.may_be(*other, line, name));
        let unique = !alike.any(|(_, other)| self.name(*other) == Some(name));
        unique.then_some(name)
    }

    /// False if it is certain that the line does not tell this name, which another one tells. The kernel writes
    /// all addresses with as many digits: then the names stand at one distance from the lines' beginnings.
    fn may_be(&self, line: u32, known: u32, name: &str) -> bool {
        let at = |line: u32| {
            let line = self.list.get(usize::try_from(line).ok()?..)?;
            Some(line.get(BEFORE_NAME..)?.starts_with(name.as_bytes()))
        };
        at(known) != Some(true) || at(line) != Some(false)
    }

    fn piece(&self, memory: &Kcore, address: u64) -> Option<Vec<u8>> {
        memory.read(address, self.end(address)?)
    }
}

/// Address and name; `None` for a module's symbol, which has its module behind it.
fn fields(line: &[u8]) -> Option<(u64, &[u8])> {
    let (address, _, name) = kallsyms::fields(line)?;
    let of_kernel = memchr::memchr2(b'\t', b' ', name).is_none();
    of_kernel.then_some((kallsyms::number(address)?, name))
}

fn bound(name: &[u8]) -> Option<&'static str> {
    let mut bounds = TABLES.iter().flat_map(|table| table.bounds);
    bounds.find(|bound| bound.as_bytes() == name)
}

/// The function of which this is the part that is seldom run.
fn function_of_seldom(name: &[u8]) -> Option<&str> {
    memchr::memchr(b'.', name)?;
    let (function, rest) = std::str::from_utf8(name).ok()?.split_once(SELDOM)?;
    (rest.is_empty() || rest.starts_with('.')).then_some(function)
}

/// Where functions of the catalogue return, of those for which that is certain.
pub(super) fn exits(
    functions: &BTreeMap<String, Function>,
    layout: &Layout,
    memory: &Kcore,
) -> BTreeMap<String, Vec<Exit>> {
    let around = Around {
        thunks: layout.thunks.clone(),
        landings: TABLES
            .iter()
            .map(|table| landings(table, layout, memory))
            .collect::<Option<Vec<_>>>()
            .map(|tables| tables.into_iter().flatten().collect()),
    };
    let returning = wanted::returning();
    let functions = functions.iter().filter(|(name, function)| {
        function.count == 1 && function.address != 0 && wanted::is_variant(name, &returning)
    });
    let found = functions.filter_map(|(name, function)| {
        let exits = of_function(name, function.address, layout, memory, &around);
        let known = exits
            .inspect_err(|why| tracing::debug!(name, %why, "its exits are not certain"))
            .ok()?;
        tracing::debug!(name, exits = ?known, "exits");
        Some((name.clone(), known))
    });
    found.collect()
}

#[derive(Debug, thiserror::Error)]
enum NoExits {
    #[error("its code cannot be read")]
    Unread,
    #[error(transparent)]
    Unsure(#[from] Unsure),
    #[error("it goes on in something that is no function or has no name of its own, {0:#x}")]
    Nameless(u64),
    #[error("it goes on in function after function")]
    Chain,
}

/// Functions that are looked into to find where one ends.
const CHAIN: usize = 6;

fn of_function(
    name: &str,
    address: u64,
    layout: &Layout,
    memory: &Kcore,
    around: &Around,
) -> Result<Vec<Exit>, NoExits> {
    let mut found = BTreeSet::new();
    let mut open = vec![(name, address)];
    let mut seen = BTreeSet::from([address]);
    while let Some((name, address)) = open.pop() {
        let hot = layout.piece(memory, address).ok_or(NoExits::Unread)?;
        let hot = Piece {
            address,
            bytes: &hot,
        };
        if seen.len() > 1 && !exits::has_site(&hot) {
            return Err(NoExits::Nameless(address));
        }
        let exits = of_pieces(name, hot, layout, memory, around)?;
        for exit in exits.returns {
            let behind = |from: u64| u32::try_from(exit.checked_sub(from)?).ok();
            let offset = behind(address).ok_or(NoExits::Nameless(exit))?;
            found.insert(Exit {
                symbol: name.to_owned(),
                offset,
            });
        }
        for tail in exits.tails {
            if seen.insert(tail) {
                open.push((layout.only_name(tail).ok_or(NoExits::Nameless(tail))?, tail));
            }
        }
        if seen.len() > CHAIN {
            return Err(NoExits::Chain);
        }
    }
    if found.is_empty() || found.len() > exits::MOST {
        return Err(Unsure::Count(found.len()).into());
    }
    Ok(found.into_iter().collect())
}

/// The exits of a function whose main part is known.
fn of_pieces(
    name: &str,
    hot: Piece<'_>,
    layout: &Layout,
    memory: &Kcore,
    around: &Around,
) -> Result<exits::Exits, NoExits> {
    // Of several functions of that name, a jump to the other part of one leads out of this one.
    let cold = match layout.seldom.get(name).map(Vec::as_slice) {
        Some(&[cold]) => Some((cold, layout.piece(memory, cold).ok_or(NoExits::Unread)?)),
        _ => None,
    };
    let mut pieces = vec![hot];
    if let Some((address, bytes)) = &cold {
        pieces.push(Piece {
            address: *address,
            bytes,
        });
    }
    Ok(exits::exits(&pieces, around)?)
}

/// Where the code goes on, by one table.
fn landings(table: &Table, layout: &Layout, memory: &Kcore) -> Option<BTreeSet<u64>> {
    let [begin, end] = table.bounds.map(|bound| layout.bounds.get(bound).copied());
    let (begin, end) = (begin?, end?);
    let bytes = memory.read(begin, end)?;
    let entries = bytes.chunks_exact(table.entry).zip(0u64..);
    let places = entries.filter_map(|(entry, index)| {
        let distance = entry.get(table.place..)?.first_chunk::<4>()?;
        let at = begin + index * table.entry as u64 + table.place as u64;
        at.checked_add_signed(i64::from(i32::from_le_bytes(*distance)))
    });
    Some(places.collect())
}

#[cfg(test)]
mod tests;
