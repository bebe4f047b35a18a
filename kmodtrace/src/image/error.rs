//! Why a file is no module.

use super::{compression::Compression, limits};

/// Why bytes cannot be read as a module's image. Messages hold nothing from the file but numbers.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The file is larger than [`limits::IMAGE_BYTES`], or would be once decompressed.
    #[error("it is larger than {} MiB", limits::IMAGE_BYTES >> 20)]
    TooLarge,
    /// The file is compressed, but damaged or cut off.
    #[error("its {} data is damaged or cut off ({why})", compression.name())]
    Compressed {
        /// How it is compressed.
        compression: Compression,
        /// The decompressor's words.
        why: String,
    },
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It does not begin as ELF files do.
    #[error("it is not an ELF file")]
    NotElf,
    /// ELF of a kind that does not exist.
    #[error("its ELF header is damaged")]
    Header,
    /// An executable, a shared library, a core dump.
    #[error("it is not a relocatable object (ELF type {0})")]
    NotRelocatable(u16),
    /// It ends before what its headers promise.
    #[error("it is cut off or damaged: {0} end beyond the end of the file")]
    Truncated(&'static str),
    /// A section lies beyond the end of the file.
    #[error("it is cut off or damaged: section {0} ends beyond the end of the file")]
    Section(usize),
    /// There are no section headers.
    #[error("it has no sections")]
    NoSections,
    /// An object file, but no module.
    #[error("it is not a kernel module: it has no section .gnu.linkonce.this_module")]
    NotModule,
    /// More of something than a module can have.
    #[error("it is damaged: too many {0}")]
    TooMany(&'static str),
}
