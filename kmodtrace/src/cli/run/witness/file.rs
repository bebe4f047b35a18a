//! What is wrong with the file of a load that was refused, as far as it shows.

use std::{
    env::consts::ARCH,
    ffi::OsStr,
    fs::{self, Metadata},
    os::unix::{ffi::OsStrExt as _, fs::MetadataExt as _},
    path::Path,
};

use crate::{
    cli::inspect::file::read,
    event::{FileProblem, Name},
    image::{
        Header, ImageError, ModuleImage,
        compression::{Compression, decompress},
        machine_name,
    },
};

/// Files larger than this are not looked into, bytes.
const MOST_BYTES: u64 = 64 << 20;
/// `ET_REL`, the ELF type of a module.
const RELOCATABLE: u16 = 1;
/// Size of the smaller ELF header, bytes.
const HEADER_BYTES: u64 = 52;

/// A path and what it leads to, if that is the inode still.
fn found(path: &Name, inode: Option<u64>) -> Option<(&Path, Metadata)> {
    let path = Path::new(OsStr::from_bytes(&path.0));
    let metadata = fs::metadata(path).ok()?;
    (inode.is_none() || inode == Some(metadata.ino())).then_some((path, metadata))
}

/// The symbols that a module's file needs from others.
pub(super) fn undefined(path: &Name, inode: Option<u64>) -> Option<Vec<Name>> {
    let (path, metadata) = found(path, inode)?;
    if metadata.len() > MOST_BYTES {
        return None;
    }
    let file = read(path).ok()?;
    let image = decompress(&file).ok()?;
    let symbols = ModuleImage::parse(&image).ok()?.undefined;
    let needed = symbols.into_iter().filter(|symbol| !symbol.is_weak());
    Some(needed.map(|symbol| Name(symbol.name.to_vec())).collect())
}

/// Looks at a file by its path.
pub(super) fn problem(path: &Name, inode: Option<u64>) -> Option<FileProblem> {
    let (path, metadata) = found(path, inode)?;
    if !metadata.is_file() {
        return Some(FileProblem::NotRegular);
    }
    if metadata.len() < HEADER_BYTES {
        return Some(FileProblem::Empty);
    }
    if metadata.len() > MOST_BYTES {
        return None;
    }
    problem_of(&read(path).ok()?)
}

fn problem_of(file: &[u8]) -> Option<FileProblem> {
    if Compression::of(file).is_some() {
        return Some(FileProblem::Compressed);
    }
    // The rest of a header of another machine may mean other things.
    let header = Header::parse(file)
        .ok()
        .filter(|header| header.kind == RELOCATABLE);
    if header.is_some_and(|header| is_foreign(header.machine)) {
        return Some(FileProblem::Machine);
    }
    match ModuleImage::parse(file) {
        Ok(_) => None,
        Err(ImageError::TooLarge) => None,
        Err(ImageError::Empty) => Some(FileProblem::Empty),
        Err(ImageError::NotElf) => Some(FileProblem::NotElf),
        Err(ImageError::NotRelocatable(_)) => Some(FileProblem::NotRelocatable),
        Err(ImageError::NotModule) => Some(FileProblem::NotModule),
        Err(_) => Some(FileProblem::Damaged),
    }
}

/// True for the machine of a module that this kernel cannot run, where its own is known by the same name.
fn is_foreign(machine: u16) -> bool {
    matches!(ARCH, "x86_64" | "aarch64") && machine_name(machine) != Some(ARCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows() {
        assert_eq!(problem_of(&[7; 100]), Some(FileProblem::NotElf));
        assert_eq!(problem_of(b"\x1f\x8b\0\0"), Some(FileProblem::Compressed));
        let elf = b"\x7fELF\x02\x01\x01";
        assert_eq!(problem_of(elf), Some(FileProblem::Damaged));
        let dir = Name(b"/".to_vec());
        assert_eq!(problem(&dir, None), Some(FileProblem::NotRegular));
        assert_eq!(problem(&dir, Some(u64::MAX)), None);
    }
}
