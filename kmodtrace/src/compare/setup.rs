//! What a side was recorded on, and whether that can be compared.

use std::collections::BTreeSet;

use crate::{catalogue::HookId, event::Session};

/// What a recording was made on and with, as far as it matters for times.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Setup {
    /// `uname -r`.
    pub kernel: String,
    /// `uname -m`.
    pub machine: String,
    /// Model of the first CPU, where known.
    pub cpu_model: Option<String>,
    /// Online CPUs.
    pub cpus: u32,
    /// Frequency governor, where known.
    pub governor: Option<String>,
    /// What the machine runs on, where known.
    pub hypervisor: Option<String>,
    /// Version of kmodtrace.
    pub kmodtrace: String,
    /// True if addresses were taken out.
    pub redacted: bool,
    /// Probes, as `hook entry kprobe`: what tracing costs depends on them.
    pub probes: BTreeSet<String>,
}

/// Something in which the sides differ.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Its name in every output.
    pub name: &'static str,
    /// In BASE; of probes, those that only BASE has.
    pub base: Vec<String>,
    /// In NEW.
    pub new: Vec<String>,
    /// True if times of such sides are apples and oranges.
    pub refused: bool,
}

impl Setup {
    /// That of a run.
    #[must_use]
    pub fn of(session: &Session) -> Self {
        let environment = &session.environment;
        let probes = session.attached.iter().map(|probe| {
            let hook = HookId(probe.hook).hook().map_or("?", |hook| hook.name);
            // Where in the function a kprobe sits does not matter.
            let how = probe.how.split('+').next().unwrap_or_default();
            format!("{hook} {} {how}", probe.edge)
        });
        Self {
            kernel: session.release.clone(),
            machine: session.machine.clone(),
            cpu_model: environment.cpu_model.clone(),
            cpus: session.cpus,
            governor: environment.governor.clone(),
            hypervisor: environment.hypervisor.clone(),
            kmodtrace: session.kmodtrace.clone(),
            redacted: session.redacted,
            probes: probes.collect(),
        }
    }
}

/// What differs between two sides, which each may have several setups.
#[must_use]
pub fn differences(base: &[Setup], new: &[Setup]) -> Vec<Difference> {
    let mut told = Vec::new();
    let mut compare = |name, refused, value: &dyn Fn(&Setup) -> Option<String>| {
        let values = |side: &[Setup]| side.iter().filter_map(value).collect::<BTreeSet<String>>();
        let (a, b) = (values(base), values(new));
        // What is not known on a side says nothing.
        if a != b && !a.is_empty() && !b.is_empty() {
            told.push(Difference {
                name,
                base: a.into_iter().collect(),
                new: b.into_iter().collect(),
                refused,
            });
        }
    };
    compare("kernel", false, &|it| Some(it.kernel.clone()));
    compare("machine", true, &|it| Some(it.machine.clone()));
    compare("cpu_model", true, &|it| it.cpu_model.clone());
    compare("cpus", false, &|it| Some(it.cpus.to_string()));
    compare("governor", true, &|it| it.governor.clone());
    compare("hypervisor", true, &|it| it.hypervisor.clone());
    compare("kmodtrace", false, &|it| Some(it.kmodtrace.clone()));
    let redacted = |it: &Setup| String::from(if it.redacted { "redacted" } else { "whole" });
    compare("recording", false, &|it| Some(redacted(it)));
    told.extend(probes(base, new));
    told
}

/// Probes that only one side has. Another kernel has other functions; on the same one somebody traced differently,
/// and the difference is the tracer's.
fn probes(base: &[Setup], new: &[Setup]) -> Option<Difference> {
    let all = |side: &[Setup]| -> BTreeSet<String> {
        side.iter().flat_map(|setup| setup.probes.clone()).collect()
    };
    let kernels = |side: &[Setup]| -> BTreeSet<String> {
        side.iter().map(|setup| setup.kernel.clone()).collect()
    };
    let (a, b) = (all(base), all(new));
    (a != b).then(|| Difference {
        name: "probes",
        base: a.difference(&b).cloned().collect(),
        new: b.difference(&a).cloned().collect(),
        refused: kernels(base) == kernels(new),
    })
}
