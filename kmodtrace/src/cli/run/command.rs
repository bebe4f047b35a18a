//! The command of `run -- CMD`.

use std::{ffi::OsString, os::unix::process::ExitStatusExt as _, process::ExitStatus};

use tokio::process::{Child, Command};

use crate::error::Failure;

/// Starts the command, with this process as the one that inherits its orphans, so that every
/// descendant can be told by its ancestry.
pub(super) fn start(words: &[OsString]) -> Result<Option<Child>, Failure> {
    let [program, arguments @ ..] = words else {
        return Ok(None);
    };
    if let Err(error) = rustix::process::set_child_subreaper(Some(rustix::process::getpid())) {
        tracing::warn!(%error, "orphans of the command cannot be followed");
    }
    let child = Command::new(program)
        .args(arguments)
        .spawn()
        .map_err(|error| Failure::Command {
            program: program.clone(),
            error,
        })?;
    Ok(Some(child))
}

/// A shell's exit code for a status: 128 + signal if a signal ended it.
pub(super) fn code(status: ExitStatus) -> i32 {
    status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}
