//! The JSON Lines of `kmodtrace run --json`, and what must hold for every load in them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::facts::{
    Caller, Contest, Exports, FileFacts, Identity, Init, LogLine, Memory, NamedCall, Registration,
    Relocation, Section, Signature, SymbolLookup,
};
use super::overhead::Overhead;

/// All lines of one run.
#[derive(Debug, Default)]
pub struct Output {
    /// Loads, in the order in which they were printed.
    pub loads: Vec<Load>,
    /// Updates.
    pub updates: Vec<Update>,
    /// Summaries.
    pub summaries: Vec<Value>,
    /// Unloads.
    pub unloads: Vec<Value>,
}

/// A load.
#[derive(Clone, Debug, Deserialize)]
pub struct Load {
    /// Identity.
    pub id: String,
    /// Boot it belongs to.
    pub boot_id: String,
    /// Module.
    pub module: Option<String>,
    /// Process.
    pub pid: u32,
    /// Thread.
    pub tid: u32,
    /// Task name.
    pub comm: String,
    /// `init_module` or `finit_module`.
    pub syscall: String,
    /// Parameters.
    pub params: Option<String>,
    /// Last component of the file's path.
    pub file: Option<String>,
    /// Size of the file.
    pub file_bytes: Option<u64>,
    /// Size of the image.
    pub image_bytes: Option<u64>,
    /// The load that asked for this one.
    pub parent: Option<Parent>,
    /// The failed load that this one repeats.
    pub retry_of: Option<String>,
    /// What tracing cost it.
    pub overhead: Overhead,
    /// Whether the task descends from kmodtrace.
    pub descendant: bool,
    /// What it went through because of another load.
    pub contest: Option<Contest>,
    /// Result.
    pub result: Outcome,
    /// Beginning, ns.
    pub start_ns: u64,
    /// Length, ns.
    pub total_ns: u64,
    /// The ledger.
    pub phases: Vec<Phase>,
    /// Time in no phase, ns.
    pub unattributed_ns: u64,
    /// Time in inferred phases, ns.
    pub inferred_ns: u64,
    /// Symbols.
    pub symbols: Symbols,
    /// Who asked.
    pub caller: Caller,
    /// The file.
    pub file_facts: FileFacts,
    /// What the module says of itself.
    pub identity: Identity,
    /// Its signature.
    pub signature: Option<Signature>,
    /// Its sections.
    pub sections: Vec<Section>,
    /// Its memory.
    pub memory: Memory,
    /// Relocation sections that were applied.
    pub relocations: Vec<Relocation>,
    /// Parameters that were set.
    pub param_setters: Option<Vec<NamedCall>>,
    /// Symbols that it exports.
    pub exports: Option<Exports>,
    /// Its init function.
    pub init: Option<Init>,
    /// Firmware files that it asked for.
    pub firmware: Vec<NamedCall>,
    /// What the kernel lists of it.
    pub registration: Option<Registration>,
    /// Lines of the kernel's log.
    pub log: Vec<LogLine>,
    /// Records that were lost.
    pub lost_events: u64,
    /// Whether all of it was seen.
    pub complete: bool,
}

/// The load that asked for another.
#[derive(Clone, Debug, Deserialize)]
pub struct Parent {
    /// Its identity.
    pub id: String,
    /// Whether that is a guess.
    pub probable: bool,
}

/// How a load ended.
#[derive(Clone, Debug, Deserialize)]
pub struct Outcome {
    /// 0 or the error number.
    pub errno: Option<i32>,
    /// Its name.
    pub name: String,
    /// The phase that failed.
    pub phase: Option<String>,
    /// What that means.
    pub explanation: Option<Explanation>,
}

