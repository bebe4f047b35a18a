//! Why a module cannot be benchmarked.

use std::{ffi::OsString, io, path::PathBuf, process::ExitStatus};

use rustix::io::Errno;

use super::Exit;
use crate::{model, render::errno_name};

/// What ends a benchmark, or keeps it from beginning.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// No capability to load modules.
    #[error(
        "this process may not load modules (it has not CAP_SYS_MODULE): run outside of the container"
    )]
    NotCapable,
    /// `kernel.modules_disabled`.
    #[error(
        "this kernel loads no modules any more (kernel.modules_disabled is 1): only a boot changes that"
    )]
    Disabled,
    /// Signatures are enforced, and the file has none.
    #[error("this kernel takes only signed modules (sig_enforce, or lockdown), and {} has no signature", .0.display())]
    Unsigned(PathBuf),
    /// In a PID namespace.
    #[error(
        "process ids here are not the kernel's (PID namespace), so loads cannot be told from others: run outside of the container"
    )]
    PidNamespace,
    /// Neither a file nor a module of that name.
    #[error("there is no module {0} in {dir}, and no file of that name", dir = .1.display())]
    Missing(String, PathBuf),
    /// Built in.
    #[error("{0} is built into this kernel: it cannot be loaded")]
    BuiltIn(String),
    /// The file does not tell the module's name.
    #[error("{} does not tell the name of its module", .0.display())]
    Nameless(PathBuf),
    /// `.modinfo` and `struct module` do not agree.
    #[error("{} tells two names of its module: {told} in .modinfo, {registered} in what the kernel registers", file.display())]
    TwoNames {
        /// The file.
        file: PathBuf,
        /// The name in `.modinfo`.
        told: String,
        /// The name in `struct module`.
        registered: String,
    },
    /// One of the two needs the other.
    #[error(
        "{0} needs {1}, which is to be loaded in turns with it: they cannot be measured against each other"
    )]
    NeedsOther(String, String),
    /// A module it needs is nowhere.
    #[error("{name} needs {needs}, which is neither loaded nor in {}: load it before", tree.display())]
    Needs {
        /// The module.
        name: String,
        /// What it needs.
        needs: String,
        /// Where that is not.
        tree: PathBuf,
    },
    /// In use.
    #[error("{name} is in use by {users}: unload that before")]
    InUse {
        /// The module.
        name: String,
        /// Who uses it.
        users: String,
    },
    /// Cannot be unloaded.
    #[error("{0} is loaded and cannot be unloaded (permanent)")]
    Permanent(String),
    /// No exit function.
    #[error("{0} has no exit function: once loaded it could not be unloaded again")]
    NoExit(String),
    /// Being loaded or unloaded just now.
    #[error("{0} is being loaded or unloaded just now: try again")]
    Moving(String),
    /// Loaded, and not in use.
    #[error(
        "{0} is loaded, though nothing uses it: rmmod {0} before, or let --reload unload it and modprobe load it again afterwards"
    )]
    Loaded(String),
    /// Loaded, and nothing to load it again from.
    #[error("{0} is loaded, and {dir} has no module of that name, so that modprobe could not load it again: rmmod {0} before", dir = .1.display())]
    NoReload(String, PathBuf),
    /// `/proc/modules` cannot be read.
    #[error("cannot read /proc/modules: {0}")]
    Modules(#[source] io::Error),
    /// Parameters with a NUL.
    #[error("parameters cannot hold a NUL")]
    Params,
    /// The kernel does not load it.
    #[error("the kernel does not load {}: {}; `kmodtrace run -- insmod {}` tells why", file.display(), said(*errno), file.display())]
    Load {
        /// The file.
        file: PathBuf,
        /// The error.
        errno: Errno,
    },
    /// It cannot be unloaded.
    #[error("{name} cannot be unloaded: {}", said(*errno))]
    Unload {
        /// The module.
        name: String,
        /// The error.
        errno: Errno,
    },
    /// `--prepare` failed.
    #[error("--prepare failed ({status}): {}", command.display())]
    Prepare {
        /// The command.
        command: OsString,
        /// How it ended.
        status: ExitStatus,
    },
    /// `--prepare` cannot be started.
    #[error("cannot start the shell for --prepare: {0}")]
    Shell(#[source] io::Error),
    /// The page cache cannot be dropped.
    #[error("cannot write /proc/sys/vm/drop_caches: {0}")]
    DropCaches(#[source] io::Error),
    /// The thread that loads cannot be started.
    #[error("cannot start the thread that loads: {0}")]
    Thread(#[source] io::Error),
    /// The state was not restored.
    #[error("not all is as it was before: {}", .0.join("; "))]
    NotRestored(Vec<String>),
}

impl BenchError {
    /// How kmodtrace ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::NotCapable | Self::Disabled | Self::Unsigned(_) | Self::PidNamespace => {
                Exit::NotPermitted
            }
            Self::Missing(..)
            | Self::BuiltIn(_)
            | Self::Nameless(_)
            | Self::TwoNames { .. }
            | Self::NeedsOther(..)
            | Self::Needs { .. }
            | Self::InUse { .. }
            | Self::Permanent(_)
            | Self::NoExit(_)
            | Self::Moving(_)
            | Self::Loaded(_)
            | Self::NoReload(..)
            | Self::Modules(_)
            | Self::Params => Exit::Usage,
            Self::Load { .. }
            | Self::Unload { .. }
            | Self::Prepare { .. }
            | Self::Shell(_)
            | Self::DropCaches(_)
            | Self::Thread(_)
            | Self::NotRestored(_) => Exit::Incomplete,
        }
    }
}

/// `ENOEXEC (Exec format error)`
fn said(errno: Errno) -> String {
    let raw = errno.raw_os_error();
    let text = io::Error::from_raw_os_error(raw).to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    format!("{} ({text})", errno_name(model::Errno(raw)))
}
