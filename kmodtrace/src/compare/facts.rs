//! What has changed besides times.

use super::{Build, Group};
use crate::{event::Name, model::RegionKind};

/// A fact that differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FactChange {
    /// Its name in every output: `memory.text`, `relocations`, …
    pub name: String,
    /// In BASE; `None` if it is not known or not there.
    pub base: Option<Value>,
    /// In NEW.
    pub new: Option<Value>,
}

/// A fact's value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// Bytes.
    Bytes(u64),
    /// A number of things.
    Count(u64),
    /// A string from outside.
    Text(Name),
}

/// The build that was loaded most; of several the first in their order.
fn usual(group: &Group) -> Option<&Build> {
    let most = group.builds.values().max()?;
    let mut builds = group.builds.iter();
    builds
        .find(|(_, count)| *count == most)
        .map(|(build, _)| build)
}

/// Whether both sides loaded one and the same build; `None` if it is not known.
#[must_use]
pub fn builds(base: &Group, new: &Group) -> Option<bool> {
    let (base, new) = (usual(base)?, usual(new)?);
    let ids = base.build_id.as_ref().zip(new.build_id.as_ref());
    let versions = base.srcversion.as_ref().zip(new.srcversion.as_ref());
    ids.map(|(a, b)| a == b)
        .or_else(|| versions.map(|(a, b)| a == b))
}

/// What differs between the builds that were loaded most.
#[must_use]
pub fn changes(base: &Group, new: &Group) -> Vec<FactChange> {
    let (Some(a), Some(b)) = (usual(base), usual(new)) else {
        return Vec::new();
    };
    let mut facts: Vec<(String, Option<Value>, Option<Value>)> = Vec::new();
    let mut fact = |name: &str, base, new| facts.push((name.to_owned(), base, new));
    let hex = |id: &Option<Vec<u8>>| {
        let digits = |id: &Vec<u8>| {
            id.iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        };
        id.as_ref()
            .map(|id| Value::Text(Name(digits(id).into_bytes())))
    };
    let text = |name: &Option<Name>| name.clone().map(Value::Text);
    fact("build_id", hex(&a.build_id), hex(&b.build_id));
    fact("srcversion", text(&a.srcversion), text(&b.srcversion));
    fact(
        "image",
        a.image_bytes.map(Value::Bytes),
        b.image_bytes.map(Value::Bytes),
    );
    for kind in RegionKind::ALL {
        let bytes = |build: &Build| match build.memory.get(&kind) {
            Some(&bytes) => Some(Value::Bytes(bytes)),
            None => (!build.memory.is_empty()).then_some(Value::Bytes(0)),
        };
        fact(&format!("memory.{}", kind.name()), bytes(a), bytes(b));
    }
    fact(
        "memory.per_cpu",
        a.per_cpu_bytes.map(Value::Bytes),
        b.per_cpu_bytes.map(Value::Bytes),
    );
    fact(
        "symbols",
        Some(Value::Count(a.symbols)),
        Some(Value::Count(b.symbols)),
    );
    fact(
        "relocations",
        a.relocations.map(Value::Count),
        b.relocations.map(Value::Count),
    );
    let exports = |build: &Build| build.exports.map(|count| Value::Count(count.into()));
    fact("exports", exports(a), exports(b));
    let holds = |build: &Build| {
        let known = build.write_xor_execute != "unknown";
        known.then(|| Value::Text(Name(build.write_xor_execute.as_bytes().to_vec())))
    };
    fact("write_xor_execute", holds(a), holds(b));
    let cached = |group: &Group| {
        let known: Vec<bool> = group.samples().filter_map(|sample| sample.cached).collect();
        let told = match (known.iter().all(|&it| it), known.iter().all(|&it| !it)) {
            _ if known.is_empty() => return None,
            (true, _) => "warm",
            (_, true) => "cold",
            _ => "mixed",
        };
        Some(Value::Text(Name(told.as_bytes().to_vec())))
    };
    fact("page_cache", cached(base), cached(new));
    // What one side does not know is no change.
    let differs = facts
        .into_iter()
        .filter(|(_, a, b)| a.is_some() && b.is_some() && a != b);
    differs
        .map(|(name, base, new)| FactChange { name, base, new })
        .collect()
}
