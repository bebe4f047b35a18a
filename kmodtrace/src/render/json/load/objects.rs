//! The objects of a load's line.

use std::borrow::Cow;

use serde::Serialize;

use super::{
    super::{
        facts::{
            CallerObject, ExportsObject, FileObject, IdentityObject, InitObject, LogObject,
            NamedCallObject, RegistrationObject, RelocationObject, SignatureObject, SymbolObject,
        },
        memory::{MemoryObject, SectionObject},
    },
    anchor, covers, values,
};
use crate::{
    catalogue::phase::Phase,
    model::{Anchor, CallValue},
};

/// A module load: one `init_module(2)` or `finit_module(2)` call that has ended, or of which the task has.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render) struct LoadLine<'l> {
    /// Kind and version of this object.
    #[cfg_attr(feature = "schema", schemars(extend("const" = crate::render::LOAD_SCHEMA)))]
    pub(in crate::render::json) schema: &'static str,
    /// Identity, unique within a boot: `<start_ns>.<tid>`.
    pub(in crate::render::json) id: String,
    /// The boot: `/proc/sys/kernel/random/boot_id`.
    pub(in crate::render::json) boot_id: &'l str,
    /// Kernel name of the module; null if the load failed before it was known.
    pub(in crate::render::json) module: Option<Cow<'l, str>>,
    /// Process.
    pub(in crate::render::json) pid: u32,
    /// Thread.
    pub(in crate::render::json) tid: u32,
    /// Task name.
    pub(in crate::render::json) comm: Cow<'l, str>,
    /// Parent process.
    pub(in crate::render::json) parent_pid: Option<u32>,
    /// When the process began, ns of `CLOCK_BOOTTIME`.
    pub(in crate::render::json) task_start_ns: Option<u64>,
    /// The task descends from the command of `-- CMD`.
    pub(in crate::render::json) descendant: bool,
    /// The system call.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["init_module", "finit_module"])))]
    pub(in crate::render::json) syscall: &'static str,
    /// Flags of `finit_module`.
    pub(in crate::render::json) flags: Option<u32>,
    /// The same by name; unknown bits last, as one hexadecimal number.
    pub(in crate::render::json) flag_names: Vec<String>,
    /// File descriptor of `finit_module`.
    pub(in crate::render::json) fd: Option<i32>,
    /// Parameters; null if they could not be read.
    pub(in crate::render::json) params: Option<Cow<'l, str>>,
    /// The parameters are longer than what is there.
    pub(in crate::render::json) params_truncated: bool,
    /// Last component of the file's path.
    pub(in crate::render::json) file: Option<Cow<'l, str>>,
    /// Size of the file, bytes.
    pub(in crate::render::json) file_bytes: Option<u64>,
    /// Size of the image, decompressed, bytes.
    pub(in crate::render::json) image_bytes: Option<u64>,
    /// The load whose init function caused this one.
    pub(in crate::render::json) parent: Option<ParentObject>,
    /// `id` of the failed load of the same task that this one repeats.
    pub(in crate::render::json) retry_of: Option<String>,
    /// What it went through because the same module or file was loaded by another; null if nothing.
    pub(in crate::render::json) contest: Option<ContestObject>,
    /// Which load of a benchmark it is (`kmodtrace bench`); null if it is none.
    pub(in crate::render::json) iteration: Option<IterationObject>,
    /// How it ended.
    pub(in crate::render::json) result: ResultObject,
    /// When it began, ns of `CLOCK_MONOTONIC`.
    pub(in crate::render::json) start_ns: u64,
    /// Entry to return, ns; up to the last event seen where there was no return.
    pub(in crate::render::json) total_ns: u64,
    /// Its phases, in order of time, disjoint: together with `unattributed_ns` they are `total_ns`.
    pub(in crate::render::json) phases: Vec<PhaseObject<'l>>,
    /// Time in no phase, ns.
    pub(in crate::render::json) unattributed_ns: u64,
    /// Time in inferred phases, ns.
    pub(in crate::render::json) inferred_ns: u64,
    /// Symbol resolution.
    pub(in crate::render::json) symbols: SymbolsObject<'l>,
    /// Who asked.
    pub(in crate::render::json) caller: CallerObject<'l>,
    /// The file, as it lay there.
    pub(in crate::render::json) file_facts: FileObject<'l>,
    /// What the module says of itself.
    pub(in crate::render::json) identity: IdentityObject<'l>,
    /// Signature of the image; null if the image was not seen.
    pub(in crate::render::json) signature: Option<SignatureObject<'l>>,
    /// Section headers as the kernel used them.
    pub(in crate::render::json) sections: Vec<SectionObject<'l>>,
    /// Where the module lies, and with which permissions.
    pub(in crate::render::json) memory: MemoryObject<'l>,
    /// Relocation sections that were applied, in order of time.
    pub(in crate::render::json) relocations: Vec<RelocationObject<'l>>,
    /// Each parameter that a setter of the kernel's own has set; null if that was not recorded (`--params`).
    pub(in crate::render::json) param_setters: Option<Vec<NamedCallObject<'l>>>,
    /// Symbols that it exports.
    pub(in crate::render::json) exports: Option<ExportsObject>,
    /// Its init function; null if it has none, or did not come so far.
    pub(in crate::render::json) init: Option<InitObject<'l>>,
    /// Firmware files that its init function asked for, in order of time.
    pub(in crate::render::json) firmware: Vec<NamedCallObject<'l>>,
    /// What the kernel lists of it after the load.
    pub(in crate::render::json) registration: Option<RegistrationObject<'l>>,
    /// Lines that were written to the kernel's log meanwhile.
    pub(in crate::render::json) log: Vec<LogObject<'l>>,
    /// What tracing cost it.
    pub(in crate::render::json) overhead: OverheadObject,
    /// CPU at entry.
    pub(in crate::render::json) cpu_start: u32,
    /// CPU at return.
    pub(in crate::render::json) cpu_end: u32,
    /// Records of it that were lost.
    pub(in crate::render::json) lost_events: u64,
    /// Nothing of it was lost, both its ends were seen, and so were both ends of every call whose return is hooked.
    pub(in crate::render::json) complete: bool,
    /// Addresses are not the kernel's: see `--redact`.
    pub(in crate::render::json) redacted: bool,
    /// Fields that are not literal: `\xff` stands for a byte, `\\` for a backslash.
    pub(in crate::render::json) escaped: Vec<&'static str>,
}

