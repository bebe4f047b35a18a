//! What the kernel side knows itself: counters of losses, loads in flight.
#![expect(
    unsafe_code,
    reason = "aya's Pod marks types whose every byte pattern is valid"
)]

use aya::{
    Ebpf, Pod,
    maps::{Array, HashMap, MapError, PerCpuArray},
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

fn unusable(map: &'static str) -> impl Fn(MapError) -> ProbeError {
    move |error| ProbeError::Map {
        map,
        reason: super::attach::sentence(&error),
    }
}

fn missing(map: &'static str) -> ProbeError {
    ProbeError::Map {
        map,
        reason: "it is missing".into(),
    }
}

pub(super) fn losses(ebpf: &Ebpf) -> Result<Losses, ProbeError> {
    let map = ebpf
        .map(COUNTERS_MAP)
        .ok_or_else(|| missing(COUNTERS_MAP))?;
    let counters = PerCpuArray::<_, u64>::try_from(map).map_err(unusable(COUNTERS_MAP))?;
    let total = |counter: Counter| -> Result<u64, ProbeError> {
        let values = counters
            .get(&(counter as u32), 0)
            .map_err(unusable(COUNTERS_MAP))?;
        Ok(values.iter().sum())
    };
    Ok(Losses {
        segments: total(Counter::LostSegments)?,
        records: total(Counter::LostRecords)?,
        untracked: total(Counter::Untracked)?,
        sent: total(Counter::Sent)?,
    })
}

pub(super) fn in_flight(ebpf: &Ebpf, now_ns: u64) -> Result<Vec<InFlight>, ProbeError> {
    let claims = ebpf.map(CLAIMS_MAP).ok_or_else(|| missing(CLAIMS_MAP))?;
    let claims = HashMap::<_, u32, u64>::try_from(claims).map_err(unusable(CLAIMS_MAP))?;
    let loads = ebpf.map(LOADS_MAP).ok_or_else(|| missing(LOADS_MAP))?;
    let loads = Array::<_, Slot>::try_from(loads).map_err(unusable(LOADS_MAP))?;
    let mut found = Vec::new();
    for slot in claims.keys().flatten().filter(|&slot| slot < SLOTS) {
        let Slot(state) = loads.get(&slot, 0).map_err(unusable(LOADS_MAP))?;
        // 0: claimed this very moment, or freed.
        if state.segment.header.pid_tgid != 0 {
            found.push(describe(&state, now_ns));
        }
    }
    found.sort_by_key(|load| load.key);
    Ok(found)
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

/// Frees the slot of a load, and tells the programs that one load fewer is in flight.
///
/// In this order: whoever claims the slot next finds it empty, and nobody else writes to it before.
pub(super) fn forget(ebpf: &mut Ebpf, load: &InFlight) -> Result<(), ProbeError> {
    let Some(slot) = slot_of(ebpf, load)? else {
        return Ok(());
    };
    let loads = ebpf.map_mut(LOADS_MAP).ok_or_else(|| missing(LOADS_MAP))?;
    let mut loads = Array::<_, Slot>::try_from(loads).map_err(unusable(LOADS_MAP))?;
    loads
        .set(slot, Slot(LoadState::new_zeroed()), 0)
        .map_err(unusable(LOADS_MAP))?;
    let forgotten = ebpf
        .map_mut(FORGOTTEN_MAP)
        .ok_or_else(|| missing(FORGOTTEN_MAP))?;
    let mut forgotten = Array::<_, u64>::try_from(forgotten).map_err(unusable(FORGOTTEN_MAP))?;
    let before = forgotten.get(&0, 0).map_err(unusable(FORGOTTEN_MAP))?;
    forgotten
        .set(0, before + 1, 0)
        .map_err(unusable(FORGOTTEN_MAP))?;
    let claims = ebpf
        .map_mut(CLAIMS_MAP)
        .ok_or_else(|| missing(CLAIMS_MAP))?;
    let mut claims = HashMap::<_, u32, u64>::try_from(claims).map_err(unusable(CLAIMS_MAP))?;
    claims.remove(&slot).map_err(unusable(CLAIMS_MAP))
}

/// The slot that this very load, not a later one of the same task, has.
fn slot_of(ebpf: &Ebpf, load: &InFlight) -> Result<Option<u32>, ProbeError> {
    let claims = ebpf.map(CLAIMS_MAP).ok_or_else(|| missing(CLAIMS_MAP))?;
    let claims = HashMap::<_, u32, u64>::try_from(claims).map_err(unusable(CLAIMS_MAP))?;
    let loads = ebpf.map(LOADS_MAP).ok_or_else(|| missing(LOADS_MAP))?;
    let loads = Array::<_, Slot>::try_from(loads).map_err(unusable(LOADS_MAP))?;
    for slot in claims.keys().flatten().filter(|&slot| slot < SLOTS) {
        let Slot(state) = loads.get(&slot, 0).map_err(unusable(LOADS_MAP))?;
        let header = &state.segment.header;
        if (header.pid_tgid, header.start_ns) == (load.key.pid_tgid, load.key.start_ns) {
            return Ok(Some(slot));
        }
    }
    Ok(None)
}
