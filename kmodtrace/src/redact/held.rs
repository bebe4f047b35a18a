//! Records of loads that have not ended. Memory is bounded.

use std::collections::BTreeMap;

use super::{address::Place, modules::Traces};
use crate::{event::LoadKey, trace::Frame};

/// Loads of which something is held.
const MAX_LOADS: usize = 4096;
/// Bytes of records held.
const MAX_BYTES: usize = 32 << 20;
/// Bytes that a frame takes beside its record.
const FRAME_BYTES: usize = 128;

/// What is held of one load.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// Its frames, in the order in which they came.
    pub(super) frames: Vec<Frame>,
    /// What they tell of where its module lies.
    pub(super) traces: Traces,
    /// Where that is told to be, if it had to be decided before the load's end.
    pub(super) place: Option<Place>,
    bytes: usize,
    age: u64,
}

/// Every load.
#[derive(Debug, Default)]
pub(super) struct AllHeld {
    loads: BTreeMap<LoadKey, Held>,
    bytes: usize,
    seen: u64,
}

impl AllHeld {
    /// What is held of a load.
    pub(super) fn of(&mut self, key: LoadKey) -> &mut Held {
        self.loads.entry(key).or_insert_with(|| {
            self.seen += 1;
            Held {
                age: self.seen,
                ..Held::default()
            }
        })
    }

    /// Holds a frame.
    pub(super) fn hold(&mut self, key: LoadKey, frame: Frame) {
        let bytes = FRAME_BYTES
            + match &frame {
                Frame::Record(record) => record.len(),
                Frame::Session(_) | Frame::Host(_) => 0,
            };
        let held = self.of(key);
        held.bytes += bytes;
        held.frames.push(frame);
        self.bytes += bytes;
    }

    /// Takes the frames of a load out; more may come of it.
    pub(super) fn take_frames(&mut self, key: LoadKey) -> Vec<Frame> {
        let held = self.of(key);
        let frames = std::mem::take(&mut held.frames);
        let bytes = std::mem::take(&mut held.bytes);
        self.bytes -= bytes;
        frames
    }

    /// Takes a load out.
    pub(super) fn take(&mut self, key: LoadKey) -> Option<Held> {
        let held = self.loads.remove(&key)?;
        self.bytes -= held.bytes;
        Some(held)
    }

    /// Loads that the same task began earlier.
    pub(super) fn before(&self, key: LoadKey) -> Vec<LoadKey> {
        let first = LoadKey { start_ns: 0, ..key };
        self.loads.range(first..key).map(|(&key, _)| key).collect()
    }

    /// The load with the most bytes, if there are too many bytes.
    pub(super) fn largest(&self) -> Option<LoadKey> {
        let largest = self.loads.iter().max_by_key(|(_, held)| held.bytes);
        largest
            .filter(|_| self.bytes > MAX_BYTES)
            .map(|(&key, _)| key)
    }

    /// The oldest load, if there are too many loads.
    pub(super) fn oldest(&self) -> Option<LoadKey> {
        let oldest = self.loads.iter().min_by_key(|(_, held)| held.age);
        oldest
            .filter(|_| self.loads.len() > MAX_LOADS)
            .map(|(&key, _)| key)
    }

    /// Every load, in the order in which they became known.
    pub(super) fn keys(&self) -> Vec<LoadKey> {
        let mut keys: Vec<_> = self
            .loads
            .iter()
            .map(|(&key, held)| (held.age, key))
            .collect();
        keys.sort_unstable();
        keys.into_iter().map(|(_, key)| key).collect()
    }
}
