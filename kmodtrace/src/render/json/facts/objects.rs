//! The objects of what is known of a load besides its ledger.

use std::borrow::Cow;

use serde::Serialize;

use super::super::text::Address;

/// Who asked.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct CallerObject<'l> {
    /// User id, in the initial user namespace.
    pub(in crate::render::json) uid: Option<u32>,
    /// Group id, in the initial user namespace.
    pub(in crate::render::json) gid: Option<u32>,
    /// Arguments of the process.
    pub(in crate::render::json) command_line: Option<Vec<Cow<'l, str>>>,
    /// The command line is longer than what is there.
    pub(in crate::render::json) command_line_truncated: bool,
    /// Id of its cgroup (version 2).
    pub(in crate::render::json) cgroup: Option<u64>,
    /// Path of its cgroup below the hierarchy's root.
    pub(in crate::render::json) cgroup_path: Option<Cow<'l, str>>,
    /// Time in user space before; null for processes that began before the tracer.
    pub(in crate::render::json) user: Option<UserObject>,
    /// The request for a module that made the kernel start this process.
    pub(in crate::render::json) request: Option<RequestObject<'l>>,
}

/// Time in user space before a load; not part of it.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct UserObject {
    /// How long, ns.
    pub(in crate::render::json) before_ns: u64,
    /// Since the process began its program, or since its load before this one returned.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["exec", "load"])))]
    pub(in crate::render::json) since: &'static str,
}

/// A request for a module (`request_module()` of the kernel).
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct RequestObject<'l> {
    /// Name or alias that was asked for.
    pub(in crate::render::json) name: Cow<'l, str>,
    /// Process that asked.
    pub(in crate::render::json) pid: u64,
    /// Thread that asked.
    pub(in crate::render::json) tid: u64,
    /// Name of the task that asked.
    pub(in crate::render::json) comm: Cow<'l, str>,
    /// When, ns of `CLOCK_MONOTONIC`.
    pub(in crate::render::json) time_ns: u64,
    /// Whether it waits for the module.
    pub(in crate::render::json) wait: bool,
}

/// A module's file.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct FileObject<'l> {
    /// Path from the task's root; null if it was cut off, or there is no file.
    pub(in crate::render::json) path: Option<Cow<'l, str>>,
    /// Inode number.
    pub(in crate::render::json) inode: Option<u64>,
    /// Device: `major:minor`.
    pub(in crate::render::json) device: Option<String>,
    /// Pages of it that were in the page cache before it was read.
    pub(in crate::render::json) cached_pages: Option<u64>,
}

/// What a module says of itself.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct IdentityObject<'l> {
    /// `version` of modinfo.
    pub(in crate::render::json) version: Option<Cow<'l, str>>,
    /// `srcversion` of modinfo.
    pub(in crate::render::json) srcversion: Option<Cow<'l, str>>,
    /// `vermagic` of modinfo.
    pub(in crate::render::json) vermagic: Option<Cow<'l, str>>,
    /// `license` of modinfo, the first one.
    pub(in crate::render::json) license: Option<Cow<'l, str>>,
    /// Modules that it needs.
    pub(in crate::render::json) depends: Option<Vec<Cow<'l, str>>>,
    /// GNU build id, hexadecimal.
    pub(in crate::render::json) build_id: Option<String>,
    /// Taints that it brings, by name; a number for an unknown one.
    pub(in crate::render::json) taints: Option<Vec<String>>,
}

/// Signature of the image of a load.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct SignatureObject<'l> {
    /// Whether there is one.
    pub(in crate::render::json) present: bool,
    /// Whether the kernel found it valid.
    pub(in crate::render::json) accepted: Option<bool>,
    /// Common name in the certificate of the first signer.
    pub(in crate::render::json) signer: Option<Cow<'l, str>>,
    /// Serial number of its certificate or id of its key, hexadecimal.
    pub(in crate::render::json) key: Option<String>,
    /// Its digest algorithm.
    pub(in crate::render::json) hash: Option<&'l str>,
}

