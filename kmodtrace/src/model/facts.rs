//! What is known of a load besides its ledger. Everything here may be missing: kernels differ in what
//! they tell, and a load that fails gets only so far.

use super::{Memory, Section};
use crate::event::{FileProblem, MissingSymbol, Name};

/// Facts of one load.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// Who asked for it.
    pub caller: Caller,
    /// The file, as it lay there.
    pub file: FileFacts,
    /// What the module says of itself.
    pub identity: Identity,
    /// Signature of the image; `None` if it was not seen.
    pub signature: Option<Signature>,
    /// Sections in the order of the file; empty if the section headers were not seen.
    pub sections: Vec<Section>,
    /// Where it lies, and with which permissions.
    pub memory: Memory,
    /// Relocation sections that were applied, in order of time.
    pub relocations: Vec<Relocation>,
    /// Each symbol that was looked up; `None` if that was not recorded.
    pub symbols: Option<Vec<SymbolLookup>>,
    /// Each parameter that was set by a setter of the kernel's own; `None` if that was not recorded.
    pub params: Option<Vec<NamedCall>>,
    /// Symbols it exports.
    pub exports: Option<Exports>,
    /// Its init function; `None` if it has none or did not come so far.
    pub init: Option<Init>,
    /// Firmware files that its init function asked for, in order of time.
    pub firmware: Vec<NamedCall>,
    /// What the kernel lists of it after the load.
    pub registration: Option<Registration>,
    /// Lines that were written to the kernel's log meanwhile, in order of time.
    pub log: Vec<LogLine>,
    /// True if what the kernel logs was recorded.
    pub log_followed: bool,
    /// What the system tells of it, if it was refused.
    pub refusal: Refusal,
}

/// What the system tells of a load that was refused.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Refusal {
    /// Symbols that it misses, as far as they are known.
    pub missing: Vec<MissingSymbol>,
    /// Whether the kernel takes no modules any more, if that was looked at.
    pub modules_disabled: Option<bool>,
    /// What is wrong with its file, if it was looked at and something was found.
    pub file: Option<FileProblem>,
}

/// A line of the kernel's log.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LogLine {
    /// When it was written, ns of `CLOCK_MONOTONIC`.
    pub time_ns: u64,
    /// Its text.
    pub text: Name,
    /// False if the loading task wrote it; true if it is only known to have reached the console then.
    pub probable: bool,
    /// The time that the log itself gives it, ns of the log's clock (`local_clock()`); where known.
    pub log_ns: Option<u64>,
    /// Its level, `KERN_EMERG` (0) to `KERN_DEBUG` (7), where known.
    pub level: Option<u8>,
}

/// Who asked for a load.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Caller {
    /// User and group id, in the initial user namespace.
    pub ids: Option<(u32, u32)>,
    /// Command line of the process: its arguments.
    pub command_line: Option<Vec<Name>>,
    /// True if the command line is longer than what was kept.
    pub command_line_truncated: bool,
    /// Id of its cgroup: the inode number of its directory in the version 2 hierarchy.
    pub cgroup: Option<u64>,
    /// Path of its cgroup below the hierarchy's root.
    pub cgroup_path: Option<Name>,
    /// How long the process was in user space before.
    pub user: Option<UserTime>,
    /// The request for a module that made the kernel start this process.
    pub request: Option<Request>,
}

/// Time in user space before a load. It is not part of the load.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UserTime {
    /// How long, ns.
    pub before_ns: u64,
    /// Since when it is counted.
    pub since: Since,
}

/// Since when user time is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Since {
    /// The process began its program.
    Exec,
    /// Its load before this one returned.
    Load,
}

/// A request for a module (`request_module()` of the kernel).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// The name or alias asked for.
    pub name: Name,
    /// Process and thread that asked.
    pub pid_tgid: u64,
    /// Its name.
    pub comm: Name,
    /// When, ns of `CLOCK_MONOTONIC`.
    pub time_ns: u64,
    /// True if it waits for the module.
    pub wait: bool,
}

