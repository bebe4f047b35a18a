//! Which names of a kernel the catalogue asks for.

use std::collections::BTreeSet;

use kmodtrace_common::offsets::{OFFSETS, SIZES};

use crate::catalogue::{
    HOOKS, Point,
    symbols::{FORMAT_HELPER, source_name},
};

/// Functions that can serve a hook.
pub(super) fn functions() -> BTreeSet<&'static str> {
    names(|point| point != Point::RawTracepoint)
}

/// Functions whose return matters.
pub(super) fn returning() -> BTreeSet<&'static str> {
    names(|point| matches!(point, Point::Return | Point::Span | Point::Ends))
}

/// Functions that can serve a hook, and functions that tell what the kernel can do.
pub(super) fn symbols() -> BTreeSet<&'static str> {
    let mut names = functions();
    names.insert(FORMAT_HELPER);
    names
}

/// Tracepoints that can serve a hook.
pub(super) fn tracepoints() -> BTreeSet<&'static str> {
    names(|point| point == Point::RawTracepoint)
}

fn names(of: impl Fn(Point) -> bool) -> BTreeSet<&'static str> {
    let hooks = HOOKS.iter().filter(|hook| of(hook.point));
    hooks.flat_map(|hook| hook.symbols).copied().collect()
}

/// Functions and structures to look for in BTF.
pub(super) fn in_btf() -> BTreeSet<&'static str> {
    let mut names = functions();
    names.extend(OFFSETS.iter().map(|offset| offset.structure));
    names.extend(SIZES.iter().map(|size| size.structure));
    names
}

/// True if `symbol` is one of `functions`, or a compiler's variant of one.
pub(super) fn is_variant(symbol: &str, functions: &BTreeSet<&str>) -> bool {
    source_name(symbol).is_some_and(|name| functions.contains(name))
}

/// Tells by their first bytes of nearly all names that they are none of a few: a kernel has some 200,000.
#[derive(Clone, Debug)]
pub(super) struct Beginnings([u64; Self::BITS / 64]);

impl Beginnings {
    const BITS: usize = 4096;
    /// Bytes that are looked at.
    pub(super) const LENGTH: usize = 4;

    pub(super) fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut bits = [0; Self::BITS / 64];
        for name in names {
            match name.as_bytes().first_chunk() {
                Some(&first) => {
                    let bit = Self::bit(first);
                    bits[bit / 64] |= 1 << (bit % 64);
                }
                // Too short to be told by them.
                None => bits = [u64::MAX; Self::BITS / 64],
            }
        }
        Self(bits)
    }

    /// False if no name that was given begins like this.
    pub(super) fn may_be(&self, name: &[u8]) -> bool {
        let Some(&first) = name.first_chunk() else {
            return self.0[0] == u64::MAX;
        };
        let bit = Self::bit(first);
        self.0[bit / 64] >> (bit % 64) & 1 == 1
    }

    fn bit(first: [u8; Self::LENGTH]) -> usize {
        // Fibonacci hashing: the upper bits are the mixed ones.
        let mixed = u32::from_le_bytes(first).wrapping_mul(0x9e37_79b1);
        mixed as usize >> (32 - Self::BITS.trailing_zeros())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_name_that_was_given_is_passed_over(names in proptest::collection::vec("[a-z_.]{0,8}", 0..20)) {
            let beginnings = Beginnings::of(names.iter().map(String::as_str));
            for name in &names {
                prop_assert!(beginnings.may_be(name.as_bytes()));
                let variant = format!("{name}.isra.0");
                prop_assert!(beginnings.may_be(variant.as_bytes()));
            }
        }
    }

    #[test]
    fn most_other_names_are_passed_over() {
        let beginnings = Beginnings::of(in_btf());
        let others = (0..10_000).map(|n| format!("{n:04x}_other"));
        let taken = others
            .filter(|name| beginnings.may_be(name.as_bytes()))
            .count();
        assert!(taken < 500, "{taken}");
    }
}
