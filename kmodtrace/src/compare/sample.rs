//! What is kept of a load: small, so that memory grows slowly with loads.

use std::collections::BTreeMap;

use crate::{
    catalogue::phase::Phase,
    event::Name,
    model::{Errno, Load, Outcome, PAGE_BYTES, PhaseSpan, RegionKind},
};

/// What two loads must have in common to be the same in two recordings.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    /// The module; if a load failed before its name was known, the file without `.ko` and what follows.
    pub module: Name,
    /// Its parameters; `None` if they could not be read.
    pub params: Option<Name>,
    /// How it ended.
    pub ended: Ended,
}

/// How a load ended, as far as it has an end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Ended {
    /// The module was loaded.
    Loaded,
    /// It failed with this error number.
    Failed(i32),
}

/// A phase, or several that cannot be told apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Phases(u32);

/// A round of a benchmark.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Round {
    /// When the run began (`CLOCK_MONOTONIC`, ns): benchmarks of one boot have rounds of their own.
    pub run_ns: u64,
    /// Which of its rounds: each side loads once in each.
    pub round: u32,
}

/// The times of a load, ns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sample {
    /// Entry of the system call.
    pub start_ns: u64,
    /// Entry to return.
    pub total_ns: u64,
    /// Time without a phase.
    pub unattributed_ns: u64,
    /// Each phase once, in the order of its first time.
    pub phases: Box<[(Phases, u64)]>,
    /// True if the whole file was in the page cache; `None` if that is not known.
    pub cached: Option<bool>,
    /// Which round of a benchmark it belongs to.
    pub round: Option<Round>,
}

/// Why a load is not compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LeftOut {
    /// Part of it was lost, or its end was not seen.
    Incomplete,
    /// Another load of the same module or file came in its way.
    Contested,
    /// It only warmed caches.
    WarmUp,
    /// The module's first load of several in its boot, which finds caches cold.
    First,
}

/// What was loaded: of equal builds everything here is equal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Build {
    /// `srcversion` of the module.
    pub srcversion: Option<Name>,
    /// Its build id.
    pub build_id: Option<Vec<u8>>,
    /// Bytes of the (decompressed) image.
    pub image_bytes: Option<u64>,
    /// Bytes of memory by what they hold; empty if that was not seen.
    pub memory: BTreeMap<RegionKind, u64>,
    /// Bytes for each CPU.
    pub per_cpu_bytes: Option<u64>,
    /// Undefined symbols that were looked up.
    pub symbols: u64,
    /// Relocations; `None` if they were not counted.
    pub relocations: Option<u64>,
    /// Exported symbols.
    pub exports: Option<u32>,
    /// Changes of permissions and whether "write xor execute" holds.
    pub write_xor_execute: &'static str,
}

impl Key {
    /// Of a load that has ended.
    #[must_use]
    pub fn of(load: &Load) -> Option<Self> {
        let ended = match load.outcome {
            Outcome::Returned(Ok(())) => Ended::Loaded,
            Outcome::Returned(Err(Errno(errno))) => Ended::Failed(errno),
            Outcome::Unknown | Outcome::TaskGone => return None,
        };
        Some(Self {
            module: module(load),
            params: load.params.clone(),
            ended,
        })
    }
}

/// The name that the load is known by.
#[must_use]
pub fn module(load: &Load) -> Name {
    if let Some(module) = load.module.as_ref().filter(|name| !name.is_empty()) {
        return module.clone();
    }
    let file = load.file.clone().unwrap_or_default();
    let end = file.0.windows(3).position(|part| part == b".ko");
    // The kernel's names have no hyphens.
    let stem = file.0.iter().take(end.unwrap_or(file.0.len()));
    Name(stem.map(|&b| if b == b'-' { b'_' } else { b }).collect())
}

impl Phases {
    /// Of these phases.
    #[must_use]
    pub fn of(phases: impl IntoIterator<Item = Phase>) -> Self {
        Self(phases.into_iter().fold(0, |bits, phase| bits | bit(phase)))
    }

    /// True if it stands for this phase, alone or with others.
    #[must_use]
    pub fn contains(self, phase: Phase) -> bool {
        self.0 & bit(phase) != 0
    }

    /// True if they have a phase in common.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Each of them, in kernel order.
    pub fn iter(self) -> impl Iterator<Item = Phase> {
        let all = Phase::ALL.into_iter();
        all.filter(move |&phase| self.contains(phase))
    }

    /// `signature+elf`
    #[must_use]
    pub fn name(self) -> String {
        let names: Vec<_> = self.iter().map(Phase::name).collect();
        names.join("+")
    }
}

fn bit(phase: Phase) -> u32 {
    1 << (phase as u32)
}

impl Sample {
    /// The times of a load, in that round of a benchmark.
    ///
    /// # Errors
    /// With the reason why the load is not to be compared.
    pub fn of(load: &Load, round: Option<Round>) -> Result<Self, LeftOut> {
        let ended = matches!(load.outcome, Outcome::Returned(_));
        if !load.complete || !ended {
            return Err(LeftOut::Incomplete);
        }
        if load.contest.is_some_and(|it| it.lost || it.waited_ns > 0) {
            return Err(LeftOut::Contested);
        }
        Ok(Self {
            start_ns: load.start_ns,
            total_ns: load.total_ns,
            unattributed_ns: load.unattributed_ns,
            phases: phases(&load.phases),
            cached: cached(load),
            round,
        })
    }
}

/// A phase that comes several times is one.
fn phases(spans: &[PhaseSpan]) -> Box<[(Phases, u64)]> {
    let mut phases: Vec<(Phases, u64)> = Vec::with_capacity(spans.len());
    for span in spans {
        let covers = Phases::of(span.covers.iter().copied());
        match phases.iter_mut().find(|(known, _)| *known == covers) {
            Some((_, sum)) => *sum += span.duration_ns,
            None => phases.push((covers, span.duration_ns)),
        }
    }
    phases.into()
}

fn cached(load: &Load) -> Option<bool> {
    let (pages, bytes) = (load.facts.file.cached_pages?, load.file_bytes?);
    Some(pages >= bytes.div_ceil(PAGE_BYTES))
}

impl Build {
    /// What was loaded.
    #[must_use]
    pub fn of(load: &Load) -> Self {
        let facts = &load.facts;
        let mut memory = BTreeMap::new();
        for region in &facts.memory.regions {
            *memory.entry(region.kind).or_default() += region.bytes;
        }
        let relocations = facts.relocations.iter().map(|it| it.entries);
        Self {
            srcversion: facts.identity.srcversion.clone(),
            build_id: facts.identity.build_id.clone(),
            image_bytes: load.image_bytes,
            memory,
            per_cpu_bytes: facts.memory.per_cpu.map(|area| area.bytes),
            symbols: load.symbols.count,
            relocations: relocations.sum(),
            exports: facts.exports.map(|exports| exports.all),
            write_xor_execute: facts.memory.verdict.name(),
        }
    }
}
