//! Strings and bytes that belong to a load.

use super::Header;

/// Bytes of text that one [`Text`] record can hold.
pub const TEXT_BYTES: usize = 1024;

/// [`Text::what`]: the parameter string of the load.
pub const TEXT_PARAMS: u16 = 1;

/// Bytes that one [`Blob`] record can hold.
pub const BLOB_BYTES: usize = 8192;

/// [`Blob::what`]: the file's path: names of its components, the file's own first, each with a NUL.
pub const BLOB_PATH: u16 = 1;
/// [`Blob::what`]: the command line: arguments, each with a NUL.
pub const BLOB_COMMAND_LINE: u16 = 2;
/// [`Blob::what`]: the section headers (`Elf64_Shdr`) as they were when the image copy was freed.
pub const BLOB_SECTIONS: u16 = 3;
/// [`Blob::what`]: the string table of section names.
pub const BLOB_SECTION_NAMES: u16 = 4;
/// [`Blob::what`]: the section `.modinfo`.
pub const BLOB_MODINFO: u16 = 5;
/// [`Blob::what`]: the end of the image, where the signature is.
pub const BLOB_IMAGE_END: u16 = 6;
/// [`Blob::what`]: a line of the kernel's log: when it was written (`u64`, ns), then its text.
pub const BLOB_LOG: u16 = 7;
/// [`Blob::what`]: a record of the kernel's log: when it was written (ns), its id, the time that it
/// bears (ns of the log's clock), its facility and, from bit 13 on, its level (`u64` each), then its text.
pub const BLOB_LOG_RECORD: u16 = 8;
/// [`Blob::what`]: the name of the init function, and behind it the module's in brackets, with a NUL.
pub const BLOB_INIT_SYMBOL: u16 = 9;

/// [`Blob::flags`]: there is more than was kept.
pub const BLOB_TRUNCATED: u16 = 1;

records! {
    /// A string that belongs to a load. It is sent whole; [`Header::count`] bytes of `bytes` are valid.
    #[derive(Clone, Copy, Debug)]
    pub struct Text {
        /// Kind [`KIND_TEXT`](super::KIND_TEXT).
        pub header: Header,
        /// One of the `TEXT_` constants.
        pub what: u16,
        /// 1 if the string was longer than [`TEXT_BYTES`].
        pub truncated: u16,
        /// Zero.
        pub reserved: u32,
        /// The string, without its NUL.
        pub bytes: [u8; TEXT_BYTES],
    }

    /// Bytes of any length that belong to a load. On the wire [`Header::count`] bytes follow.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Blob {
        /// Kind [`KIND_BLOB`](super::KIND_BLOB).
        pub header: Header,
        /// One of the `BLOB_` constants.
        pub what: u16,
        /// `BLOB_` flags.
        pub flags: u16,
        /// Where these bytes begin in the whole, bytes.
        pub offset: u32,
    }
}

const _: () = {
    assert!(size_of::<Text>() == 32 + TEXT_BYTES);
    assert!(size_of::<Blob>() == 32);
};
