//! The ring buffer's reader.
#![expect(
    unsafe_code,
    reason = "tokio's only sound way to watch a file descriptor is unsafe"
)]

use std::io;

use aya::{
    Ebpf,
    maps::{MapData, RingBuf},
};
use kmodtrace_common::config::EVENTS_MAP;
use tokio::io::{Interest, unix::AsyncFd};

use super::ProbeError;

/// The records, in the order in which the kernel put them into the buffer.
pub struct Ring {
    fd: AsyncFd<RingBuf<MapData>>,
}

impl Ring {
    pub(super) fn open(ebpf: &mut Ebpf) -> Result<Self, ProbeError> {
        let unusable = |reason: String| ProbeError::Map {
            map: EVENTS_MAP,
            reason,
        };
        let map = ebpf
            .take_map(EVENTS_MAP)
            .ok_or_else(|| unusable("it is missing".into()))?;
        let ring = RingBuf::try_from(map).map_err(|error| unusable(error.to_string()))?;
        // SAFETY: the descriptor belongs to the ring, the ring to the AsyncFd; it stays open and the
        // same for as long as the AsyncFd lives.
        let fd = unsafe { AsyncFd::register_with_interest(ring, Interest::READABLE) }
            .map_err(|error| ProbeError::Ring(io::Error::from(error)))?;
        Ok(Self { fd })
    }

    /// Waits until there are records, then hands each one that is there to `sink`.
    ///
    /// # Errors
    /// When the descriptor cannot be waited for.
    pub async fn wait(&mut self, mut sink: impl FnMut(&[u8])) -> Result<(), ProbeError> {
        let mut ready = self.fd.readable_mut().await.map_err(ProbeError::Ring)?;
        drain(ready.get_inner_mut(), &mut sink);
        ready.clear_ready();
        Ok(())
    }

    /// Hands each record that is there now to `sink`.
    pub fn drain(&mut self, mut sink: impl FnMut(&[u8])) {
        drain(self.fd.get_mut(), &mut sink);
    }
}

fn drain(ring: &mut RingBuf<MapData>, sink: &mut impl FnMut(&[u8])) {
    while let Some(record) = ring.next() {
        sink(&record);
    }
}
