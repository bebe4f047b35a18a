//! What user space saw itself.

use serde::{Deserialize, Serialize};

use super::{Benchmark, Iteration, LoadKey, Name, ProgramStatistics, Timing};

/// The header of a recording: what is needed to understand its events, and what outputs say of the run.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Session {
    /// Version of kmodtrace that recorded.
    pub kmodtrace: String,
    /// [`kmodtrace_common::wire::WIRE_VERSION`] of the ring records.
    pub wire: u16,
    /// True if ring records are little-endian.
    pub little_endian: bool,
    /// `uname -r`.
    pub release: String,
    /// `uname -m`.
    pub machine: String,
    /// `/proc/sys/kernel/random/boot_id`.
    pub boot_id: String,
    /// Online CPUs.
    pub cpus: u32,
    /// What is attached; decides which phases can be told apart.
    pub attached: Vec<Attached>,
    /// Offsets given to the programs: global's name and value.
    pub offsets: Vec<(String, u32)>,
    /// The clocks at the beginning.
    pub clock: ClockSample,
    /// The command started by kmodtrace, if any.
    pub command: Option<Vec<Name>>,
    /// Where the kernel places modules: `MODULES_VADDR` and `MODULES_END`, if known.
    #[serde(default)]
    pub module_area: Option<(u64, u64)>,
    /// The machine, as far as it matters for comparisons.
    #[serde(default)]
    pub environment: Environment,
    /// True if loads of the command's descendants are marked as such: not without the offsets that
    /// lead from a task to its parent, and not where process ids are not the kernel's.
    #[serde(default)]
    pub descent_known: bool,
    /// True if addresses were taken out: see [`crate::redact`].
    #[serde(default)]
    pub redacted: bool,
}

/// What a comparison of loads needs to know of the machine.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Environment {
    /// Model of the first CPU.
    pub cpu_model: Option<String>,
    /// Frequency governor of the first CPU.
    pub governor: Option<String>,
    /// What the machine runs on: a hypervisor's name, or `none`; `None` if it is not known.
    pub hypervisor: Option<String>,
}

/// One attached probe.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Attached {
    /// Hook id.
    pub hook: u16,
    /// Symbol or tracepoint.
    pub symbol: String,
    /// `entry`, `return` or `tracepoint`.
    pub edge: String,
    /// How: `kprobe+5`, `kprobe`, `kretprobe`, `fentry`, `fexit`, `raw_tp`.
    pub how: String,
}

/// The clocks at one moment, ns.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ClockSample {
    /// `CLOCK_MONOTONIC`: the clock of all other times.
    pub monotonic_ns: u64,
    /// `CLOCK_BOOTTIME`.
    pub boottime_ns: u64,
    /// `CLOCK_REALTIME`, since the epoch.
    pub realtime_ns: u64,
}

/// What the kernel could not deliver, summed over CPUs since the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Losses {
    /// Segments of loads for which the ring buffer had no room.
    pub segments: u64,
    /// Other records for which it had no room.
    pub records: u64,
    /// Loads that were not followed: no free slot.
    pub untracked: u64,
    /// Records put into the ring buffer.
    pub sent: u64,
}

impl Losses {
    /// What was lost together with `other`.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            segments: self.segments.saturating_add(other.segments),
            records: self.records.saturating_add(other.records),
            untracked: self.untracked.saturating_add(other.untracked),
            sent: self.sent.saturating_add(other.sent),
        }
    }
}

/// A load that has not ended when it was looked at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct InFlight {
    /// Which load.
    pub key: LoadKey,
    /// Task name.
    pub comm: Name,
    /// Module name; empty if not known yet.
    pub module: Name,
    /// File name; empty if unknown.
    pub file: Name,
    /// [`kmodtrace_common::catalogue::HookId`] of the system call.
    pub syscall: u32,
    /// Its marks so far (since its last segment): hook, edge, time in ns, a, b.
    pub marks: Vec<(u16, u8, u64, u64, u64)>,
    /// When it was looked at, ns.
    pub seen_ns: u64,
}

/// A symbol that a refused module misses.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MissingSymbol {
    /// Its name.
    pub name: Name,
    /// The module that provides it, as the `modules.symbols` of the running kernel tells.
    pub provider: Option<Name>,
    /// True if the kernel or a loaded module exports it: but not to this module.
    pub exported: bool,
}

/// What is wrong with the file of a load that was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileProblem {
    /// A directory, a device, a pipe.
    NotRegular,
    /// Nothing in it, or less than an ELF header.
    Empty,
    /// It is compressed.
    Compressed,
    /// No ELF file.
    NotElf,
    /// For another machine.
    Machine,
    /// An executable or a library.
    NotRelocatable,
    /// Cut off, or headers that contradict each other.
    Damaged,
    /// An object file that is no module.
    NotModule,
}

/// One thing that user space saw.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum HostEvent {
    /// What was lost, whenever it has changed and at the end.
    Losses(Losses),
    /// What the kernel tells of the eBPF programs, at the end.
    Programs(ProgramStatistics),
    /// Modules that were being loaded or unloaded when tracing began: of that nothing was seen.
    UnderWay {
        /// Their names.
        modules: Vec<Name>,
    },
    /// The loads in flight at the end of the run.
    InFlight {
        /// Each of them.
        loads: Vec<InFlight>,
    },
    /// The task of a load in flight has disappeared: the load will never end.
    TaskGone {
        /// Which load.
        key: LoadKey,
        /// What it had done.
        load: InFlight,
    },
    /// The path of a cgroup that a load's task is in.
    Cgroup {
        /// Its id.
        id: u64,
        /// Its path below the root of the version 2 hierarchy.
        path: Name,
    },
    /// What the kernel lists of a module whose load has ended; comes before the load's final segment.
    Registered {
        /// Which load.
        key: LoadKey,
        /// Its line of `/proc/modules`; `None` if it is not there any more.
        line: Option<Name>,
        /// Modules that it uses.
        uses: Vec<Name>,
        /// Its build id, from `/sys/module/NAME/notes`; empty if there is none.
        #[serde(default)]
        build_id: Vec<u8>,
    },
    /// What the system tells of a load that was refused; comes before the load's final segment.
    Refused {
        /// Which load.
        key: LoadKey,
        /// Symbols that it misses.
        missing: Vec<MissingSymbol>,
        /// Whether the kernel takes no modules any more (`kernel.modules_disabled`), if that was looked at.
        modules_disabled: Option<bool>,
        /// What is wrong with the file, if it was looked at and something was found.
        file: Option<FileProblem>,
    },
    /// Ring records of this run are in files of the recording that are not read.
    Elsewhere {
        /// How many.
        records: u64,
    },
    /// The command that kmodtrace started has ended.
    CommandEnded {
        /// Its exit code; 128 + signal if a signal ended it.
        code: i32,
    },
    /// `kmodtrace bench` begins: what it was asked for.
    Benchmark(Benchmark),
    /// `kmodtrace bench` is about to load a module: comes before the load's first record.
    Iteration {
        /// Which of its loads.
        iteration: Iteration,
        /// The task that will make the load: thread group id in the upper, thread id in the lower half.
        pid_tgid: u64,
        /// When that was said, ns of `CLOCK_MONOTONIC`: the load is the task's first one after that.
        time_ns: u64,
    },
    /// What `kmodtrace bench` saw of a load that it has made, traced or not.
    Timing(Timing),
    /// The run ends.
    End {
        /// The clocks at the end.
        clock: ClockSample,
    },
}
