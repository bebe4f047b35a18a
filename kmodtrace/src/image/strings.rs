//! String tables.

use super::limits;

/// A string table: names by their offset.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Strings<'i>(pub(super) &'i [u8]);

impl<'i> Strings<'i> {
    /// The name at `offset`, up to its NUL, the end of the table or [`limits::NAME_BYTES`]; empty
    /// beyond the end.
    pub(super) fn at(self, offset: u64) -> &'i [u8] {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = self.0.get(start..).unwrap_or_default();
        let rest = rest.get(..limits::NAME_BYTES).unwrap_or(rest);
        until_nul(rest)
    }
}

/// The bytes before the first NUL.
pub(super) fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|&byte| byte == 0).next().unwrap_or_default()
}