/// What a failure means.
#[derive(Clone, Debug, Deserialize)]
pub struct Explanation {
    /// Why, as one word.
    pub cause: String,
    /// What happened, in a sentence.
    pub meaning: String,
    /// What to do.
    pub next: String,
    /// What is to blame.
    pub culprits: Vec<String>,
    /// Who would provide symbols among those.
    pub providers: Vec<Provider>,
    /// Whether the kernel said more than the error number.
    pub certain: bool,
    /// The call that returned the error.
    pub call: Option<String>,
    /// Phases that cannot be looked into.
    pub unseen: Option<String>,
}

/// Who would provide a symbol.
#[derive(Clone, Debug, Deserialize)]
pub struct Provider {
    /// The symbol.
    pub symbol: String,
    /// The module.
    pub module: String,
}

/// Symbol resolution.
#[derive(Clone, Debug, Deserialize)]
pub struct Symbols {
    /// How many were looked up.
    pub count: u64,
    /// The slowest.
    pub longest: Option<String>,
    /// Each, where that was recorded.
    pub list: Option<Vec<SymbolLookup>>,
}

/// A phase.
#[derive(Clone, Debug, Deserialize)]
pub struct Phase {
    /// Name.
    pub name: String,
    /// Phases of the catalogue that it covers.
    pub covers: Vec<String>,
    /// Beginning, ns.
    pub start_ns: u64,
    /// Length, ns.
    pub duration_ns: u64,
    /// `measured` or `inferred`.
    pub bounds: String,
    /// Hook and edge at which it begins.
    pub from: String,
    /// Hook and edge at which it ends.
    pub to: String,
    /// What was called in it.
    pub calls: Vec<Call>,
}

/// A call inside a phase.
#[derive(Clone, Debug, Deserialize)]
pub struct Call {
    /// Hook.
    pub name: String,
    /// Beginning, ns.
    pub start_ns: u64,
    /// Length, ns, where the end is seen.
    pub duration_ns: Option<u64>,
    /// Values.
    pub values: BTreeMap<String, Value>,
}

/// What became known after a load.
#[derive(Clone, Debug, Deserialize)]
pub struct Update {
    /// The load.
    pub id: String,
    /// What it is about.
    pub kind: String,
    /// When init memory was freed, ns.
    #[serde(default)]
    pub time_ns: u64,
    /// Time in user space after the load, ns.
    #[serde(default)]
    pub after_ns: u64,
    /// Until what: `load` or `exit`.
    pub until: Option<String>,
    /// The load that won.
    pub against: Option<String>,
}

impl Output {
    /// Parses the lines.
    ///
    /// # Panics
    /// When a line is no JSON, has another schema, or lacks a field.
    #[must_use]
    pub fn parse(text: &str, name: &str) -> Self {
        let mut output = Self::default();
        for (number, line) in text.lines().enumerate() {
            let wrong = |error: &dyn std::fmt::Display| -> ! {
                panic!("{name}:{}: {error}: {line}", number + 1)
            };
            let value: Value = serde_json::from_str(line).unwrap_or_else(|error| wrong(&error));
            match value["schema"].as_str() {
                Some("kmodtrace.load/1") => {
                    let load = serde_json::from_value(value).unwrap_or_else(|error| wrong(&error));
                    output.loads.push(load);
                }
                Some("kmodtrace.update/1") => {
                    let update =
                        serde_json::from_value(value).unwrap_or_else(|error| wrong(&error));
                    output.updates.push(update);
                }
                Some("kmodtrace.unload/1") => output.unloads.push(value),
                Some("kmodtrace.summary/1") => output.summaries.push(value),
                schema => wrong(&format!("unknown schema {schema:?}")),
            }
        }
        output
    }

    /// The loads of one process, in order of time.
    #[must_use]
    pub fn of_pid(&self, pid: u32) -> Vec<&Load> {
        let mut loads: Vec<_> = self.loads.iter().filter(|load| load.pid == pid).collect();
        loads.sort_by_key(|load| load.start_ns);
        loads
    }

    /// What is wrong with any load, [`Load::wrong`] applied to all.
    #[must_use]
    pub fn wrong(&self) -> Vec<String> {
        self.loads.iter().flat_map(Load::wrong).collect()
    }
}

