//! Reading of files that a kernel may or may not offer.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

/// No file that is read here is longer: a limit for whatever else lies at its place.
const LIMIT: u64 = 256 << 20;

/// The whole file, or why not: short, for people.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LIMIT).read_to_end(&mut bytes))
        .map_err(|error| format!("{}: {}", path.display(), reason(&error)))?;
    Ok(bytes)
}

/// The file's text without white space at its ends; `None` if there is no such file.
pub(super) fn text(path: &Path) -> Option<String> {
    let bytes = read(path).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim().to_owned())
}

/// The file's number; `None` if there is no such file or no number in it.
pub(super) fn number(path: &Path) -> Option<i64> {
    text(path)?.parse().ok()
}

/// What the system says of an error, without its number.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((text, _)) => text.to_lowercase(),
        None => text,
    }
}
