//! The line of JSON.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    io::{self, Write},
};

use serde::Serialize;

use crate::{
    compare::{
        Centre, Comparison, Difference, Ended, FactChange, Key, LeftOut, Module, Only, Overrun,
        Row, Setup, Value,
    },
    event::Side,
    model::Errno,
    render::{
        errno::errno_name,
        json::{self, text::Texts},
    },
};

/// `schema` of a comparison.
pub const COMPARE_SCHEMA: &str = "kmodtrace.compare/1";

/// Two sides, compared. Of pairs the first one is BASE, the second one NEW.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render) struct CompareLine<'c> {
    /// Kind and version of this object.
    #[cfg_attr(feature = "schema", schemars(extend("const" = COMPARE_SCHEMA)))]
    schema: &'static str,
    /// BASE.
    base: SideObject<'c>,
    /// NEW.
    new: SideObject<'c>,
    /// What differs between the sides.
    differences: Vec<DifferenceObject<'c>>,
    /// True if a total or a phase of any module has become slower.
    regression: bool,
    /// Modules that are on both sides, the largest change first.
    modules: Vec<ModuleObject<'c>>,
    /// What is on one side only.
    only: Vec<OnlyObject<'c>>,
    /// Budgets (`--max`) that NEW does not keep.
    overruns: Vec<OverrunObject<'c>>,
    /// Fields with bytes that are no UTF-8.
    escaped: Vec<&'static str>,
}

/// A side.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct SideObject<'c> {
    /// The file or directory.
    name: &'c str,
    /// What it was recorded on, each once.
    setups: Vec<SetupObject<'c>>,
    /// Loads whose end was not seen.
    endless: u64,
}

/// What a recording was made on.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct SetupObject<'c> {
    /// `uname -r`.
    kernel: &'c str,
    /// `uname -m`.
    machine: &'c str,
    /// Model of the first CPU.
    cpu_model: Option<&'c str>,
    /// Online CPUs.
    cpus: u32,
    /// Frequency governor of the first CPU.
    governor: Option<&'c str>,
    /// What the machine runs on.
    hypervisor: Option<&'c str>,
    /// Version of kmodtrace.
    kmodtrace: &'c str,
    /// Addresses were taken out.
    redacted: bool,
    /// Number of probes.
    probes: usize,
}

/// Something in which the sides differ.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct DifferenceObject<'c> {
    /// What.
    name: &'static str,
    /// In BASE.
    base: &'c [String],
    /// In NEW.
    new: &'c [String],
    /// It makes times incomparable: `--force`.
    refused: bool,
}

/// What loads have in common.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct KeyObject<'c> {
    /// The module.
    module: Cow<'c, str>,
    /// Its parameters; null if they could not be read.
    params: Option<Cow<'c, str>>,
    /// 0, or the error number with which the loads failed.
    errno: i32,
    /// Its name; `OK` for 0.
    errno_name: String,
}

/// Loads of a module with one outcome.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct ModuleObject<'c> {
    /// In BASE.
    base: KeyObject<'c>,
    /// In NEW: the same, except in a benchmark of two modules.
    new: KeyObject<'c>,
    /// `slower`, `faster`, `no_clear_change` or `too_few_loads`: of the total or, if that has not changed, of the phase
    /// that has changed most.
    verdict: &'static str,
    /// The phase that explains most of the total's change; null if the total has not changed, or no one phase does.
    explained_by: Option<String>,
    /// Loads that are compared.
    loads: [usize; 2],
    /// Boots that they are from.
    boots: [usize; 2],
    /// Loads that are not compared, by reason.
    left_out: [BTreeMap<&'static str, u64>; 2],
    /// Why the loads failed, by cause.
    causes: &'c [BTreeMap<&'static str, u64>; 2],
    /// How the loads came about: `rounds`, `one_boot`, `few_boots` or `many_boots`.
    design: &'static str,
    /// Changes below this share of the smaller median are not told, %.
    floor_percent: f64,
    /// Nor those below this, ns.
    floor_ns: f64,
    /// What the sides differ by in a typical phase, %, if the floor was raised for that.
    typical_percent: Option<f64>,
    /// Both sides loaded the same build; null if that is not known.
    same_build: Option<bool>,
    /// The total, then the phases in the kernel's order, then time without a phase.
    rows: Vec<RowObject>,
    /// What has changed besides times.
    facts: Vec<FactObject<'c>>,
}

/// A time on both sides.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct RowObject {
    /// `total`, a phase or several (`signature+elf`), `unattributed`.
    name: String,
    /// Medians, ns.
    median_ns: [u64; 2],
    /// Median distances from them, ns.
    mad_ns: [u64; 2],
    /// NEW less BASE, ns.
    change_ns: i64,
    /// Of BASE, %; null if that is 0.
    change_percent: Option<f64>,
    /// Both ends of the change's 95 % confidence interval, ns.
    interval_ns: [i64; 2],
    /// Probability by chance, corrected for the number of rows.
    p: f64,
    /// `slower`, `faster`, `no_clear_change` or `too_few_loads`.
    verdict: &'static str,
}

/// A fact that differs.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct FactObject<'c> {
    /// `build_id`, `srcversion`, `image`, `memory.text` and so on, `memory.per_cpu`, `symbols`, `relocations`, `exports`,
    /// `write_xor_execute`, `page_cache`.
    name: &'c str,
    /// In BASE: bytes, a count, or text.
    base: Option<FactValue<'c>>,
    /// In NEW.
    new: Option<FactValue<'c>>,
}

/// A fact's value.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
enum FactValue<'c> {
    Number(u64),
    Text(Cow<'c, str>),
}

