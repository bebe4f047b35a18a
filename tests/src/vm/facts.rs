//! The facts of a load, as the JSON Lines tell them.

use serde::Deserialize;

/// A kernel address: `"0xffffffffc0a00000"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Address(pub u64);

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        hexadecimal(&text)
            .filter(|_| text.starts_with("0x"))
            .map(Self)
            .ok_or_else(|| format!("{text:?} is no address"))
    }
}

/// A hexadecimal number, with or without `0x`.
#[must_use]
pub fn hexadecimal(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x").unwrap_or(text), 16).ok()
}

/// Who asked for a load.
#[derive(Clone, Debug, Deserialize)]
pub struct Caller {
    /// User.
    pub uid: Option<u32>,
    /// Group.
    pub gid: Option<u32>,
    /// Arguments.
    pub command_line: Option<Vec<String>>,
    /// Whether there are more.
    pub command_line_truncated: bool,
    /// Path of its cgroup.
    pub cgroup_path: Option<String>,
    /// Time in user space before.
    pub user: Option<UserTime>,
    /// The request that made the kernel start the process.
    pub request: Option<Request>,
}

/// Time in user space.
#[derive(Clone, Debug, Deserialize)]
pub struct UserTime {
    /// How long, ns.
    pub before_ns: u64,
    /// Since what.
    pub since: String,
}

/// A request for a module.
#[derive(Clone, Debug, Deserialize)]
pub struct Request {
    /// What was asked for.
    pub name: String,
    /// Process that asked.
    pub pid: u32,
    /// Its name.
    pub comm: String,
    /// When, ns.
    pub time_ns: u64,
    /// Whether it waits.
    pub wait: bool,
}

/// The file.
#[derive(Clone, Debug, Deserialize)]
pub struct FileFacts {
    /// Path.
    pub path: Option<String>,
    /// Inode.
    pub inode: Option<u64>,
    /// Device.
    pub device: Option<String>,
    /// Pages in the page cache.
    pub cached_pages: Option<u64>,
}

/// What a module says of itself.
#[derive(Clone, Debug, Deserialize)]
pub struct Identity {
    /// `version`.
    pub version: Option<String>,
    /// `srcversion`.
    pub srcversion: Option<String>,
    /// `vermagic`.
    pub vermagic: Option<String>,
    /// `license`.
    pub license: Option<String>,
    /// `depends`.
    pub depends: Option<Vec<String>>,
    /// Build id.
    pub build_id: Option<String>,
    /// Taints.
    pub taints: Option<Vec<String>>,
}

/// A signature.
#[derive(Clone, Debug, Deserialize)]
pub struct Signature {
    /// Whether there is one.
    pub present: bool,
    /// Whether the kernel found it valid.
    pub accepted: Option<bool>,
    /// Who signed.
    pub signer: Option<String>,
    /// Serial number or key id.
    pub key: Option<String>,
    /// Digest.
    pub hash: Option<String>,
}

/// A section.
#[derive(Clone, Debug, Deserialize)]
pub struct Section {
    /// Index.
    pub index: u32,
    /// Name.
    pub name: String,
    /// `sh_type`.
    #[serde(rename = "type")]
    pub kind: u32,
    /// `sh_flags`.
    pub flags: u64,
    /// Size.
    pub bytes: u64,
    /// Where it is.
    pub address: Option<Address>,
}

/// Where a module lies.
#[derive(Clone, Debug, Deserialize)]
pub struct Memory {
    /// Regions.
    pub regions: Vec<Region>,
    /// Bytes that stay.
    pub kept_bytes: u64,
    /// Bytes that are freed.
    pub freed_bytes: u64,
    /// Whether all of it is where the kernel places modules.
    pub in_area: Option<bool>,
    /// The per-CPU area.
    pub per_cpu: Option<PerCpu>,
    /// Changes of permissions.
    pub changes: Vec<Change>,
    /// The verdict.
    pub write_xor_execute: String,
}

/// A region.
#[derive(Clone, Debug, Deserialize)]
pub struct Region {
    /// What it holds.
    pub kind: String,
    /// Where it is.
    pub address: Address,
    /// Size.
    pub bytes: u64,
    /// The same in pages.
    pub pages: u64,
    /// Address of the allocation.
    pub block: Address,
    /// When it was allocated, ns.
    pub allocated_ns: Option<u64>,
    /// Permissions.
    pub permissions: Option<String>,
}

