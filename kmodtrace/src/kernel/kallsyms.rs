//! Symbol lists: `/proc/kallsyms`, and `System.map`, which has the same form.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
    path::Path,
};

use super::{
    file,
    wanted::{self, Beginnings},
};
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
        let mut reader = Reader::new();
        for line in bytes.split(|&byte| byte == b'\n') {
            reader.see(line);
        }
        reader.done()
    }

    /// Reads a list from a file, of which only a little is in memory at a time.
    ///
    /// # Errors
    /// When it cannot be read: why.
    pub fn read(path: &Path) -> Result<Self, String> {
        let mut reader = Reader::new();
        file::lines(path, |line| match reader.see(line) {
            // The kernel's own symbols stand in front of those of its modules.
            Line::OfModule => ControlFlow::Break(()),
            Line::OfKernel | Line::Other => ControlFlow::Continue(()),
        })?;
        Ok(reader.done())
    }
}

/// What a line was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    OfKernel,
    OfModule,
    Other,
}

/// Takes a list in, line by line.
struct Reader {
    found: Symbols,
    functions: BTreeSet<&'static str>,
    tracepoints: BTreeSet<&'static str>,
    beginnings: Beginnings,
    any_address: bool,
}

impl Reader {
    fn new() -> Self {
        let functions = wanted::symbols();
        let others = TRACEPOINT_PREFIXES.into_iter().chain([TRAMPOLINE_IMAGE]);
        Self {
            found: Symbols::default(),
            beginnings: Beginnings::of(functions.iter().copied().chain(others)),
            functions,
            tracepoints: wanted::tracepoints(),
            any_address: false,
        }
    }

    fn see(&mut self, line: &[u8]) -> Line {
        let Some((address, kind, name)) = fields(line) else {
            return Line::Other;
        };
        // A module's symbol has its module behind it.
        if memchr::memchr2(b'\t', b' ', name).is_some() {
            return Line::OfModule;
        }
        self.found.total += 1;
        let wanted = self.beginnings.may_be(name);
        if !wanted && self.any_address {
            return Line::OfKernel;
        }
        let Some(address) = number(address) else {
            self.found.total -= 1;
            return Line::Other;
        };
        self.any_address |= address != 0;
        if let Ok(name) = std::str::from_utf8(name)
            && wanted
        {
            self.take(address, kind, name);
        }
        Line::OfKernel
    }

    fn take(&mut self, address: u64, kind: u8, name: &str) {
        let mut prefixes = TRACEPOINT_PREFIXES.iter();
        let tracepoint = prefixes.find_map(|&prefix| name.strip_prefix(prefix));
        if let Some(tracepoint) = tracepoint.filter(|name| self.tracepoints.contains(name)) {
            self.found.tracepoints.insert(tracepoint.to_owned());
        }
        if !matches!(kind, b't' | b'T' | b'w' | b'W') {
            return;
        }
        self.found.trampoline_images |= name == TRAMPOLINE_IMAGE;
        if wanted::is_variant(name, &self.functions) {
            let functions = &mut self.found.functions;
            let function = functions.entry(name.to_owned()).or_insert(Function {
                count: 0,
                address: 0,
            });
            function.count = function.count.saturating_add(1);
            function.address = address;
        }
    }

    fn done(mut self) -> Symbols {
        self.found.addresses_hidden = self.found.total > 0 && !self.any_address;
        self.found
    }
}

/// Address, type and name of `ffffffff81000000 T _text`; behind the name of a module's symbol stands its module.
pub(super) fn fields(line: &[u8]) -> Option<(&[u8], u8, &[u8])> {
    /// Digits of an address on 64 bits.
    const DIGITS: usize = 16;
    let space = match line.get(DIGITS) {
        Some(b' ') => DIGITS,
        _ => memchr::memchr(b' ', line)?,
    };
    let (address, rest) = line.split_at(space);
    match rest {
        [b' ', kind, b' ', name @ ..] if !name.is_empty() => Some((address, *kind, name)),
        _ => None,
    }
}

/// An address.
pub(super) fn number(digits: &[u8]) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(symbols: &Symbols) -> Vec<(&str, u32)> {
        let functions = symbols.functions.iter();
        functions
            .map(|(name, function)| (name.as_str(), function.count))
            .collect()
    }

    #[test]
    fn keeps_functions_of_the_catalogue_with_their_suffixes() {
        let symbols = Symbols::parse(
            b"ffffffff81000010 T load_module\n\
              ffffffff81000020 t load_module.cold\n\
              ffffffff81000030 t module_enable_ro.part.0\n\
              ffffffff81000040 t resolve_symbol.isra.0.constprop.1\n\
              ffffffff81000050 T something_else\n\
              ffffffff81000060 W module_finalize\n\
              ffffffff81000070 D vfree\n\
              ffffffff81000080 t __pfx_load_module\n",
        );
        let expected = [
            ("load_module", 1),
            ("module_enable_ro.part.0", 1),
            ("module_finalize", 1),
            ("resolve_symbol.isra.0.constprop.1", 1),
        ];
        assert_eq!(names(&symbols), expected);
        assert_eq!(
            symbols.functions["load_module"].address,
            0xffff_ffff_8100_0010
        );
        assert_eq!(symbols.total, 8);
        assert!(!symbols.addresses_hidden);
        assert!(!symbols.trampoline_images);
    }

    #[test]
    fn passes_over_symbols_of_modules() {
        let symbols = Symbols::parse(b"ffffffffc0000000 t vfree\t[evil]\n");
        assert_eq!(symbols, Symbols::default());
    }

    #[test]
    fn counts_functions_of_one_name() {
        let symbols = Symbols::parse(b"10 t parse_args\n20 t parse_args\n");
        assert_eq!(names(&symbols), [("parse_args", 2)]);
    }

    #[test]
    fn finds_tracepoints_by_their_data_or_their_iterator() {
        for line in [
            "10 d __tracepoint_initcall_finish",
            "10 T __traceiter_initcall_finish",
        ] {
            let symbols = Symbols::parse(line.as_bytes());
            assert!(symbols.tracepoints.contains("initcall_finish"), "{line}");
        }
        let other = Symbols::parse(b"10 d __tracepoint_sched_switch\n");
        assert!(other.tracepoints.is_empty());
    }

    #[test]
    fn sees_that_addresses_are_hidden_and_trampolines_have_images() {
        let line = format!("0000000000000000 t {TRAMPOLINE_IMAGE}\n");
        let symbols = Symbols::parse(line.as_bytes());
        assert!(symbols.addresses_hidden);
        assert!(symbols.trampoline_images);
        assert!(!Symbols::parse(b"").addresses_hidden);
    }

    proptest! {
        #[test]
        fn takes_whatever_bytes_come(bytes in any::<Vec<u8>>()) {
            let _ = Symbols::parse(&bytes);
        }
    }
}
