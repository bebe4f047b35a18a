//! Loads on their way into the page, some at a time.

use std::io::{self, Write};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::ZlibEncoder};

use super::{inert, row::Row};

/// Most loads in a block: all of it is unpacked for one of them.
const MAX_ROWS: usize = 32;
/// Lines longer than this together, bytes, end a block.
const MAX_BYTES: usize = 1 << 20;

/// Loads, unloads and updates that are not written yet.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// Rows of the index, separated by commas.
    rows: Vec<u8>,
    count: usize,
    /// Their lines of JSON, in the same order.
    details: Vec<u8>,
    /// Lines of updates.
    updates: Vec<u8>,
}

impl Block {
    /// Adds a row; its line of [details](Self::details) comes next.
    pub(super) fn row(&mut self, row: &Row) -> io::Result<()> {
        if self.count > 0 {
            self.rows.push(b',');
        }
        self.count += 1;
        Ok(serde_json::to_writer(&mut self.rows, row)?)
    }

    /// Where the line of the last row goes.
    pub(super) fn details(&mut self) -> &mut Vec<u8> {
        &mut self.details
    }

    /// Where lines of updates go.
    pub(super) fn updates(&mut self) -> &mut Vec<u8> {
        &mut self.updates
    }

    /// Writes and empties a block that has become large enough.
    pub(super) fn write_if_full(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.count >= MAX_ROWS || self.details.len() >= MAX_BYTES {
            self.write(out)?;
        }
        Ok(())
    }

    /// Writes and empties the block: an element `index`, and one of `details` for its rows.
    pub(super) fn write(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.count == 0 && self.updates.is_empty() {
            return Ok(());
        }
        let mut updates = std::mem::take(&mut self.updates);
        updates.pop();
        // No line break stands inside of JSON's strings.
        let updates = updates.iter().map(|&b| if b == b'\n' { b',' } else { b });
        let mut index = br#"{"rows":["#.to_vec();
        index.append(&mut self.rows);
        index.extend(br#"],"updates":["#);
        index.extend(updates);
        index.extend(b"]}");
        inert::element("index", "application/json", &inert::escaped(&index), out)?;
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&self.details)?;
        let packed = STANDARD.encode(encoder.finish()?);
        self.details.clear();
        self.count = 0;
        inert::element("details", "text/plain", packed.as_bytes(), out)
    }
}
