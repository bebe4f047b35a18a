//! What `kmodtrace bench` says of itself, so that a recording tells all that it printed.

use serde::{Deserialize, Serialize};

use super::Name;

/// One of the two modules of a benchmark.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The module that was asked for.
    A,
    /// That of `--against`.
    B,
}

impl Side {
    /// `A` or `B`, as it is printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }
}

/// Which load of a benchmark.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Iteration {
    /// Which module.
    pub side: Side,
    /// Which round, from 1; those that warm up are counted by themselves.
    pub round: u32,
    /// True if it only warms up, and does not count.
    pub warmup: bool,
}

/// How a module's file is given to the kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// The file, with `finit_module(2)`.
    File,
    /// The compressed file, with `finit_module(2)`: the kernel decompresses it.
    Compressed,
    /// The image in memory, with `init_module(2)`: it was decompressed beforehand.
    Image,
}

/// A module of a benchmark.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Contender {
    /// Which one.
    pub side: Side,
    /// The module's name, as the kernel has it.
    pub module: Name,
    /// Path of its file.
    pub file: Name,
    /// How the file is given to the kernel.
    pub given: Given,
}

/// What a benchmark was asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Benchmark {
    /// Its modules, A first.
    pub contenders: Vec<Contender>,
    /// Loads of each that count.
    pub rounds: u32,
    /// Loads of each before that, which do not.
    pub warmup: u32,
    /// Untraced loads of each, before tracing and again after it.
    pub untraced: u32,
    /// Parameters of every load.
    pub params: Name,
    /// The command that runs before every load.
    pub prepare: Option<Name>,
    /// True if the page cache is dropped before every load.
    pub drop_caches: bool,
    /// What decides which module comes first in a round.
    pub seed: u64,
    /// Modules that were loaded beforehand because these need them, in that order.
    pub dependencies: Vec<Name>,
}

/// When a load was made, seen from tracing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Before anything was attached.
    Before,
    /// Under the tracer.
    Traced,
    /// After everything was detached.
    After,
}

/// How long a load took, as whoever made it saw it: from before the system call until behind it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Timing {
    /// Which load.
    pub iteration: Iteration,
    /// When.
    pub when: When,
    /// How long, ns.
    pub elapsed_ns: u64,
    /// How much of that the task was on a CPU, ns: `CLOCK_THREAD_CPUTIME_ID`.
    pub cpu_ns: u64,
    /// How much of that it waited for a CPU, ns: the second number of `/proc/thread-self/schedstat`; `None`
    /// where the kernel does not tell.
    pub runnable_ns: Option<u64>,
}

impl Timing {
    /// The time in which the task waited for something else than a CPU, ns.
    #[must_use]
    pub fn blocked_ns(&self) -> Option<u64> {
        let known = self.cpu_ns.saturating_add(self.runnable_ns?);
        Some(self.elapsed_ns.saturating_sub(known))
    }
}
