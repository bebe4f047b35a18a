//! Compressed modules: `.ko.xz`, `.ko.zst`, `.ko.gz`.
//!
//! All decoders are written in Rust: they read files that anybody may have made.

use std::{borrow::Cow, io::Read};

use flate2::read::GzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::StreamingDecoder;

use super::{ImageError, limits};

/// How a file is compressed, told by its first bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compression {
    /// gzip (RFC 1952).
    Gzip,
    /// The .xz format, as `CONFIG_MODULE_COMPRESS_XZ` makes it.
    Xz,
    /// Zstandard (RFC 8878).
    Zstd,
}

impl Compression {
    /// Its magic number, as in `kernel/module/decompress.c`.
    const MAGICS: [(&'static [u8], Self); 3] = [
        (b"\x1f\x8b", Self::Gzip),
        (b"\xfd7zXZ\0", Self::Xz),
        (b"\x28\xb5\x2f\xfd", Self::Zstd),
    ];

    /// What the file's first bytes say; `None` if it is not compressed.
    #[must_use]
    pub fn of(file: &[u8]) -> Option<Self> {
        let known = Self::MAGICS
            .iter()
            .find(|(magic, _)| file.starts_with(magic));
        known.map(|&(_, compression)| compression)
    }

    /// `gzip`, `xz`, `zstd`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        }
    }
}

/// The image in a file: the file itself if it is not compressed.
///
/// As for the kernel and for kmod, what comes after the first gzip member, .xz stream or Zstandard
/// frame does not count.
///
/// # Errors
/// When the data is damaged or cut off, or more than [`limits::IMAGE_BYTES`].
pub fn decompress(file: &[u8]) -> Result<Cow<'_, [u8]>, ImageError> {
    if file.len() as u64 > limits::IMAGE_BYTES {
        return Err(ImageError::TooLarge);
    }
    let Some(compression) = Compression::of(file) else {
        return Ok(Cow::Borrowed(file));
    };
    let broken = |why: String| ImageError::Compressed { compression, why };
    let image = match compression {
        Compression::Gzip => all(GzDecoder::new(file)),
        Compression::Xz => {
            let window_kib = u32::try_from(limits::WINDOW_BYTES >> 10).unwrap_or(u32::MAX);
            all(XzReader::new_mem_limit(file, false, window_kib))
        }
        Compression::Zstd => {
            let decoder = StreamingDecoder::new_with_max_window_size(file, limits::WINDOW_BYTES);
            all(decoder.map_err(|error| broken(error.to_string()))?)
        }
    };
    let image = image.map_err(|error| broken(error.to_string()))?;
    if image.len() as u64 > limits::IMAGE_BYTES {
        return Err(ImageError::TooLarge);
    }
    Ok(Cow::Owned(image))
}

/// Everything up to the limit and one byte more. The buffer grows with what really comes out.
fn all(reader: impl Read) -> std::io::Result<Vec<u8>> {
    let mut image = Vec::new();
    reader
        .take(limits::IMAGE_BYTES + 1)
        .read_to_end(&mut image)?;
    Ok(image)
}