/// The load inside of which another one was made.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct ParentObject {
    /// `id` of that load.
    pub(in crate::render::json) id: String,
    /// False if the kernel's own data link the two, true if only circumstances do.
    pub(in crate::render::json) probable: bool,
}

/// What a load went through because of another one.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct ContestObject {
    /// `id` of the load that won, or that this one waited for; null if that is not known, or not yet: an update
    /// may follow.
    pub(in crate::render::json) with: Option<String>,
    /// What both wanted: a module of this name, or this file.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["module", "file"])))]
    pub(in crate::render::json) over: &'static str,
    /// The other one's result counts for this load; false if it only waited, then went on by itself.
    pub(in crate::render::json) lost: bool,
    /// Time waited, ns.
    pub(in crate::render::json) waited_ns: u64,
    /// Read in vain, bytes.
    pub(in crate::render::json) read_bytes: u64,
    /// Module memory allocated in vain, bytes.
    pub(in crate::render::json) allocated_bytes: u64,
}

/// How a load or unload ended.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct ResultObject {
    /// 0 or a positive error number; null if the return was not seen.
    pub(in crate::render::json) errno: Option<i32>,
    /// `OK`, `ENOENT`, …; `UNKNOWN` if the return was not seen, `TASK_GONE` if the task ended inside.
    pub(in crate::render::json) name: Cow<'static, str>,
    /// Name of the phase that failed, if that could be told.
    pub(in crate::render::json) phase: Option<Cow<'static, str>>,
    /// Of a failure: what it means.
    pub(in crate::render::json) explanation: Option<ExplanationObject>,
}