/// A relocation section that was applied.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct RelocationObject<'l> {
    /// Index of the relocation section.
    pub(in crate::render::json) section: u32,
    /// Its name.
    pub(in crate::render::json) name: Option<Cow<'l, str>>,
    /// Name of the section that it changes.
    pub(in crate::render::json) target: Option<Cow<'l, str>>,
    /// Address of that section.
    pub(in crate::render::json) address: Option<Address>,
    /// Size of that section, bytes.
    pub(in crate::render::json) bytes: Option<u64>,
    /// Number of relocations.
    pub(in crate::render::json) entries: Option<u64>,
    /// When it began, ns of `CLOCK_MONOTONIC`.
    pub(in crate::render::json) start_ns: u64,
    /// When it began, ns after the entry of the system call.
    pub(in crate::render::json) offset_ns: u64,
    /// To the next event, ns.
    pub(in crate::render::json) duration_ns: Option<u64>,
}

/// A look-up of one symbol.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct SymbolObject<'l> {
    /// Its name.
    pub(in crate::render::json) name: Cow<'l, str>,
    /// The module that has it; null for the kernel itself.
    pub(in crate::render::json) owner: Option<Cow<'l, str>>,
    /// Whether it was found.
    pub(in crate::render::json) found: bool,
    /// Its address; null if it was not found, or is redacted.
    pub(in crate::render::json) address: Option<Address>,
    /// When it began, ns of `CLOCK_MONOTONIC`.
    pub(in crate::render::json) start_ns: u64,
    /// How long it took, ns.
    pub(in crate::render::json) duration_ns: u64,
}

/// How many symbols a module exports.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct ExportsObject {
    /// For every module; of both kinds where the kernel keeps no count of the second.
    pub(in crate::render::json) all: u32,
    /// For modules with a GPL-compatible licence only; null where the kernel keeps no such count.
    pub(in crate::render::json) gpl: Option<u32>,
}

/// An init function.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct InitObject<'l> {
    /// Its name; null where the kernel does not tell (before 5.13).
    pub(in crate::render::json) symbol: Option<Cow<'l, str>>,
    /// Its address.
    pub(in crate::render::json) address: Address,
    /// What it returned; null if it has not.
    pub(in crate::render::json) status: Option<i64>,
    /// The same by name: `OK`, `ENODEV`, ….
    pub(in crate::render::json) name: Option<String>,
}

/// A call about something that has a name: a firmware file that was asked for, a parameter that was set.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct NamedCallObject<'l> {
    /// The name.
    pub(in crate::render::json) name: Cow<'l, str>,
    /// 0 or -errno.
    pub(in crate::render::json) status: i64,
    /// The same by name.
    pub(in crate::render::json) result: String,
    /// When it began, ns of `CLOCK_MONOTONIC`.
    pub(in crate::render::json) start_ns: u64,
    /// When it began, ns after the entry of the system call.
    pub(in crate::render::json) offset_ns: u64,
    /// How long it took, ns.
    pub(in crate::render::json) duration_ns: u64,
}

/// What the kernel lists of a module.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct RegistrationObject<'l> {
    /// `live`, `coming`, `going`, `unformed`.
    pub(in crate::render::json) state: Option<&'static str>,
    /// References held by others.
    pub(in crate::render::json) references: Option<i32>,
    /// Its line of `/proc/modules`; null if it was gone.
    pub(in crate::render::json) proc_modules: Option<Cow<'l, str>>,
    /// Modules that it uses.
    pub(in crate::render::json) uses: Vec<Cow<'l, str>>,
    /// Modules that use it.
    pub(in crate::render::json) used_by: Vec<Cow<'l, str>>,
}

/// A line of the kernel's log.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct LogObject<'l> {
    /// When, ns of `CLOCK_MONOTONIC`.
    pub(in crate::render::json) time_ns: u64,
    /// When, ns after the entry of the system call.
    pub(in crate::render::json) offset_ns: u64,
    /// The line, without its time.
    pub(in crate::render::json) text: Cow<'l, str>,
    /// False: the task wrote it. True: it is only known that it reached the console then, whoever wrote it.
    pub(in crate::render::json) probable: bool,
    /// The time that the log itself gives it, ns of the log's clock; null where that is not seen.
    pub(in crate::render::json) log_ns: Option<u64>,
    /// Its level: `emerg`, `alert`, `crit`, `err`, `warning`, `notice`, `info`, `debug`; null where that is
    /// not seen.
    pub(in crate::render::json) level: Option<&'static str>,
}
