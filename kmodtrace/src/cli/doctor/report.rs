//! The report: everything that is printed, once.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::{
    options::WANTED,
    problems::{self, Problem, Severity},
    system,
};
use crate::{
    catalogue::{
        HookId,
        borders::{BORDERS, Edge, Step},
        phase::Phase,
        symbols::source_name,
    },
    kernel::{environment::Environment, facts::KernelFacts},
    plan::{
        CannotTrace, Missing, PhaseView, Plan, Probe,
        explain::{PhaseRow, of_plan},
    },
};

/// What comes out in the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    Ok,
    Degraded,
    NotPermitted,
    Cannot,
}

impl Verdict {
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Degraded => 1,
            Self::NotPermitted => 3,
            Self::Cannot => 4,
        }
    }

    fn of(severities: &[Severity]) -> Self {
        // What forbids a look at the kernel comes before what the look has found.
        let has = |severity| severities.contains(&severity);
        if has(Severity::NotPermitted) {
            Self::NotPermitted
        } else if has(Severity::Cannot) {
            Self::Cannot
        } else if has(Severity::Degraded) {
            Self::Degraded
        } else {
            Self::Ok
        }
    }
}

/// What `doctor --json` prints.
pub(super) const DOCTOR_SCHEMA: &str = "kmodtrace.doctor/1";
/// What `run --dry-run --json` prints.
pub(super) const PLAN_SCHEMA: &str = "kmodtrace.plan/1";

/// All of it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Report {
    /// Kind and version of the object.
    #[cfg_attr(feature = "schema", schemars(extend("const" = DOCTOR_SCHEMA)))]
    schema: &'static str,
    /// `uname -r` of the kernel.
    pub(super) release: String,
    /// `uname -m`.
    pub(super) machine: String,
    /// Named properties of kernel and system, as people read them.
    #[serde(serialize_with = "as_map")]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, String>"))]
    pub(super) system: Vec<(&'static str, String)>,
    /// What is seen of each phase, in kernel order.
    pub(super) phases: Vec<PhaseLine>,
    /// What would be attached.
    pub(super) probes: Vec<ProbeLine>,
    /// Hooks that nothing serves.
    pub(super) missing: Vec<MissingLine>,
    /// Values for the programs, bytes.
    pub(super) offsets: BTreeMap<String, u32>,
    /// Options of the kernel's configuration that are off and cost something.
    pub(super) options_off: Vec<OptionLine>,
    /// What is wrong, the worst first.
    pub(super) problems: Vec<Problem>,
    /// What comes out in the end.
    pub(super) verdict: Verdict,
}

/// The plan alone.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct PlanLines {
    /// Kind and version of the object.
    #[cfg_attr(feature = "schema", schemars(extend("const" = PLAN_SCHEMA)))]
    schema: &'static str,
    /// What would be attached.
    pub(super) probes: Vec<ProbeLine>,
    /// Hooks that nothing serves.
    pub(super) missing: Vec<MissingLine>,
}

impl PlanLines {
    pub(super) fn new(plan: &Plan) -> Self {
        let rows = of_plan(plan);
        let missing = plan.missing.iter();
        Self {
            schema: PLAN_SCHEMA,
            probes: plan.probes.iter().map(probe).collect(),
            missing: missing
                .map(|missing| missing_line(missing, &rows))
                .collect(),
        }
    }
}

/// One phase.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct PhaseLine {
    /// Its name.
    pub(super) phase: Phase,
    /// `measured`, `inferred`, `merged` or `absent`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["measured", "inferred", "merged", "absent"])))]
    pub(super) seen: &'static str,
    /// The phase that it counts for, if it cannot be told from that one.
    pub(super) merged_into: Option<Phase>,
    /// The probe that tells its beginning.
    pub(super) begins: Option<ProbeLine>,
}

/// One probe.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct ProbeLine {
    /// What it is for: the function's name in the kernel's source, mostly.
    pub(super) hook: &'static str,
    /// `entry`, `return` or `tracepoint`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["entry", "return", "tracepoint"])))]
    pub(super) edge: &'static str,
    /// Symbol or tracepoint of this kernel.
    pub(super) symbol: String,
    /// Ways to attach it, the best first.
    pub(super) ways: Vec<String>,
}

/// One hook that nothing serves.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct MissingLine {
    /// What it would have been for.
    pub(super) hook: &'static str,
    /// Symbols that were looked for.
    pub(super) tried: Vec<Tried>,
    /// What it would have told.
    pub(super) lost: String,
}

/// A symbol that will not do.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Tried {
    /// Its name.
    pub(super) symbol: String,
    /// Why not.
    pub(super) why: String,
}

/// One option that is off.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct OptionLine {
    /// Its name: `CONFIG_…`.
    pub(super) option: &'static str,
    /// How bad that is.
    pub(super) severity: Severity,
    /// What it costs.
    pub(super) cost: &'static str,
}

