//! What takes the place of an address.

use std::collections::{BTreeMap, VecDeque};

/// Stands for the address of a symbol that was found.
pub const WITHHELD: u64 = 1;

/// Error numbers lie behind this address (`IS_ERR_VALUE`, `include/linux/err.h`).
const FIRST_ERROR: u64 = 0u64.wrapping_sub(4095);
/// Bytes that one module's memory can span at most, on any architecture.
const MOST_SPAN: u64 = 1 << 32;
/// Addresses outside of modules that are remembered.
const MAX_TOKENS: usize = 4096;

/// The lowest kernel address on any architecture: the upper bits are set, but for four that may hold a
/// tag on arm64.
const FIRST_ADDRESS: u64 = 0xf000_0000_0000_0000;

/// True for numbers that can be kernel addresses.
#[must_use]
pub fn is_kernel_address(value: u64) -> bool {
    (FIRST_ADDRESS..FIRST_ERROR).contains(&value)
}

/// A status, unless it may be a part of an address: functions that return an `int` are known to return
/// pointers by mistake, and a negative one looks like an address of the kernel's text.
pub(super) fn status(value: u64) -> u64 {
    if is_kernel_address(value) {
        FIRST_ERROR
    } else {
        value
    }
}

/// Where one module lies, and where it is told to lie.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Place {
    base: u64,
    told_base: u64,
    /// Each block's first address, and the one behind it.
    blocks: Vec<(u64, u64)>,
}

impl Place {
    /// Of the module of the load with this number.
    pub(super) fn new(number: u64, blocks: impl IntoIterator<Item = (u64, u64)>) -> Self {
        let mut blocks: Vec<_> = blocks.into_iter().collect();
        blocks.retain(|&(at, _)| is_kernel_address(at));
        let base = blocks.iter().map(|&(at, _)| at).min().unwrap_or(0);
        let ends = blocks.into_iter();
        let ends = ends.map(|(at, bytes)| (at, at.saturating_add(bytes)));
        Self {
            base,
            // Never 0, and never in the upper half.
            told_base: (number % (1 << 30) + 1) << 32,
            blocks: ends.filter(|(_, end)| end - base < MOST_SPAN).collect(),
        }
    }

    /// What is told instead of an address inside.
    pub(super) fn told(&self, address: u64) -> Option<u64> {
        let mut blocks = self.blocks.iter();
        blocks
            .any(|&(at, end)| (at..end).contains(&address))
            .then(|| self.told_base + (address - self.base))
    }

    /// The same of an address right behind a block: it belongs to this module where a call names an empty
    /// range at the end, unless another module begins there.
    pub(super) fn told_behind(&self, address: u64) -> Option<u64> {
        let mut blocks = self.blocks.iter();
        blocks
            .any(|&(_, end)| end == address)
            .then(|| self.told_base + (address - self.base))
    }
}

/// Numbers for addresses outside of modules.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    known: BTreeMap<u64, u64>,
    order: VecDeque<u64>,
    given: u64,
}

impl Tokens {
    /// The number that stands for an address.
    pub(super) fn of(&mut self, address: u64) -> u64 {
        if let Some(&token) = self.known.get(&address) {
            return token;
        }
        if self.order.len() == MAX_TOKENS
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.given = (self.given + 1) % (1 << 31);
        let token = WITHHELD + self.given;
        self.known.insert(address, token);
        self.order.push_back(address);
        token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: u64 = 0xffff_ffff_c0a0_0000;

    #[test]
    fn addresses_and_errors() {
        assert!(is_kernel_address(0xffff_8880_0000_0000) && is_kernel_address(TEXT));
        for no in [
            0,
            1,
            u64::MAX,
            (-4095_i64).cast_unsigned(),
            0x7fff_ffff_f000,
        ] {
            assert!(!is_kernel_address(no), "{no:#x}");
            assert_eq!(status(no), no);
        }
        assert_eq!(status((-70_000_i64).cast_unsigned()), FIRST_ERROR);
    }

    #[test]
    fn modules_keep_their_shape() {
        let place = Place::new(4, [(TEXT + 0x5000, 0x1000), (TEXT, 0x2000), (7, 9), (0, 0)]);
        assert_eq!(place.told(TEXT), Some(0x5_0000_0000));
        assert_eq!(place.told(TEXT + 0x5010), Some(0x5_0000_5010));
        assert_eq!(place.told(TEXT + 0x2000), None);
        assert_eq!(place.told_behind(TEXT + 0x2000), Some(0x5_0000_2000));
        assert_eq!(place.told_behind(TEXT + 0x1000), None);
        assert_eq!(place.told(TEXT + 0x3000), None);
        assert_eq!(place.told(TEXT - 1), None);
        assert_eq!(place.told(0), None);
        // Nothing that lies far away can be part of the same module.
        let far = Place::new(0, [(0xffff_8880_0000_0000, 1), (TEXT, 0x2000)]);
        assert_eq!(far.told(TEXT), None);
        assert_eq!(Place::new(u64::MAX, [(TEXT, 1)]).told(TEXT), Some(1 << 62));
    }

    #[test]
    fn tokens_are_the_same_again_and_bounded() {
        let mut tokens = Tokens::default();
        let first = tokens.of(TEXT);
        assert_eq!(first, 2);
        assert_eq!(tokens.of(TEXT + 1), 3);
        assert_eq!(tokens.of(TEXT), first);
        for address in 0..10_000 {
            tokens.of(address);
        }
        assert_eq!(tokens.known.len(), MAX_TOKENS);
        assert_eq!(tokens.order.len(), MAX_TOKENS);
    }
}
