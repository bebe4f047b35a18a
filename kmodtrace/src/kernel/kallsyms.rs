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
        let functions = wanted::symbols();
        let tracepoints = wanted::tracepoints();
        let mut symbols = Self::default();
        let mut any_address = false;
        for line in bytes.split(|&byte| byte == b'\n') {
            let Some((address, kind, name)) = fields(line) else {
                continue;
            };
            symbols.total += 1;
            any_address |= address != 0;
            let mut prefixes = TRACEPOINT_PREFIXES.iter();
            let tracepoint = prefixes.find_map(|&prefix| name.strip_prefix(prefix));
            if let Some(tracepoint) = tracepoint.filter(|name| tracepoints.contains(name)) {
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
