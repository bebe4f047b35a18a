//! Decoded ring records.

use kmodtrace_common::wire;
use serde::{Deserialize, Serialize};

use super::{HostEvent, Session};

/// Identity of a load within one boot: the task, and when it entered the system call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct LoadKey {
    /// Thread group id in the upper, thread id in the lower half.
    pub pid_tgid: u64,
    /// Entry of the system call, ns of `CLOCK_MONOTONIC`.
    pub start_ns: u64,
}

impl LoadKey {
    /// Process id (thread group id).
    #[must_use]
    pub fn pid(self) -> u32 {
        process_and_thread(self.pid_tgid).0
    }

    /// Thread id.
    #[must_use]
    pub fn tid(self) -> u32 {
        process_and_thread(self.pid_tgid).1
    }
}

/// Process id (thread group id) and thread id of a task, as programs note them together.
#[must_use]
pub fn process_and_thread(pid_tgid: u64) -> (u32, u32) {
    let half = |bits: u64| u32::try_from(bits & 0xffff_ffff).unwrap_or(0);
    (half(pid_tgid >> 32), half(pid_tgid))
}

/// A bounded string from the kernel or from user space: any bytes but NUL, not necessarily UTF-8.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Name(pub Vec<u8>);

impl Name {
    /// The bytes before the first NUL.
    #[must_use]
    pub fn until_nul(bytes: &[u8]) -> Self {
        let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
        Self(bytes[..end].to_vec())
    }

    /// True if nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// One event.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// The recording begins: kernel, plan, clocks.
    Session(Box<Session>),
    /// A part of a load.
    Segment(Box<SegmentRecord>),
    /// A string that belongs to a load.
    Text(TextRecord),
    /// A load asks for a helper process (modprobe).
    HelperRequest(HelperRecord),
    /// A helper process begins to exist.
    HelperTask(HelperRecord),
    /// Init memory was freed on a kworker.
    Freed(FreedRecord),
    /// Facts of a load, of fixed size; they come before its final segment.
    Facts(Box<FactsRecord>),
    /// Bytes that belong to a load.
    Blob(BlobRecord),
    /// A task asks for a module by name.
    Request(RequestRecord),
    /// A process that has loaded modules ends.
    Exit(ExitRecord),
    /// A load has asked for a firmware file.
    Firmware(NamedRecord),
    /// A load has looked a symbol up.
    Symbol(NamedRecord),
    /// A load has set a parameter.
    Param(NamedRecord),
    /// User space saw something itself.
    Host(HostEvent),
}

/// A part of a load: [`wire::Segment`] and its marks.
#[derive(Clone, PartialEq, Debug)]
pub struct SegmentRecord {
    /// Which load.
    pub key: LoadKey,
    /// Its facts so far.
    pub facts: wire::Segment,
    /// Its marks since the segment before, in order of time.
    pub marks: Vec<wire::Mark>,
}

/// A string that belongs to a load.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextRecord {
    /// Which load.
    pub key: LoadKey,
    /// One of the `wire::TEXT_` constants.
    pub what: u16,
    /// True if it was cut off at [`wire::TEXT_BYTES`].
    pub truncated: bool,
    /// The string.
    pub text: Name,
}

/// A helper process, asked for by a load or beginning to exist.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HelperRecord {
    /// The asking load; for a new task its `pid_tgid` with `start_ns` 0.
    pub key: LoadKey,
    /// When, ns.
    pub time_ns: u64,
    /// What links request and task: address of their `struct subprocess_info`.
    pub subprocess: u64,
}

/// Init memory that was freed after its load.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FreedRecord {
    /// When the kworker's batch began, ns.
    pub batch_ns: u64,
    /// When this memory was about to be freed, ns.
    pub time_ns: u64,
    /// Its address.
    pub address: u64,
}

/// Facts of a load: [`wire::Facts`].
#[derive(Clone, PartialEq, Debug)]
pub struct FactsRecord {
    /// Which load.
    pub key: LoadKey,
    /// What is known; see [`wire::Facts::known`].
    pub facts: wire::Facts,
}

/// Bytes that belong to a load.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BlobRecord {
    /// Which load.
    pub key: LoadKey,
    /// One of the `wire::BLOB_` constants.
    pub what: u16,
    /// True if there is more than was kept.
    pub truncated: bool,
    /// Where the bytes begin in the whole.
    pub offset: u32,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl BlobRecord {
    /// Of [`kmodtrace_common::wire::BLOB_PATH`], whose components come last one first: the path, if it is whole.
    #[must_use]
    pub fn path(&self) -> Option<Name> {
        let bytes = self.bytes.strip_suffix(b"\0").filter(|_| !self.truncated)?;
        let components = bytes.split(|&byte| byte == 0).rev();
        let mut path = Vec::with_capacity(bytes.len() + 1);
        for component in components {
            path.push(b'/');
            path.extend_from_slice(component);
        }
        Some(Name(path))
    }
}

/// A task asks for a module by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestRecord {
    /// The asking load, if the task is inside one; else `start_ns` is 0.
    pub key: LoadKey,
    /// When, ns.
    pub time_ns: u64,
    /// True if it waits for the module.
    pub wait: bool,
    /// Task name.
    pub comm: Name,
    /// What it asks for: a module's name or alias.
    pub name: Name,
}

/// A process that has loaded modules ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExitRecord {
    /// Which task: its process's first thread.
    pub pid_tgid: u64,
    /// When, ns.
    pub time_ns: u64,
}

/// A call about something that has a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedRecord {
    /// Which load.
    pub key: LoadKey,
    /// Entry, ns.
    pub begin_ns: u64,
    /// Return, ns.
    pub end_ns: u64,
    /// Firmware, parameter: 0 or -errno. Symbol: its address; 0 or -errno if it was not found.
    pub value: u64,
    /// Its name.
    pub name: Name,
    /// The module that owns the symbol; empty for the kernel's own.
    pub owner: Name,
}
