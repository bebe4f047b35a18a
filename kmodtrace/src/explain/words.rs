//! Words in lines of the kernel's log, which are bytes.

use crate::event::Name;

/// True if the line holds the pattern.
pub(super) fn contains(line: &[u8], pattern: &str) -> bool {
    position(line, pattern).is_some()
}

/// What stands between two patterns, without the quotes that the kernel puts around it; up to the end
/// of the line if `after` is empty or does not come.
pub(super) fn between(line: &[u8], before: &str, after: &str) -> Option<Name> {
    let rest = line.get(position(line, before)? + before.len()..)?;
    let end = if after.is_empty() {
        rest.len()
    } else {
        position(rest, after).unwrap_or(rest.len())
    };
    let found = rest.get(..end)?.trim_ascii();
    let quotes = |byte: &u8| matches!(byte, b'`' | b'\'' | b'"' | b'(' | b')');
    let start = found.iter().position(|byte| !quotes(byte))?;
    let end = found.iter().rposition(|byte| !quotes(byte))?;
    Some(Name(found.get(start..=end)?.to_vec()))
}

fn position(line: &[u8], pattern: &str) -> Option<usize> {
    let pattern = pattern.as_bytes();
    if pattern.is_empty() {
        return Some(0);
    }
    line.windows(pattern.len()).position(|part| part == pattern)
}