impl Report {
    pub(super) fn new(
        facts: &KernelFacts,
        environment: Option<&Environment>,
        plan: &Result<Plan, CannotTrace>,
    ) -> Self {
        let rows = plan.as_ref().map(of_plan).unwrap_or_default();
        let cannot = plan.as_ref().err();
        let options_off: Vec<_> = WANTED
            .iter()
            .filter(|wanted| facts.option(wanted.option) == Some(false))
            .map(|wanted| OptionLine {
                option: wanted.option,
                severity: wanted.severity,
                cost: wanted.cost,
            })
            .collect();
        let problems = problems::find(facts, environment, cannot, &rows);
        // A running kernel shows what it can do; of another one the options alone tell.
        let mut severities: Vec<_> = problems.iter().map(|problem| problem.severity).collect();
        if environment.is_none() {
            severities.extend(options_off.iter().map(|line| line.severity));
        }
        let plan = plan.as_ref().ok();
        Self {
            schema: DOCTOR_SCHEMA,
            release: facts.release.clone(),
            machine: facts.machine.clone(),
            system: system::lines(facts, environment),
            phases: rows.iter().map(|row| phase(row, plan)).collect(),
            probes: plan
                .map(|plan| plan.probes.iter().map(probe).collect())
                .unwrap_or_default(),
            missing: plan
                .map(|plan| {
                    let missing = plan.missing.iter();
                    missing
                        .map(|missing| missing_line(missing, &rows))
                        .collect()
                })
                .unwrap_or_default(),
            offsets: plan
                .map(|plan| plan.offsets.iter().cloned().collect())
                .unwrap_or_default(),
            options_off,
            verdict: Verdict::of(&severities),
            problems,
        }
    }
}

/// Names as keys: `BPF JIT` becomes `bpf_jit`.
fn as_map<S: Serializer>(
    lines: &[(&'static str, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let key = |name: &str| name.to_lowercase().replace(' ', "_");
    serializer.collect_map(lines.iter().map(|(name, value)| (key(name), value)))
}

fn phase(row: &PhaseRow, plan: Option<&Plan>) -> PhaseLine {
    let (seen, merged_into, hook) = match row.view {
        PhaseView::Own(hook) if row.measured => ("measured", None, Some(hook)),
        PhaseView::Own(hook) => ("inferred", None, Some(hook)),
        PhaseView::MergedInto(into) => ("merged", Some(into), None),
        PhaseView::Absent => ("absent", None, None),
    };
    let begins = hook
        .zip(row.edge)
        .and_then(|(hook, edge)| plan?.probe(hook, edge))
        .map(probe);
    PhaseLine {
        phase: row.phase,
        seen,
        merged_into,
        begins,
    }
}

fn probe(probe: &Probe) -> ProbeLine {
    ProbeLine {
        hook: hook_name(probe.hook),
        edge: match probe.edge {
            Edge::Entry => "entry",
            Edge::Return => "return",
            Edge::Tracepoint => "tracepoint",
        },
        symbol: probe.symbol.clone(),
        ways: probe.ways.iter().map(|&how| probe.way(how)).collect(),
    }
}

fn hook_name(hook: HookId) -> &'static str {
    hook.hook().map_or("unknown", |hook| hook.name)
}

fn missing_line(missing: &Missing, rows: &[PhaseRow]) -> MissingLine {
    let tried = missing.tried.iter();
    MissingLine {
        hook: hook_name(missing.hook),
        tried: tried
            .map(|(symbol, why)| Tried {
                symbol: symbol.clone(),
                why: why.to_string(),
            })
            .collect(),
        lost: lost(missing.hook, rows),
    }
}

/// What a hook that nothing serves would have told.
fn lost(hook: HookId, rows: &[PhaseRow]) -> String {
    let mut lost: Vec<String> = Vec::new();
    for border in BORDERS.iter().filter(|border| border.hook == hook) {
        let (Step::Begin(phase)
        | Step::BeginTentative(phase)
        | Step::EndInto(_, phase)
        | Step::EndAllInto(phase)) = border.step
        else {
            continue;
        };
        let name = phase.name();
        let view = rows
            .iter()
            .find(|row| row.phase == phase)
            .map(|row| row.view);
        let line = match view {
            Some(PhaseView::Own(other)) => {
                format!("{name} is told by {} alone", hook_name(other))
            }
            Some(PhaseView::MergedInto(into)) => {
                format!("{name} is counted as part of {}", into.name())
            }
            Some(PhaseView::Absent) | None => {
                format!("{name} is not seen (this kernel may not have it)")
            }
        };
        if !lost.contains(&line) {
            lost.push(line);
        }
    }
    if lost.is_empty() {
        hook.hook().map_or_else(String::new, |hook| {
            format!("not seen: {}", first_sentence(hook.meaning))
        })
    } else {
        lost.join("; ")
    }
}

fn first_sentence(text: &str) -> &str {
    text.split_once(". ").map_or(text, |(first, _)| first)
}

/// True if the symbol's name in the source is the hook's.
pub(super) fn is_plain(line: &ProbeLine) -> bool {
    source_name(&line.symbol) == Some(line.hook)
}
