//! Gives up what a run does not need once everything is attached: capabilities, ways to gain any, most system
//! calls, most files.
//!
//! What is left after [`enter`]: reading files, the eBPF maps that are open, writing to what is open, threads,
//! and what [`Needs`] asks for. It is given up by the thread that calls, so threads come after it.

mod capabilities;
mod files;
mod filter;

use std::path::PathBuf;

use rustix::process::Pid;

/// What the rest of a run does beyond reading files and writing to what is open.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// The directory in which a recording is divided into files: they are created, renamed and removed there.
    pub directory: Option<PathBuf>,
    /// The process to which signals are passed on.
    pub child: Option<Pid>,
}

/// What could not be given up, and why, in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// What the thread still has.
    pub what: &'static str,
    /// Why.
    pub why: String,
    /// False where it is only that this kernel is too old.
    pub unexpected: bool,
}

/// Confines this thread and those that it will start, for good. `maps_work` tells whether the eBPF maps can
/// be used: kernels before 6.0 or so want `CAP_BPF` for that, unless `kernel.unprivileged_bpf_disabled` is 0.
///
/// Returns what this kernel does not let it give up.
#[must_use]
pub fn enter(needs: &Needs, maps_work: impl Fn() -> bool) -> Vec<Kept> {
    let mut kept = Vec::new();
    if let Err(error) = capabilities::drop_unneeded(needs, maps_work) {
        kept.push(Kept::of("capabilities", &error, true));
    }
    match files::confine(needs) {
        Ok(true) => {}
        Ok(false) => kept.push(Kept::of(
            "the rights to write files",
            &"the kernel has no Landlock, or it is switched off",
            false,
        )),
        Err(error) => kept.push(Kept::of("the rights to write files", &error, true)),
    }
    // Last: it allows none of the system calls above.
    if let Err(error) = filter::install(needs) {
        kept.push(Kept::of("system calls", &error, true));
    }
    kept
}

impl Kept {
    fn of(what: &'static str, why: &dyn std::fmt::Display, unexpected: bool) -> Self {
        Self {
            what,
            why: why.to_string(),
            unexpected,
        }
    }
}

#[cfg(test)]
mod tests;
