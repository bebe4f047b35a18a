//! Reading a module's file.

use std::{
    fs::OpenOptions,
    io::{self, Read as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use rustix::fs::OFlags;

use crate::{
    error::Failure,
    image::{ImageError, limits},
};

/// The whole file, if it is one and not too large.
pub(in crate::cli) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let open = |error| Failure::open(path, error);
    // Only a regular file ends; and whoever else may write there, opening must not wait.
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or(0);
    let mut options = OpenOptions::new();
    let file = options
        .read(true)
        .custom_flags(flags)
        .open(path)
        .map_err(open)?;
    let metadata = file.metadata().map_err(open)?;
    if !metadata.is_file() {
        let why = io::Error::other("it is not a regular file");
        return Err(open(why));
    }
    let too_large = || Failure::not_module(path, ImageError::TooLarge);
    if metadata.len() > limits::IMAGE_BYTES {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // The size is only a hint: the file may grow while it is read.
    bytes.reserve_exact(usize::try_from(metadata.len()).unwrap_or(0) + 1);
    let mut file = file.take(limits::IMAGE_BYTES + 1);
    file.read_to_end(&mut bytes).map_err(open)?;
    if bytes.len() as u64 > limits::IMAGE_BYTES {
        return Err(too_large());
    }
    Ok(bytes)
}
