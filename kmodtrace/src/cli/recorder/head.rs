//! What a file of a run needs to be read without those before it.

use std::collections::HashSet;

use kmodtrace_common::wire::{Header, SEGMENT_FINAL, meaning::layout};
use zerocopy::FromBytes as _;

use crate::{
    event::{Event, HostEvent, LoadKey},
    trace::{Frame, frame::decode_frame},
};

/// Bytes of cgroups that are told again.
const MAX_CGROUPS: usize = 1 << 20;
/// Loads that are known to be under way; of more, some are cut in two.
const MAX_OPEN: usize = 4096;

/// Frames that are told again in each file, and loads that a new file would cut in two.
#[derive(Debug, Default)]
pub(super) struct Head {
    session: Vec<u8>,
    cgroups: Vec<u8>,
    open: HashSet<LoadKey>,
}

impl Head {
    /// Notes an encoded frame.
    pub(super) fn see(&mut self, encoded: &[u8]) {
        match decode_frame(encoded) {
            Ok(Frame::Session(_)) => {
                self.session = encoded.to_vec();
                self.cgroups.clear();
                self.open.clear();
            }
            Ok(Frame::Host(HostEvent::Cgroup { .. })) if self.cgroups.len() < MAX_CGROUPS => {
                self.cgroups.extend_from_slice(encoded);
            }
            Ok(Frame::Host(HostEvent::TaskGone { key, .. })) => {
                self.open.remove(&key);
            }
            // The end of a load may have been lost: what began before is known no longer.
            Ok(Frame::Host(HostEvent::Losses(_))) => self.open.clear(),
            Ok(Frame::Record(record)) => self.record(record),
            _ => {}
        }
    }

    fn record(&mut self, record: Vec<u8>) {
        let header = Header::read_from_prefix(&record).map(|(header, _)| header);
        let of_load = |header: &Header| layout(header.kind).is_some_and(|layout| layout.of_load);
        let Ok(header) = header else { return };
        if !of_load(&header) {
            return;
        }
        let key = LoadKey {
            pid_tgid: header.pid_tgid,
            start_ns: header.start_ns,
        };
        let ends = matches!(Frame::Record(record).decode(), Ok(Event::Segment(segment))
            if segment.facts.flags & SEGMENT_FINAL != 0);
        if ends {
            self.open.remove(&key);
        } else if self.open.len() < MAX_OPEN {
            self.open.insert(key);
        }
    }

    /// True if no load has been told in part.
    pub(super) fn is_between_loads(&self) -> bool {
        self.open.is_empty()
    }

    /// What a new file begins with.
    pub(super) fn frames(&self) -> [&[u8]; 2] {
        [&self.session, &self.cgroups]
    }
}