/// Something that is on one side only.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct OnlyObject<'c> {
    /// `base` or `new`.
    side: &'static str,
    /// What.
    #[serde(flatten)]
    key: KeyObject<'c>,
    /// How many loads.
    loads: u64,
    /// Why they failed, the most frequent cause first.
    causes: &'c [&'static str],
}

/// A budget that is not kept.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct OverrunObject<'c> {
    /// By what.
    #[serde(flatten)]
    key: KeyObject<'c>,
    /// What takes too long: the phase, with those that it cannot be told apart from.
    name: String,
    /// The median of NEW, ns.
    median_ns: u64,
    /// The budget, ns.
    most_ns: u64,
}

/// Writes a comparison as a line of JSON.
///
/// # Errors
/// Those of `out`.
pub fn compare_json(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    let mut texts = Texts::default();
    let [base, new] = [0, 1].map(|side| SideObject {
        name: &comparison.names[side],
        setups: comparison.setups[side].iter().map(setup).collect(),
        endless: comparison.endless[side],
    });
    let modules = comparison.modules.iter();
    let modules = modules.map(|it| module(it, &mut texts)).collect();
    let only = comparison.only.iter();
    let only = only.map(|it| self::only(it, &mut texts)).collect();
    let overruns = comparison.overruns.iter();
    let overruns = overruns.map(|it| overrun(it, &mut texts)).collect();
    let line = CompareLine {
        schema: COMPARE_SCHEMA,
        base,
        new,
        differences: comparison.differences.iter().map(difference).collect(),
        regression: comparison.has_regression(),
        modules,
        only,
        overruns,
        escaped: texts.escaped,
    };
    json::line(&line, out)
}

fn setup(setup: &Setup) -> SetupObject<'_> {
    SetupObject {
        kernel: &setup.kernel,
        machine: &setup.machine,
        cpu_model: setup.cpu_model.as_deref(),
        cpus: setup.cpus,
        governor: setup.governor.as_deref(),
        hypervisor: setup.hypervisor.as_deref(),
        kmodtrace: &setup.kmodtrace,
        redacted: setup.redacted,
        probes: setup.probes.len(),
    }
}

fn difference(difference: &Difference) -> DifferenceObject<'_> {
    DifferenceObject {
        name: difference.name,
        base: &difference.base,
        new: &difference.new,
        refused: difference.refused,
    }
}

fn key<'c>(key: &'c Key, texts: &mut Texts) -> KeyObject<'c> {
    let errno = match key.ended {
        Ended::Loaded => 0,
        Ended::Failed(errno) => errno,
    };
    KeyObject {
        module: texts.text("module", &key.module),
        params: key
            .params
            .as_ref()
            .map(|params| texts.text("params", params)),
        errno,
        errno_name: match errno {
            0 => String::from("OK"),
            errno => errno_name(Errno(errno)),
        },
    }
}

fn module<'c>(module: &'c Module, texts: &mut Texts) -> ModuleObject<'c> {
    let [base, new] = &module.keys;
    ModuleObject {
        base: key(base, texts),
        new: key(new, texts),
        verdict: module.verdict().name(),
        explained_by: module.explanation().map(|row| row.what.name()),
        loads: module.loads,
        boots: module.boots,
        left_out: module.left_out.each_ref().map(left_out),
        causes: &module.causes,
        design: module.design.name(),
        floor_percent: module.floor.percent,
        floor_ns: module.floor.ns,
        typical_percent: module.floor.typical_percent,
        same_build: module.same_build,
        rows: module.rows.iter().map(row).collect(),
        facts: module.facts.iter().map(|it| fact(it, texts)).collect(),
    }
}

fn left_out(left_out: &BTreeMap<LeftOut, u64>) -> BTreeMap<&'static str, u64> {
    let named = left_out.iter().map(|(why, count)| {
        let name = match why {
            LeftOut::Incomplete => "incomplete",
            LeftOut::Contested => "contested",
            LeftOut::WarmUp => "warm_up",
            LeftOut::First => "first",
        };
        (name, *count)
    });
    named.collect()
}

fn row(row: &Row) -> RowObject {
    let of = |what: fn(Centre) -> u64| row.centres.map(what);
    RowObject {
        name: row.what.name(),
        median_ns: of(|centre| centre.median_ns),
        mad_ns: of(|centre| centre.mad_ns),
        change_ns: row.change_ns,
        change_percent: row.percent,
        interval_ns: [row.interval_ns.0, row.interval_ns.1],
        p: row.p,
        verdict: row.verdict.name(),
    }
}

fn fact<'c>(fact: &'c FactChange, texts: &mut Texts) -> FactObject<'c> {
    let mut value = |value: &'c Option<Value>| {
        value.as_ref().map(|value| match value {
            Value::Bytes(number) | Value::Count(number) => FactValue::Number(*number),
            Value::Text(text) => FactValue::Text(texts.text("facts", text)),
        })
    };
    FactObject {
        name: &fact.name,
        base: value(&fact.base),
        new: value(&fact.new),
    }
}

fn only<'c>(only: &'c Only, texts: &mut Texts) -> OnlyObject<'c> {
    OnlyObject {
        side: match only.side {
            Side::A => "base",
            Side::B => "new",
        },
        key: key(&only.key, texts),
        loads: only.loads,
        causes: &only.causes,
    }
}

fn overrun<'c>(overrun: &'c Overrun, texts: &mut Texts) -> OverrunObject<'c> {
    OverrunObject {
        key: key(&overrun.key, texts),
        name: overrun.what.name(),
        median_ns: overrun.median_ns,
        most_ns: overrun.most_ns,
    }
}
