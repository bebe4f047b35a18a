//! The ring buffer's reader. Nobody wakes it, see [`kmodtrace_common::config::NO_WAKEUP`].

use aya::{
    Ebpf,
    maps::{Map, MapData, RingBuf},
};
use kmodtrace_common::config::EVENTS_MAP;

use super::ProbeError;

/// The records, in the order in which the kernel put them into the buffer.
pub struct Ring(RingBuf<MapData>);

fn unusable(reason: String) -> ProbeError {
    ProbeError::Map {
        map: EVENTS_MAP,
        reason,
    }
}

impl Ring {
    /// The buffer of an object, not yet mapped.
    pub(super) fn take(ebpf: &mut Ebpf) -> Result<Map, ProbeError> {
        let map = ebpf.take_map(EVENTS_MAP);
        map.ok_or_else(|| unusable("it is missing".into()))
    }

    /// Maps the buffer: from here on it counts as memory of this process.
    pub(super) fn map(map: Map) -> Result<Self, ProbeError> {
        RingBuf::try_from(map)
            .map(Self)
            .map_err(|error| unusable(error.to_string()))
    }

    /// Every record that is there now.
    pub fn drain(&mut self) -> Vec<Vec<u8>> {
        let mut records = Vec::new();
        while let Some(record) = self.0.next() {
            records.push(record.to_vec());
        }
        records
    }
}