/// The module's file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FileFacts {
    /// Its path from the root of the mount namespace.
    pub path: Option<Name>,
    /// Inode number.
    pub inode: Option<u64>,
    /// Device, major and minor.
    pub device: Option<(u32, u32)>,
    /// Pages of it that were in the page cache before it was read.
    pub cached_pages: Option<u64>,
}

/// What a module says of itself (`.modinfo`, `struct module`).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Identity {
    /// `version`.
    pub version: Option<Name>,
    /// `srcversion`.
    pub srcversion: Option<Name>,
    /// `vermagic`.
    pub vermagic: Option<Name>,
    /// `license`, the first one.
    pub license: Option<Name>,
    /// `depends`: modules it needs.
    pub depends: Option<Vec<Name>>,
    /// Build id.
    pub build_id: Option<Vec<u8>>,
    /// Taints, as bits (`Documentation/admin-guide/tainted-kernels.rst`).
    pub taints: Option<u64>,
}

/// The signature of an image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    /// Whether there is one.
    pub present: bool,
    /// Whether the kernel found it valid; `None` if it did not come so far.
    pub accepted: Option<bool>,
    /// Common name of the signer's certificate.
    pub signer: Option<Name>,
    /// Serial number of the certificate, or id of the key.
    pub key: Option<Vec<u8>>,
    /// Digest algorithm.
    pub hash: Option<String>,
}

/// A relocation section that was applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Relocation {
    /// Index of the relocation section.
    pub section: u32,
    /// Its name.
    pub name: Option<Name>,
    /// Index of the section it applies to.
    pub target: Option<u32>,
    /// Number of relocations.
    pub entries: Option<u64>,
    /// When it began, ns of `CLOCK_MONOTONIC`.
    pub start_ns: u64,
    /// To the next event, ns.
    pub duration_ns: Option<u64>,
}

/// A look-up of one symbol.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SymbolLookup {
    /// Its name.
    pub name: Name,
    /// The module that has it; `None` for the kernel itself.
    pub owner: Option<Name>,
    /// Whether it was found.
    pub found: bool,
    /// Its address; `None` if it was not found, or the address was taken out ([`crate::redact`]).
    pub address: Option<u64>,
    /// When, ns of `CLOCK_MONOTONIC`.
    pub start_ns: u64,
    /// How long, ns.
    pub duration_ns: u64,
}

/// How many symbols a module exports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exports {
    /// For everybody; where `gpl` is not known, all of them.
    pub all: u32,
    /// For modules with a licence compatible with the GPL only. Since Linux 7.1 one table holds both kinds,
    /// and the module counts no longer how many are of which.
    pub gpl: Option<u32>,
}

/// An init function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Init {
    /// Its address.
    pub address: u64,
    /// Its name; `None` where the kernel does not tell.
    pub symbol: Option<Name>,
    /// What it returned; `None` if it has not.
    pub status: Option<i64>,
}

/// A call about something that has a name: a firmware file that was asked for, a parameter that was set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedCall {
    /// The name.
    pub name: Name,
    /// 0 or -errno.
    pub status: i64,
    /// When, ns of `CLOCK_MONOTONIC`.
    pub start_ns: u64,
    /// How long, ns.
    pub duration_ns: u64,
}

/// What the kernel lists of a module after its load.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Registration {
    /// `live`, `coming`, `going`, `unformed`.
    pub state: Option<&'static str>,
    /// References held by others when the system call returned.
    pub references: Option<i32>,
    /// Its line of `/proc/modules`; `None` if it was not there any more.
    pub line: Option<Name>,
    /// Modules that it uses, as `/proc/modules` tells.
    pub uses: Vec<Name>,
    /// Modules that use it.
    pub used_by: Vec<Name>,
}