impl Region {
    /// Whether it is freed after init.
    #[must_use]
    pub fn is_init(&self) -> bool {
        self.kind.starts_with("init")
    }

    /// Whether an address lies in it.
    #[must_use]
    pub fn holds(&self, address: u64) -> bool {
        address.wrapping_sub(self.address.0) < self.bytes
    }
}

/// A per-CPU area.
#[derive(Clone, Debug, Deserialize)]
pub struct PerCpu {
    /// Its place.
    pub address: Address,
    /// Size.
    pub bytes: u64,
}

/// A change of permissions.
#[derive(Clone, Debug, Deserialize)]
pub struct Change {
    /// How.
    pub call: String,
    /// From here.
    pub address: Address,
    /// Pages.
    pub pages: u64,
    /// When, ns.
    pub time_ns: u64,
}

/// A relocation section that was applied.
#[derive(Clone, Debug, Deserialize)]
pub struct Relocation {
    /// Its index.
    pub section: u32,
    /// Its name.
    pub name: Option<String>,
    /// The section that it changes.
    pub target: Option<String>,
    /// Where that is.
    pub address: Option<Address>,
    /// Its size.
    pub bytes: Option<u64>,
    /// Relocations.
    pub entries: Option<u64>,
    /// When it began, ns.
    pub start_ns: u64,
    /// How long it took, ns.
    pub duration_ns: Option<u64>,
}

/// Exported symbols.
#[derive(Clone, Debug, Deserialize)]
pub struct Exports {
    /// For everybody.
    pub all: u64,
    /// For modules under the GPL.
    pub gpl: Option<u64>,
}

/// The init function.
#[derive(Clone, Debug, Deserialize)]
pub struct Init {
    /// Its name.
    pub symbol: Option<String>,
    /// Where it is.
    pub address: Address,
    /// What it returned.
    pub status: Option<i64>,
    /// The same by name.
    pub name: Option<String>,
}

/// A firmware file that was asked for, or a parameter that was set.
#[derive(Clone, Debug, Deserialize)]
pub struct NamedCall {
    /// Its name.
    pub name: String,
    /// 0 or -errno.
    pub status: i64,
    /// When, ns.
    pub start_ns: u64,
    /// How long, ns.
    pub duration_ns: u64,
}

/// What the kernel lists.
#[derive(Clone, Debug, Deserialize)]
pub struct Registration {
    /// State.
    pub state: Option<String>,
    /// References.
    pub references: Option<i64>,
    /// Line of `/proc/modules`.
    pub proc_modules: Option<String>,
    /// Modules that it uses.
    pub uses: Vec<String>,
    /// Modules that use it.
    pub used_by: Vec<String>,
}

/// A symbol that was looked up.
#[derive(Clone, Debug, Deserialize)]
pub struct SymbolLookup {
    /// Its name.
    pub name: String,
    /// The module that has it.
    pub owner: Option<String>,
    /// Its address.
    pub address: Option<Address>,
    /// When, ns.
    pub start_ns: u64,
    /// How long, ns.
    pub duration_ns: u64,
}

/// What a load went through because of another one.
#[derive(Clone, Debug, Deserialize)]
pub struct Contest {
    /// The other one.
    pub with: Option<String>,
    /// `module` or `file`.
    pub over: String,
    /// Whether the other one's result counted.
    pub lost: bool,
    /// Time waited, ns.
    pub waited_ns: u64,
    /// Bytes read in vain.
    pub read_bytes: u64,
    /// Bytes allocated in vain.
    pub allocated_bytes: u64,
}

/// A line of the kernel's log.
#[derive(Clone, Debug, Deserialize)]
pub struct LogLine {
    /// When, ns of `CLOCK_MONOTONIC`.
    pub time_ns: u64,
    /// Its text.
    pub text: String,
    /// Whether it is only known to have reached the console then.
    pub probable: bool,
    /// The log's own time, ns.
    pub log_ns: Option<u64>,
    /// Its level.
    pub level: Option<String>,
}
