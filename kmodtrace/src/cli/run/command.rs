//! The command of `run -- CMD`.

use std::{
    ffi::OsString,
    io::{self, IsTerminal as _},
    os::unix::process::ExitStatusExt as _,
    process::ExitStatus,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::interrupt::{Asked, Interrupts};
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

/// Passes the end that was asked for on to the command. A Ctrl-C at a terminal has reached it already.
pub(super) fn pass_on(child: &Child, asked: Asked) {
    let signal = match asked {
        Asked::Interrupt if io::stdin().is_terminal() => return,
        Asked::Interrupt => Signal::INT,
        Asked::Terminate => Signal::TERM,
    };
    if let Some(pid) = pid(child)
        && let Err(error) = kill_process(pid, signal)
    {
        tracing::debug!(%error, "the command could not be told to end");
    }
}

/// Waits until the command has ended, without a look at anything else.
pub(super) async fn outlast(child: &mut Child, interrupts: &mut Interrupts) {
    loop {
        tokio::select! {
            biased;
            asked = interrupts.wait() => pass_on(child, asked),
            _ = child.wait() => return,
        }
    }
}

/// Its process id, until it was waited for.
pub(super) fn pid(child: &Child) -> Option<Pid> {
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
    pid.and_then(Pid::from_raw)
}

/// A shell's exit code for a status: 128 + signal if a signal ended it.
pub(super) fn code(status: ExitStatus) -> i32 {
    status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::run::runtime;

    #[test]
    fn a_command_is_outlasted() {
        let words = ["sh", "-c", "sleep 0.3; exit 3"].map(OsString::from);
        let status = runtime().expect("a runtime").block_on(async {
            let mut interrupts = Interrupts::listen().expect("signals");
            let mut child = start(&words).expect("a shell").expect("a command");
            outlast(&mut child, &mut interrupts).await;
            child.try_wait().expect("a child")
        });
        assert_eq!(status.map(code), Some(3));
    }
}
