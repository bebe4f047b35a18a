//! How much of an image is believed: no real module comes near, no hostile one gets past.

/// Bytes of a file, and of the image in it once decompressed. The kernel's largest modules with all
/// of their debug information are a fifth of it.
pub const IMAGE_BYTES: u64 = 512 << 20;

/// Bytes of one name: twice the kernel's `KSYM_NAME_LEN`. Longer ones are cut off.
pub const NAME_BYTES: usize = 1024;

/// Entries of one list: modinfo, undefined symbols, exports, namespaces.
pub const ENTRIES: usize = 1 << 16;

/// Symbols in the symbol table.
pub const SYMBOLS: usize = 1 << 22;

/// Different types of relocations in one module.
pub const RELOCATION_KINDS: usize = 1 << 10;

/// Memory for the dictionary of a compressed file, in bytes: what `xz -9` and `zstd --long` use, twice.
pub const WINDOW_BYTES: u64 = 128 << 20;