/// What a failure means.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct ExplanationObject {
    /// Why, as one word that stays: `unknown_symbol`.
    pub(in crate::render::json) cause: &'static str,
    /// What happened, in a sentence.
    pub(in crate::render::json) meaning: &'static str,
    /// What to do, in a sentence.
    pub(in crate::render::json) next: &'static str,
    /// What is to blame: symbols, a parameter, modules.
    pub(in crate::render::json) culprits: Vec<String>,
    /// Modules that would provide symbols among the culprits.
    pub(in crate::render::json) providers: Vec<ProviderObject>,
    /// False if the kernel said no more than the error number: the likeliest cause.
    pub(in crate::render::json) certain: bool,
    /// The hook of the call that returned the error; null if it was not seen.
    pub(in crate::render::json) call: Option<&'static str>,
    /// Phases, as one name, that this kernel lets no probe look into, if the cause lies in there and is not certain.
    pub(in crate::render::json) unseen: Option<String>,
}

/// Who would provide a symbol.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct ProviderObject {
    /// The symbol.
    pub(in crate::render::json) symbol: String,
    /// The module that exports it.
    pub(in crate::render::json) module: String,
}

/// A phase of a load, or several that this kernel does not let tell apart.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct PhaseObject<'l> {
    /// `read`; `signature+elf` for phases that cannot be told apart.
    pub(in crate::render::json) name: Cow<'static, str>,
    /// The phases that it covers, at least one.
    #[serde(serialize_with = "covers")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub(in crate::render::json) covers: &'l [Phase],
    /// When it began, ns of `CLOCK_MONOTONIC`.
    pub(in crate::render::json) start_ns: u64,
    /// When it began, ns after the entry of the system call.
    pub(in crate::render::json) offset_ns: u64,
    /// How long it took, ns.
    pub(in crate::render::json) duration_ns: u64,
    /// How exactly both ends are known.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["measured", "inferred"])))]
    pub(in crate::render::json) bounds: &'static str,
    /// The probe at which it begins: hook and `entry`, `return` or `tracepoint`.
    #[serde(serialize_with = "anchor")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub(in crate::render::json) from: Anchor,
    /// The probe at which it ends.
    #[serde(serialize_with = "anchor")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub(in crate::render::json) to: Anchor,
    /// Calls seen inside it, in order of time.
    pub(in crate::render::json) calls: Vec<CallObject<'l>>,
}

/// A call seen inside a phase.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct CallObject<'l> {
    /// The hook.
    pub(in crate::render::json) name: &'static str,
    /// When it began, ns of `CLOCK_MONOTONIC`.
    pub(in crate::render::json) start_ns: u64,
    /// When it began, ns after the entry of the system call.
    pub(in crate::render::json) offset_ns: u64,
    /// How long it took, ns; null where only the entry is seen.
    pub(in crate::render::json) duration_ns: Option<u64>,
    /// What the probe read: addresses are strings, keys that end in `bytes` are sizes.
    #[serde(serialize_with = "values")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "crate::render::schema::values")
    )]
    pub(in crate::render::json) values: &'l [(&'static str, CallValue)],
}

/// Resolution of undefined symbols.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct SymbolsObject<'l> {
    /// How many were resolved.
    pub(in crate::render::json) count: u64,
    /// Their time together, ns.
    pub(in crate::render::json) total_ns: u64,
    /// The longest of them, ns.
    pub(in crate::render::json) longest_ns: u64,
    /// Its name; null if there was none.
    pub(in crate::render::json) longest: Option<Cow<'l, str>>,
    /// Each of them; null if that was not recorded (`--symbols`).
    pub(in crate::render::json) list: Option<Vec<SymbolObject<'l>>>,
}

/// What kmodtrace's eBPF programs cost, without the kernel's way to them; the one that ends a load runs behind its end.
/// In a summary the sums of what is known.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::json) struct OverheadObject {
    /// Hits of probes whose programs had something to do; null if they were not counted.
    pub(in crate::render::json) hits: Option<u64>,
    /// Time of the programs, ns; null as long as no load of the run was measured.
    pub(in crate::render::json) ns: Option<u64>,
    /// True if it was measured in this load; else it is told from the hits, by what one took in those that were.
    pub(in crate::render::json) measured: bool,
}

/// A load of a benchmark.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render) struct IterationObject {
    /// Which module: A, or B, that of `--against`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["A", "B"])))]
    pub(in crate::render::json) side: &'static str,
    /// Which round, from 1; those that warm up are counted by themselves.
    pub(in crate::render::json) round: u32,
    /// It only warms up, and does not count.
    pub(in crate::render::json) warmup: bool,
}
