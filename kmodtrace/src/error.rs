//! What ends a run early, in one sentence and a way out, and the exit codes.

mod bench;
mod exit;
mod permission;

pub use bench::BenchError;
pub use exit::{EXIT_CODES, Exit};
pub use permission::may_trace;

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

use crate::{image::ImageError, kernel::loaded::LoadedError, plan::CannotTrace, probe::ProbeError};

/// Why kmodtrace could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// An ordinary user.
    #[error("tracing the kernel needs root: try again with sudo")]
    NotRoot,
    /// Root without the capabilities, as in a container.
    #[error(
        "this root may not trace (it has neither CAP_SYS_ADMIN nor CAP_BPF with CAP_PERFMON, or is root in a user namespace only): run outside of the container, or give it these capabilities"
    )]
    NotCapable,
    /// Without `CAP_SYS_ADMIN` on a kernel that takes perf events from everybody else.
    #[error(
        "{0}; kernel.perf_event_paranoid may be the reason, on Debian's kernels it keeps kprobes from all without CAP_SYS_ADMIN: sysctl kernel.perf_event_paranoid=2"
    )]
    PerfRefused(ProbeError),
    /// Lockdown forbids BPF programs to read kernel memory.
    #[error(
        "the kernel is locked down (lockdown=confidentiality), so nobody may trace it: boot with lockdown=integrity or none; see kernel_lockdown(7)"
    )]
    Lockdown,
    /// `kernel.ftrace_enabled` is 0: probes attach, but are never hit.
    #[error("ftrace is switched off, so probes would stay silent: sysctl kernel.ftrace_enabled=1")]
    FtraceOff,
    /// kprobes are switched off: they attach, but are never hit.
    #[error(
        "kprobes are switched off, so probes would stay silent: echo 1 > /sys/kernel/debug/kprobes/enabled"
    )]
    KprobesOff,
    /// The file of `--btf` holds no BTF of this kernel.
    #[error("--btf is of no use: {0}")]
    Btf(String),
    /// Nothing on this kernel can be traced.
    #[error("{0}; `kmodtrace doctor` tells more")]
    Kernel(#[from] CannotTrace),
    /// Loading or attaching was refused.
    #[error("{0}; `kmodtrace doctor` tells more")]
    Probe(#[from] ProbeError),
    /// A file cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Open {
        /// Its path.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file is not a module, or damaged.
    #[error("{} cannot be read as a module: {error}", path.display())]
    NotModule {
        /// Its path.
        path: PathBuf,
        /// Why.
        error: ImageError,
    },
    /// A file is that of another module, or of another build.
    #[error("{} is not the file of that module: another build, or another module", .0.display())]
    OtherModule(PathBuf),
    /// Where a loaded module lies is not known.
    #[error("{0}")]
    Loaded(#[from] LoadedError),
    /// A recording holds no load of which it is known where the module lies.
    #[error("{} holds no such load, or does not tell where its module lies", .0.display())]
    NoLoad(PathBuf),
    /// A recording holds no benchmark.
    #[error("there is no benchmark in that: `kmodtrace bench -o FILE` records one")]
    NoBenchmark,
    /// A file cannot be created.
    #[error("cannot create {}: {error}", path.display())]
    Create {
        /// Its path.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A module cannot be benchmarked, or could not to the end.
    #[error("{0}")]
    Bench(#[from] BenchError),
    /// An export cannot be made as it was asked for.
    #[error("{0}")]
    Export(String),
    /// Two sides cannot be compared, or not as they were asked to be.
    #[error("{0}")]
    Compare(String),
    /// The file is not a recording.
    #[error("{0}: `kmodtrace report` reads what `kmodtrace run -o FILE` wrote")]
    NotRecording(String),
    /// A recording of which nothing can be read: of a newer version, or cut off where it begins.
    #[error("{0}")]
    UnreadableRecording(String),
    /// The recording ends early or is damaged; what could be read was printed.
    #[error("the recording is damaged: {0}")]
    Damaged(String),
    /// The recording cannot be written.
    #[error("cannot write the recording ({0}): it ends here")]
    Recording(#[source] io::Error),
    /// The output cannot be written.
    #[error("cannot write the output: {0}")]
    Output(#[source] io::Error),
    /// The command of `-- CMD` cannot be started.
    #[error("cannot start {}: {error}", program.display())]
    Command {
        /// Its first word.
        program: OsString,
        /// Why.
        error: io::Error,
    },
    /// Signals, timers or the command cannot be waited for.
    #[error("waiting for events failed: {0}")]
    Runtime(#[source] io::Error),
}

impl Failure {
    /// A file that cannot be read.
    #[must_use]
    pub fn open(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        Self::Open { path, error }
    }

    /// A file that is not a module, or damaged.
    #[must_use]
    pub fn not_module(path: &Path, error: ImageError) -> Self {
        let path = path.to_owned();
        Self::NotModule { path, error }
    }

    /// A file that cannot be created.
    #[must_use]
    pub fn create(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        Self::Create { path, error }
    }

    /// True if whoever read the output has gone (`kmodtrace … | head`): nothing to complain about.
    #[must_use]
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// How to end. With `-- CMD` every failure is 125, so that it cannot be mistaken for the
    /// command's own, except that of the command's start: 126 or 127, as shells have it.
    #[must_use]
    pub fn exit(&self, with_command: bool) -> Exit {
        if let Self::Command { error, .. } = self {
            return match error.kind() {
                io::ErrorKind::NotFound => Exit::CommandNotFound,
                _ => Exit::CommandNotExecutable,
            };
        }
        if with_command {
            return Exit::Failed;
        }
        match self {
            Self::NotRoot
            | Self::NotCapable
            | Self::PerfRefused(_)
            | Self::Lockdown
            | Self::FtraceOff
            | Self::Loaded(LoadedError::NotPermitted | LoadedError::Hidden)
            | Self::KprobesOff => Exit::NotPermitted,
            Self::Kernel(_) | Self::Probe(_) | Self::Runtime(_) => Exit::CannotTrace,
            Self::Open { .. }
            | Self::Create { .. }
            | Self::NotModule { .. }
            | Self::Export(_)
            | Self::Compare(_)
            | Self::NotRecording(_)
            | Self::UnreadableRecording(_)
            | Self::OtherModule(_)
            | Self::Loaded(_)
            | Self::NoLoad(_)
            | Self::NoBenchmark
            | Self::Btf(_) => Exit::Usage,
            Self::Bench(error) => error.exit(),
            Self::Damaged(_) | Self::Recording(_) | Self::Output(_) => Exit::Incomplete,
            Self::Command { .. } => Exit::Failed,
        }
    }
}

#[cfg(test)]
mod tests;
