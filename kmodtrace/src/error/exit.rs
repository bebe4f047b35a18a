//! Exit codes.

use crate::model::Summary;

/// The exit codes, as `--help` shows them.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  ok
  1  degraded: the kernel refused some probes, some phases are less exact;
     compare: slower, or beyond a budget, where that was to be told
  2  usage: wrong arguments, or a file that cannot be read or created
  3  not permitted: not root, no capability, or kernel lockdown
  4  this kernel cannot be traced
  5  data incomplete: records or whole loads were lost
With `-- CMD`: the exit code of CMD (128 + N after signal N); 125 if kmodtrace
itself failed, 126 if CMD cannot be executed, 127 if it was not found.";

/// How a run ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// All is well.
    Ok,
    /// The kernel refused probes; what is there is right, but less exact.
    Degraded,
    /// A gate of `compare` is closed.
    Gate,
    /// Wrong arguments, or a file that cannot be read or created.
    Usage,
    /// Privileges are missing, or lockdown forbids it.
    NotPermitted,
    /// This kernel cannot be traced.
    CannotTrace,
    /// Something was lost.
    Incomplete,
    /// What the command returned.
    Command(u8),
    /// kmodtrace failed, and there is a command.
    Failed,
    /// The command cannot be executed.
    CommandNotExecutable,
    /// The command was not found.
    CommandNotFound,
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Degraded | Self::Gate => 1,
            Self::Usage => 2,
            Self::NotPermitted => 3,
            Self::CannotTrace => 4,
            Self::Incomplete => 5,
            Self::Command(code) => code,
            Self::Failed => 125,
            Self::CommandNotExecutable => 126,
            Self::CommandNotFound => 127,
        }
    }

    /// After a run: the command's exit code if there was one; else what was lost or refused.
    #[must_use]
    pub fn of_run(summary: &Summary, degraded: bool) -> Self {
        if let Some(code) = summary.command {
            return Self::Command(u8::try_from(code).unwrap_or(u8::MAX));
        }
        match Self::of_report(summary) {
            Self::Ok if degraded => Self::Degraded,
            exit => exit,
        }
    }

    /// After a report: only what was lost counts, not what the recorded command returned.
    #[must_use]
    pub fn of_report(summary: &Summary) -> Self {
        let losses = &summary.losses;
        let missing = summary.missing();
        let lost = [losses.segments, losses.records, losses.untracked, missing];
        if summary.incomplete > 0 || lost.iter().any(|&lost| lost > 0) {
            Self::Incomplete
        } else {
            Self::Ok
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