impl Load {
    /// How messages call it.
    #[must_use]
    pub fn label(&self) -> String {
        let module = self.module.as_deref().unwrap_or("?");
        format!("{module} ({}, {})", self.id, self.result.name)
    }

    /// End of the system call, ns.
    #[must_use]
    pub fn end_ns(&self) -> u64 {
        self.start_ns + self.total_ns
    }

    /// True if it loaded the module.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.result.errno == Some(0)
    }

    /// The phase that covers the catalogue's phase `name`.
    #[must_use]
    pub fn phase(&self, name: &str) -> Option<&Phase> {
        self.phases
            .iter()
            .find(|phase| phase.covers.iter().any(|covered| covered == name))
    }

    /// Time in the phases `names` together, ns; each span counts once.
    #[must_use]
    pub fn time_in(&self, names: &[&str]) -> u64 {
        let named = |phase: &&Phase| phase.covers.iter().any(|c| names.contains(&c.as_str()));
        self.phases
            .iter()
            .filter(named)
            .map(|phase| phase.duration_ns)
            .sum()
    }

    /// What breaks the rules that every load keeps: its sums are right, and nothing was lost.
    #[must_use]
    pub fn wrong(&self) -> Vec<String> {
        let mut wrong = self.wrong_sums();
        if !self.complete || self.lost_events != 0 {
            wrong.push(format!(
                "{}: complete: {}, lost events: {}",
                self.label(),
                self.complete,
                self.lost_events
            ));
        }
        wrong
    }

    /// What breaks the rules of the ledger: phases are disjoint, in order and inside the system call,
    /// and they and the unattributed time add up to all of it.
    #[must_use]
    pub fn wrong_sums(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut say = |text: String| wrong.push(format!("{}: {text}", self.label()));
        let mut at = self.start_ns;
        let (mut sum, mut gaps, mut inferred) = (0, 0, 0);
        for phase in &self.phases {
            if phase.start_ns < at {
                say(format!(
                    "{} begins before the phase before ends",
                    phase.name
                ));
            }
            gaps += phase.start_ns.saturating_sub(at);
            at = phase.start_ns + phase.duration_ns;
            sum += phase.duration_ns;
            match phase.bounds.as_str() {
                "measured" => {}
                "inferred" => inferred += phase.duration_ns,
                other => say(format!("{} has bounds {other:?}", phase.name)),
            }
            if phase.covers.join("+") != phase.name {
                say(format!("{} covers {:?}", phase.name, phase.covers));
            }
            for call in &phase.calls {
                if call.start_ns < phase.start_ns || call.start_ns > at {
                    say(format!("{} is not inside {}", call.name, phase.name));
                }
            }
        }
        if at > self.end_ns() {
            say("a phase ends after the system call".to_owned());
        }
        gaps += self.end_ns().saturating_sub(at);
        if gaps != self.unattributed_ns {
            say(format!(
                "gaps of {gaps} ns, but {} ns unattributed",
                self.unattributed_ns
            ));
        }
        if sum + self.unattributed_ns != self.total_ns {
            say(format!(
                "{sum} ns in phases + {} ns != {} ns",
                self.unattributed_ns, self.total_ns
            ));
        }
        if inferred != self.inferred_ns {
            say(format!(
                "{inferred} ns in inferred phases, but says {} ns",
                self.inferred_ns
            ));
        }
        if self.id != format!("{}.{}", self.start_ns, self.tid) {
            say("its id is not made of its start and thread".to_owned());
        }
        wrong
    }

    /// The phases in short: `read signature elf~ layout+alloc …`, `~` behind inferred ones.
    #[must_use]
    pub fn phase_line(&self) -> String {
        let short = |phase: &Phase| {
            let mark = if phase.bounds == "inferred" { "~" } else { "" };
            format!("{}{mark}", phase.name)
        };
        let phases: Vec<_> = self.phases.iter().map(short).collect();
        phases.join(" ")
    }
}
