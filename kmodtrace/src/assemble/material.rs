//! What came of an open load besides its segments. Memory is bounded.

use std::collections::BTreeSet;

use kmodtrace_common::wire;

use crate::{
    event::{BlobRecord, FactsRecord, Name, NamedRecord},
    model::Refusal,
};

/// Bytes of blobs kept of one load.
const MAX_BYTES: usize = 128 << 10;
/// Named calls kept of one load.
const MAX_CALLS: usize = 1 << 16;

/// What the kernel lists of a module.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Registered {
    pub(super) line: Option<Name>,
    pub(super) uses: Vec<Name>,
    pub(super) build_id: Vec<u8>,
}

/// Facts, bytes and calls of one load.
#[derive(Clone, Debug, Default)]
pub(super) struct Material {
    /// Facts of fixed size.
    pub(super) fixed: Option<Box<wire::Facts>>,
    /// Bytes, in the order in which they came.
    blobs: Vec<BlobRecord>,
    bytes: usize,
    /// Firmware requests.
    pub(super) firmware: Vec<NamedRecord>,
    /// Symbols looked up.
    pub(super) symbols: Vec<NamedRecord>,
    /// Parameters set.
    pub(super) params: Vec<NamedRecord>,
    /// What the kernel lists of it.
    pub(super) registered: Option<Registered>,
    /// What the system tells of its refusal.
    pub(super) refusal: Refusal,
}

impl Material {
    pub(super) fn facts(&mut self, record: &FactsRecord) {
        self.fixed = Some(Box::new(record.facts));
    }

    /// Keeps bytes; false if there are too many.
    pub(super) fn blob(&mut self, record: BlobRecord) -> bool {
        self.bytes += record.bytes.len();
        if self.bytes > MAX_BYTES {
            return false;
        }
        self.blobs.push(record);
        true
    }

    /// Keeps a firmware request; false if there are too many.
    pub(super) fn firmware(&mut self, record: NamedRecord) -> bool {
        push(&mut self.firmware, record)
    }

    /// Keeps a symbol; false if there are too many.
    pub(super) fn symbol(&mut self, record: NamedRecord) -> bool {
        push(&mut self.symbols, record)
    }

    /// Keeps a parameter; false if there are too many.
    pub(super) fn param(&mut self, record: NamedRecord) -> bool {
        push(&mut self.params, record)
    }

    /// The first part of one kind of bytes.
    pub(super) fn first(&self, what: u16) -> Option<&BlobRecord> {
        self.blobs.iter().find(|blob| blob.what == what)
    }

    /// Every record of one kind of bytes, in the order in which they came.
    pub(super) fn every(&self, what: u16) -> impl Iterator<Item = &BlobRecord> {
        self.blobs.iter().filter(move |blob| blob.what == what)
    }

    /// All parts of one kind, one behind the other; what lies between them is left out.
    pub(super) fn joined(&self, what: u16) -> Vec<u8> {
        let mut seen = BTreeSet::new();
        let parts = self.every(what).filter(|part| seen.insert(part.offset));
        let parts: Vec<_> = parts.map(|part| part.bytes.as_slice()).collect();
        parts.concat()
    }
}

fn push(calls: &mut Vec<NamedRecord>, record: NamedRecord) -> bool {
    if calls.len() == MAX_CALLS {
        return false;
    }
    calls.push(record);
    true
}
