//! What the kernel side knows itself: counters of losses, loads in flight.
#![expect(
    unsafe_code,
    reason = "aya's Pod marks types whose every byte pattern is valid"
)]

use aya::{
    Ebpf, Pod,
    maps::{Array, HashMap, Map, MapData, MapError, PerCpuArray},
};
use kmodtrace_common::{
    config::{CLAIMS_MAP, COUNTERS_MAP, Counter, FORGOTTEN_MAP, LOADS_MAP, SLOTS},
    wire::{LoadState, SEGMENT_MARKS},
};
use zerocopy::FromZeros as _;

use super::ProbeError;
use crate::event::{InFlight, LoadKey, Losses, Name};

/// A load's state as bytes of a map.
#[repr(transparent)]
#[derive(Clone, Copy)]
struct Slot(LoadState);

// SAFETY: LoadState is `repr(C)`, derives zerocopy's FromBytes (every byte pattern is valid) and has
// no padding (asserted beside its definition).
unsafe impl Pod for Slot {}

/// The maps that are looked at while programs run.
pub(super) struct State {
    counters: PerCpuArray<MapData, u64>,
    claims: HashMap<MapData, u32, u64>,
    loads: Array<MapData, Slot>,
    forgotten: Array<MapData, u64>,
}

fn unusable(map: &'static str) -> impl Fn(MapError) -> ProbeError {
    move |error| ProbeError::Map {
        map,
        reason: super::sentence::sentence(&error),
    }
}

/// Takes a map out of the object.
fn take<M: TryFrom<Map, Error = MapError>>(
    ebpf: &mut Ebpf,
    name: &'static str,
) -> Result<M, ProbeError> {
    let map = ebpf.take_map(name).ok_or_else(|| ProbeError::Map {
        map: name,
        reason: "it is missing".into(),
    })?;
    M::try_from(map).map_err(unusable(name))
}

impl State {
    pub(super) fn open(ebpf: &mut Ebpf) -> Result<Self, ProbeError> {
        Ok(Self {
            counters: take(ebpf, COUNTERS_MAP)?,
            claims: take(ebpf, CLAIMS_MAP)?,
            loads: take(ebpf, LOADS_MAP)?,
            forgotten: take(ebpf, FORGOTTEN_MAP)?,
        })
    }

    pub(super) fn losses(&self) -> Result<Losses, ProbeError> {
        let total = |counter: Counter| -> Result<u64, ProbeError> {
            let values = self.counters.get(&(counter as u32), 0);
            Ok(values.map_err(unusable(COUNTERS_MAP))?.iter().sum())
        };
        Ok(Losses {
            segments: total(Counter::LostSegments)?,
            records: total(Counter::LostRecords)?,
            untracked: total(Counter::Untracked)?,
            sent: total(Counter::Sent)?,
        })
    }

    pub(super) fn in_flight(&self, now_ns: u64) -> Result<Vec<InFlight>, ProbeError> {
        let mut found = Vec::new();
        for slot in self.claimed() {
            let state = self.load(slot)?;
            // 0: claimed this very moment, or freed.
            if state.segment.header.pid_tgid != 0 {
                found.push(describe(&state, now_ns));
            }
        }
        found.sort_by_key(|load| load.key);
        Ok(found)
    }

    pub(super) fn tasks(&self) -> Vec<u64> {
        let claims = self.claims.iter().flatten();
        claims.map(|(_, pid_tgid)| pid_tgid).collect()
    }

    /// Frees the slot of a load, and tells the programs that one load fewer is in flight.
    ///
    /// In this order: whoever claims the slot next finds it empty, and nobody else writes to it before.
    pub(super) fn forget(&mut self, load: &InFlight) -> Result<(), ProbeError> {
        let Some(slot) = self.slot_of(load)? else {
            return Ok(());
        };
        let empty = Slot(LoadState::new_zeroed());
        self.loads
            .set(slot, empty, 0)
            .map_err(unusable(LOADS_MAP))?;
        let before = self.forgotten.get(&0, 0);
        let before = before.map_err(unusable(FORGOTTEN_MAP))?;
        self.forgotten
            .set(0, before + 1, 0)
            .map_err(unusable(FORGOTTEN_MAP))?;
        self.claims.remove(&slot).map_err(unusable(CLAIMS_MAP))
    }

    /// The slot that this very load, not a later one of the same task, has.
    fn slot_of(&self, load: &InFlight) -> Result<Option<u32>, ProbeError> {
        for slot in self.claimed() {
            let header = self.load(slot)?.segment.header;
            if (header.pid_tgid, header.start_ns) == (load.key.pid_tgid, load.key.start_ns) {
                return Ok(Some(slot));
            }
        }
        Ok(None)
    }

    fn claimed(&self) -> impl Iterator<Item = u32> {
        let slots = self.claims.keys().flatten();
        slots.filter(|&slot| slot < SLOTS)
    }

    fn load(&self, slot: u32) -> Result<LoadState, ProbeError> {
        let Slot(state) = self.loads.get(&slot, 0).map_err(unusable(LOADS_MAP))?;
        Ok(state)
    }
}

fn describe(state: &LoadState, seen_ns: u64) -> InFlight {
    let segment = &state.segment;
    let marks = usize::try_from(segment.header.count)
        .unwrap_or(0)
        .min(SEGMENT_MARKS);
    InFlight {
        key: LoadKey {
            pid_tgid: segment.header.pid_tgid,
            start_ns: segment.header.start_ns,
        },
        comm: Name::until_nul(&segment.comm),
        module: Name::until_nul(&segment.module_name),
        file: Name::until_nul(&segment.file_name),
        syscall: segment.syscall,
        marks: state.marks[..marks]
            .iter()
            .map(|mark| (mark.hook, mark.edge, mark.time_ns, mark.a, mark.b))
            .collect(),
        seen_ns,
    }
}
