//! Symbol lists: `/proc/kallsyms`, and `System.map`, which has the same form.

use std::collections::{BTreeMap, BTreeSet};

use super::wanted;
use crate::catalogue::symbols::{TRACEPOINT_PREFIXES, TRAMPOLINE_IMAGE};

/// What a symbol list says of the names in the catalogue.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Symbols {
    /// Functions of the kernel proper, with their suffixes.
    pub functions: BTreeMap<String, Function>,
    /// Tracepoints that it has.
    pub tracepoints: BTreeSet<String>,
    /// See [`super::facts::KernelFacts::trampoline_images`].
    pub trampoline_images: bool,
    /// True if every address reads as 0.
    pub addresses_hidden: bool,
    /// Symbols in the list, of any kind.
    pub total: usize,
}

/// The functions of one name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Function {
    /// How many bear it.
    pub count: u32,
    /// The address of the last of them; 0 if addresses are hidden.
    pub address: u64,
}

impl Symbols {
    /// Reads a list; lines of another form are passed over, and so are symbols of modules.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let functions = wanted::functions();
        let tracepoints = wanted::tracepoints();
        let mut symbols = Self::default();
        let mut any_address = false;
        for line in bytes.split(|&byte| byte == b'\n') {
            let Some((address, kind, name)) = fields(line) else {
                continue;
            };
            symbols.total += 1;
            any_address |= address != 0;
            if TRACEPOINT_PREFIXES.iter().any(|&prefix| {
                name.strip_prefix(prefix)
                    .is_some_and(|name| tracepoints.contains(name))
            }) {
                let tracepoint = name.trim_start_matches(TRACEPOINT_PREFIXES[0]);
                let tracepoint = tracepoint.trim_start_matches(TRACEPOINT_PREFIXES[1]);
                symbols.tracepoints.insert(tracepoint.to_owned());
            }
            if !matches!(kind, b't' | b'T' | b'w' | b'W') {
                continue;
            }
            symbols.trampoline_images |= name == TRAMPOLINE_IMAGE;
            if wanted::is_variant(name, &functions) {
                let function = symbols
                    .functions
                    .entry(name.to_owned())
                    .or_insert(Function {
                        count: 0,
                        address: 0,
                    });
                function.count = function.count.saturating_add(1);
                function.address = address;
            }
        }
        symbols.addresses_hidden = symbols.total > 0 && !any_address;
        symbols
    }
}

/// Address, type and name; `None` for a module's symbol, which has its module behind it.
fn fields(line: &[u8]) -> Option<(u64, u8, &str)> {
    let line = std::str::from_utf8(line).ok()?;
    let mut fields = line.split_ascii_whitespace();
    let address = u64::from_str_radix(fields.next()?, 16).ok()?;
    let &[kind] = fields.next()?.as_bytes() else {
        return None;
    };
    let name = fields.next()?;
    fields.next().is_none().then_some((address, kind, name))
}
