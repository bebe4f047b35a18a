//! What the kernel tells of kmodtrace's own programs.

use serde::{Deserialize, Serialize};

/// What the kernel tells of the eBPF programs themselves at the end of a run.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Programs {
    /// True if the kernel kept statistics of eBPF programs (`kernel.bpf_stats_enabled`), at the beginning and at the end.
    pub statistics: bool,
    /// Hits that the kernel passed over, because a program was running already on that CPU; `None` where it does not
    /// count them (before Linux 5.12).
    pub missed: Option<u64>,
    /// Those of which there is something to tell, by name.
    pub programs: Vec<ProgramUse>,
}

/// What the kernel tells of one eBPF program.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ProgramUse {
    /// Its name in the object; the kernel knows the first 15 bytes of it.
    pub name: String,
    /// How often it ran, as far as statistics were kept.
    pub runs: u64,
    /// Its time together, ns.
    pub run_ns: u64,
    /// How often it was passed over.
    pub missed: u64,
}

impl Programs {
    /// With those of another run.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        self.statistics |= other.statistics;
        self.missed = match (self.missed, other.missed) {
            (Some(one), Some(other)) => Some(one.saturating_add(other)),
            (one, other) => one.or(other),
        };
        for new in &other.programs {
            let mut known = self.programs.iter_mut();
            match known.find(|known| known.name == new.name) {
                Some(known) => {
                    known.runs = known.runs.saturating_add(new.runs);
                    known.run_ns = known.run_ns.saturating_add(new.run_ns);
                    known.missed = known.missed.saturating_add(new.missed);
                }
                None => self.programs.push(new.clone()),
            }
        }
        self.programs
            .sort_by(|one, other| one.name.cmp(&other.name));
        self
    }
}
