//! Writes the `newc` archives that the kernel unpacks as its first root.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

/// An archive under construction.
#[derive(Debug, Default)]
pub(crate) struct Cpio {
    bytes: Vec<u8>,
    inode: u32,
    dirs: BTreeSet<String>,
}

/// Mode bits of a directory.
const DIRECTORY: u32 = 0o040_755;
/// Mode bits of a regular file, permissions left out.
const REGULAR: u32 = 0o100_000;

impl Cpio {
    /// Adds a directory and those above it, once.
    pub(crate) fn dir(&mut self, path: &str) -> Result<()> {
        if path.is_empty() || !self.dirs.insert(path.to_owned()) {
            return Ok(());
        }
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.dir(parent)?;
        }
        self.entry(path, DIRECTORY, &[])
    }

    /// Adds a regular file, and the directories above it.
    pub(crate) fn file(&mut self, path: &str, executable: bool, data: &[u8]) -> Result<()> {
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.dir(parent)?;
        }
        let mode = if executable { 0o755 } else { 0o644 };
        self.entry(path, REGULAR | mode, data)
    }

    /// Appends one header with its name and data, each padded to four bytes.
    fn entry(&mut self, path: &str, mode: u32, data: &[u8]) -> Result<()> {
        self.inode += 1;
        let size = u32::try_from(data.len()).with_context(|| format!("{path} is too large"))?;
        let name = u32::try_from(path.len() + 1)?;
        self.bytes.extend_from_slice(b"070701");
        for field in [self.inode, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name, 0] {
            self.bytes
                .extend_from_slice(format!("{field:08X}").as_bytes());
        }
        self.bytes.extend_from_slice(path.as_bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend_from_slice(data);
        self.pad();
        Ok(())
    }

    /// Fills up to a multiple of four bytes.
    fn pad(&mut self) {
        while !self.bytes.len().is_multiple_of(4) {
            self.bytes.push(0);
        }
    }

    /// Ends the archive and returns its bytes.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>> {
        self.entry("TRAILER!!!", 0, &[])?;
        Ok(self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout() {
        let mut cpio = Cpio::default();
        cpio.file("a/b/f", true, b"hello").unwrap();
        cpio.file("a/g", false, b"").unwrap();
        let bytes = cpio.finish().unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(bytes.len() % 4, 0);
        // a, a/b, a/b/f, a/g and the trailer.
        assert_eq!(text.matches("070701").count(), 5);
        let first = text.find("a\0").unwrap();
        let second = text.find("a/b\0").unwrap();
        let file = text.find("a/b/f\0").unwrap();
        assert!(first < second && second < file);
        let header = &text[file - 110..file];
        assert_eq!(&header[14..22], "000081ED");
        assert_eq!(&header[54..62], "00000005");
        assert_eq!(&bytes[(file + 6).next_multiple_of(4)..][..5], b"hello");
    }
}
