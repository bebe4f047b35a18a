//! The objects of a benchmark's line.

use std::borrow::Cow;

use serde::Serialize;

/// What came out of a benchmark. Times are ns.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render) struct BenchLine<'b> {
    /// Kind and version of this object.
    #[cfg_attr(feature = "schema", schemars(extend("const" = super::BENCH_SCHEMA)))]
    pub(super) schema: &'static str,
    /// `uname -r`.
    pub(super) kernel: &'b str,
    /// `uname -m`.
    pub(super) machine: &'b str,
    /// The boot.
    pub(super) boot_id: &'b str,
    /// Version of kmodtrace that recorded.
    pub(super) kmodtrace: &'b str,
    /// Loads of each module that were asked for.
    pub(super) rounds: u32,
    /// Loads of each before that, which do not count.
    pub(super) warmup: u32,
    /// Loads of each without the tracer, before and again after the others.
    pub(super) untraced: u32,
    /// Parameters of every load.
    pub(super) params: Cow<'b, str>,
    /// The command that ran before every load; null if there was none.
    pub(super) prepare: Option<Cow<'b, str>>,
    /// The page cache was dropped before every load.
    pub(super) drop_caches: bool,
    /// What decided which module came first in a round.
    pub(super) seed: u64,
    /// Modules that were loaded beforehand because these need them.
    pub(super) dependencies: Vec<Cow<'b, str>>,
    /// The modules, A first.
    pub(super) sides: Vec<SideObject<'b>>,
    /// Fields that are not literal: `\xff` stands for a byte, `\\` for a backslash.
    pub(super) escaped: Vec<&'static str>,
}

/// What the loads of one module say.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render) struct SideObject<'b> {
    /// Which one.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["A", "B"])))]
    pub(super) side: &'static str,
    /// Name of the module.
    pub(super) module: Cow<'b, str>,
    /// Path of its file.
    pub(super) file: Cow<'b, str>,
    /// How the kernel was given the file.
    pub(super) given: GivenName,
    /// Loads that count.
    pub(super) loads: usize,
    /// Loads that do not, and why; without those that warm up.
    pub(super) left_out: Vec<LeftOutObject>,
    /// Loads that failed.
    pub(super) failed: u64,
    /// From entry to return of the system call.
    pub(super) total: SpreadObject,
    /// Phases, in the order of their first time. A load without the phase has it at 0.
    pub(super) phases: Vec<PhaseObject>,
    /// Time without a phase.
    pub(super) unattributed: SpreadObject,
    /// Loads far above the median, the longest first.
    pub(super) outliers: Vec<OutlierObject>,
    /// What the tracer costs; null if no load was made without it.
    pub(super) cost: Option<CostObject>,
}

/// How the kernel was given a file.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render) enum GivenName {
    /// With `finit_module(2)`.
    File,
    /// With `finit_module(2)`: the kernel decompresses it.
    Compressed,
    /// With `init_module(2)`: it was decompressed beforehand.
    Image,
}

/// Loads that do not count.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render) struct LeftOutObject {
    /// Why.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["incomplete", "contested", "warm_up", "first"])))]
    pub(super) why: &'static str,
    /// How many.
    pub(super) loads: u64,
}

/// Where durations lie, ns.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render) struct SpreadObject {
    /// The median.
    pub(super) median_ns: u64,
    /// The median distance from it.
    pub(super) mad_ns: u64,
    /// So long or shorter are 95 of 100, interpolated.
    pub(super) p95_ns: u64,
    /// All together.
    pub(super) sum_ns: u64,
}

/// A phase.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render) struct PhaseObject {
    /// Its name, or several: `signature+elf`.
    pub(super) name: String,
    /// Each of them.
    pub(super) covers: Vec<&'static str>,
    /// How long it takes.
    #[serde(flatten)]
    pub(super) spread: SpreadObject,
    /// Its share of the time of all loads, from 0 to 1.
    pub(super) share: f64,
}

/// A load far above the median.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render) struct OutlierObject {
    /// Its identity.
    pub(super) id: String,
    /// Its round.
    pub(super) round: u32,
    /// From entry to return.
    pub(super) total_ns: u64,
    /// How far it is above the median.
    pub(super) excess_ns: u64,
    /// The phase that exceeds its own median the most; null if none does.
    pub(super) phase: Option<String>,
    /// By how much.
    pub(super) phase_excess_ns: Option<u64>,
    /// Why, as far as something tells.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["first_load", "page_cache", "waited_for_cpu", "blocked", "unknown"])))]
    pub(super) cause: &'static str,
    /// What of the excess that explains; 0 where it is not measured.
    pub(super) explained_ns: u64,
}

/// What the tracer costs: how long loads take with it and without, as whoever makes them sees it.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render) struct CostObject {
    /// Median with it.
    pub(super) traced_ns: u64,
    /// Of how many.
    pub(super) traced_loads: usize,
    /// Median without it.
    pub(super) untraced_ns: u64,
    /// Of how many.
    pub(super) untraced_loads: usize,
    /// Median of those before.
    pub(super) before_ns: Option<u64>,
    /// Median of those after.
    pub(super) after_ns: Option<u64>,
    /// How much longer a load takes with it.
    pub(super) difference_ns: i64,
    /// Where that lies, lower end; null if there are too few loads.
    pub(super) low_ns: Option<i64>,
    /// Upper end.
    pub(super) high_ns: Option<i64>,
    /// With which probability.
    pub(super) level: f64,
}
