//! Files: everything may be read, nothing written but the files of the recording.

use std::{io, path::Path};

use landlock::{
    ABI, AccessFs, BitFlags, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetStatus,
};

use super::Needs;

/// Landlock's rules are those of this version; of older kernels what they have.
const VERSION: ABI = ABI::V5;

/// Denies writing outside of the recording's directory, and inside all but regular files; what is open stays
/// open. False if this kernel cannot.
pub(super) fn confine(needs: &Needs) -> io::Result<bool> {
    let ruleset = Ruleset::default().handle_access(AccessFs::from_write(VERSION));
    let mut ruleset = ruleset.and_then(Ruleset::create).map_err(other)?;
    if let Some(directory) = &needs.directory {
        ruleset = ruleset.add_rule(recording(directory)?).map_err(other)?;
    }
    let status = ruleset.restrict_self().map_err(other)?;
    Ok(status.ruleset != RulesetStatus::NotEnforced)
}

/// What may be done in the directory of a recording.
fn recording(directory: &Path) -> io::Result<PathBeneath<PathFd>> {
    // A link that was there before is renamed like a file; making one is no system call that is left.
    let rights: BitFlags<AccessFs> = AccessFs::MakeReg
        | AccessFs::MakeSym
        | AccessFs::WriteFile
        | AccessFs::RemoveFile
        | AccessFs::Truncate;
    let directory = PathFd::new(directory).map_err(other)?;
    Ok(PathBeneath::new(directory, rights))
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::other(error)
}
