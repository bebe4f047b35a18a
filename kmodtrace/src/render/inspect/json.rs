//! The module's line of JSON. `docs/output.md` is the contract.

mod against;
pub(in crate::render) mod object;
mod parts;

use std::io::{self, Write};

use super::Inspection;

/// `schema` of a module file's line.
pub const INSPECT_SCHEMA: &str = "kmodtrace.inspect/1";

/// Writes one line of JSON.
///
/// # Errors
/// Those of `out`.
pub fn inspect_json(inspection: &Inspection<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut line = serde_json::to_vec(&object::InspectLine::from(inspection))?;
    line.push(b'\n');
    out.write_all(&line)
}
