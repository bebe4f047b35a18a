//! What the file's own properties say of a refusal.

use super::{
    Cause, Finding,
    errno::{EINVAL, ENOEXEC, fails_in},
};
use crate::{
    catalogue::phase::Phase,
    event::{FileProblem, Name},
    model::{Load, Syscall},
};

/// Size of an ELF header of 64 bits (`Elf64_Ehdr`), bytes.
const ELF_HEADER: u64 = 64;
/// `MODULE_INIT_COMPRESSED_FILE`, `include/uapi/linux/module.h`.
const COMPRESSED_FILE: u32 = 4;

/// Errors that come of what the file is.
pub(super) fn by_file(load: &Load, errno: i32) -> Option<Finding> {
    let asked =
        matches!(load.syscall, Syscall::FinitModule { flags, .. } if flags & COMPRESSED_FILE != 0);
    let bytes = load.image_bytes.or(load.file_bytes);
    if fails_in(load, Phase::Decompress) {
        return Some(Finding::certain(Cause::NotCompressed));
    }
    let looked = load.facts.refusal.file.map(cause);
    match (errno, bytes) {
        (ENOEXEC | EINVAL, _) if !asked && looked.is_some() => looked.map(Finding::certain),
        (ENOEXEC, Some(bytes)) if bytes < ELF_HEADER => Some(Finding::certain(Cause::Empty)),
        (ENOEXEC, _) if !asked && load.file.as_ref().is_some_and(is_compressed) => {
            Some(Finding::likely(Cause::Compressed))
        }
        // An image from memory is measured before it is looked at.
        (ENOEXEC, None) if load.syscall == Syscall::InitModule && fails_in(load, Phase::Read) => {
            Some(Finding::certain(Cause::Empty))
        }
        _ => None,
    }
}

/// What the log says of a file that is no ELF file, and what the file itself shows besides.
pub(super) fn known(load: &Load, found: Finding) -> Finding {
    let looked = load.facts.refusal.file;
    match (found.cause, looked) {
        (Cause::Format | Cause::Damaged, Some(problem)) if !found.certain => {
            Finding::certain(cause(problem))
        }
        (Cause::NotElf, Some(FileProblem::Compressed)) => Finding::certain(Cause::Compressed),
        (Cause::NotElf, _) if load.file.as_ref().is_some_and(is_compressed) => Finding {
            certain: false,
            ..Finding::certain(Cause::Compressed)
        },
        _ => found,
    }
}

fn cause(problem: FileProblem) -> Cause {
    match problem {
        FileProblem::NotRegular => Cause::BadFile,
        FileProblem::Empty => Cause::Empty,
        FileProblem::Compressed => Cause::Compressed,
        FileProblem::NotElf => Cause::NotElf,
        FileProblem::Machine => Cause::Architecture,
        FileProblem::NotRelocatable => Cause::NotRelocatable,
        FileProblem::Damaged | FileProblem::NotModule => Cause::Damaged,
    }
}

/// True for the names that compressed modules have.
fn is_compressed(file: &Name) -> bool {
    [&b".xz"[..], b".zst", b".gz"]
        .iter()
        .any(|suffix| file.0.ends_with(suffix))
}
