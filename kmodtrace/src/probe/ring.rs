//! The ring buffer's reader. Nobody wakes it, see [`kmodtrace_common::config::NO_WAKEUP`].

use aya::{
    Ebpf,
    maps::{MapData, RingBuf},
};
use kmodtrace_common::config::EVENTS_MAP;

use super::ProbeError;

/// The records, in the order in which the kernel put them into the buffer.
pub struct Ring(RingBuf<MapData>);

impl Ring {
    pub(super) fn open(ebpf: &mut Ebpf) -> Result<Self, ProbeError> {
        let unusable = |reason: String| ProbeError::Map {
            map: EVENTS_MAP,
            reason,
        };
        let map = ebpf
            .take_map(EVENTS_MAP)
            .ok_or_else(|| unusable("it is missing".into()))?;
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
