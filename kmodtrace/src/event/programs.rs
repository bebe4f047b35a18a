//! What the kernel tells of kmodtrace's own programs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What the kernel tells of the eBPF programs at the end of a run.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ProgramStatistics {
    /// True if the kernel kept times of eBPF programs (`kernel.bpf_stats_enabled`): at the end, or for part of the run.
    pub timed: bool,
    /// Hits that the kernel passed over, in loads and elsewhere, because a program was running already on that CPU, as far
    /// as it counts them: of trampolines since Linux 5.12, of kprobes since 6.7. `None` where it counts none.
    pub missed: Option<u64>,
    /// Programs of which there is something to tell, by name: what the object calls them, of which the kernel knows the
    /// first 15 bytes.
    pub programs: BTreeMap<String, ProgramUse>,
}

/// What the kernel tells of one eBPF program.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ProgramUse {
    /// How often it ran while times were kept.
    pub runs: u64,
    /// Its time together, ns.
    pub run_ns: u64,
    /// How often it was passed over.
    pub missed: u64,
}

impl ProgramUse {
    /// Together with another one.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            runs: self.runs.saturating_add(other.runs),
            run_ns: self.run_ns.saturating_add(other.run_ns),
            missed: self.missed.saturating_add(other.missed),
        }
    }
}

impl ProgramStatistics {
    /// Programs that are kept apart, some times as many as there are: recordings come from anywhere.
    pub const MOST: usize = 512;

    /// Adds those of another run.
    pub fn add(&mut self, other: &Self) {
        self.timed |= other.timed;
        let missed = self.missed.into_iter().chain(other.missed);
        self.missed = missed.reduce(u64::saturating_add);
        for (name, new) in &other.programs {
            if let Some(known) = self.programs.get_mut(name) {
                *known = known.plus(*new);
            } else if self.programs.len() < Self::MOST {
                self.programs.insert(name.clone(), *new);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, missed: Option<u64>, run_ns: u64) -> ProgramStatistics {
        let of_it = ProgramUse {
            runs: 1,
            run_ns,
            missed: 0,
        };
        ProgramStatistics {
            timed: run_ns > 0,
            missed,
            programs: BTreeMap::from([(name.to_owned(), of_it)]),
        }
    }

    #[test]
    fn runs_add_up() {
        let mut all = ProgramStatistics::default();
        all.add(&one("a", None, 0));
        assert_eq!((all.missed, all.timed), (None, false));
        all.add(&one("a", Some(2), u64::MAX));
        all.add(&one("b", Some(3), 5));
        assert_eq!((all.missed, all.timed), (Some(5), true));
        let (a, b) = (all.programs["a"], all.programs["b"]);
        assert_eq!((a.runs, a.run_ns, b.run_ns), (2, u64::MAX, 5));
    }

    #[test]
    fn no_recording_makes_it_grow_for_ever() {
        let mut all = ProgramStatistics::default();
        for nth in 0..2 * ProgramStatistics::MOST {
            all.add(&one(&nth.to_string(), None, 1));
        }
        assert_eq!(all.programs.len(), ProgramStatistics::MOST);
    }
}
