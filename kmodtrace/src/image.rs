//! Module files: bytes in, facts out. No I/O; a file is read by whoever has one.
//!
//! [`compression::decompress`] makes an image of a file, [`ModuleImage::parse`] reads the image as
//! the kernel's loader would. The parts read alone what a tracer sees of a load: [`modinfo::parse`],
//! [`signature::parse`] (the end of an image), [`sections::parse`] (section headers as they lie in
//! memory), [`relocations::name`], [`layout::Layout::new`].
//!
//! Everything is total: whatever the bytes are, there is a result or an [`ImageError`], and the memory
//! used is bounded by the size of the image and the limits in [`limits`].

mod arch;
pub mod compression;
mod error;
pub mod exports;
mod header;
pub mod layout;
pub mod limits;
pub mod modinfo;
mod module;
mod notes;
pub mod relocations;
pub mod sections;
pub mod signature;
mod strings;
pub mod symbols;

pub use arch::machine_name;
pub use error::ImageError;
pub use header::{Encoding, Header};
pub use module::{Appended, ModuleImage};
