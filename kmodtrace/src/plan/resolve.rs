//! Facts → plan.

use std::collections::BTreeMap;

use kmodtrace_common::offsets::{
    BRIEF, CAN_FORMAT, INIT_ENDS_WITH_LOAD, OFFSETS, PATH_IS_KNOWN, SIZES,
};

use super::{
    CannotTrace, How, Missing, Plan, Preference, Probe, Refusal,
    ways::{Offer, past_ftrace},
};
use crate::{
    catalogue::{
        Detail, HOOKS, Hook, HookId, Point, Scope,
        borders::Edge,
        symbols::{FORMAT_HELPER, source_name},
    },
    kernel::facts::{KernelFacts, Source},
};

/// What became of the symbols of a hook.
type Resolved = Result<Vec<Probe>, Vec<(String, Refusal)>>;

/// The plan for a kernel. Hooks of a detail are attached only if `details` names it. Without [`Detail::Usual`] no
/// returns are seen but those of another detail, and those that end a load, these without ftrace where the code tells how.
///
/// # Errors
/// When loads cannot be seen at all.
pub fn plan(
    facts: &KernelFacts,
    preference: Preference,
    details: &[Detail],
) -> Result<Plan, CannotTrace> {
    let offer = Offer::of(facts, preference, !details.contains(&Detail::Usual));
    if facts.option("CONFIG_MODULES") == Some(false) {
        return Err(CannotTrace::NoModules);
    } else if facts.option("CONFIG_BPF_SYSCALL") == Some(false) {
        return Err(CannotTrace::NoBpf);
    } else if let Some(why) = facts.unread.get(&Source::Symbols) {
        return Err(CannotTrace::NoSymbols(why.clone()));
    } else if offer.is_empty() {
        return Err(CannotTrace::NoProbes);
    }
    let resolved: BTreeMap<HookId, Resolved> = HOOKS
        .iter()
        .map(|hook| (hook.id, resolve(hook, facts, &offer)))
        .collect();
    let served = |id: HookId| matches!(resolved.get(&id), Some(Ok(_)));
    let mut plan = Plan {
        offsets: offsets(facts),
        type_ids: facts
            .btf
            .as_ref()
            .map(|btf| btf.type_ids.clone())
            .unwrap_or_default(),
        ..Plan::default()
    };
    for hook in HOOKS {
        let wanted = hook.only.is_none_or(|detail| details.contains(&detail));
        if !wanted || hook.instead_of.is_some_and(served) {
            continue;
        }
        match &resolved[&hook.id] {
            Ok(probes) => plan.probes.extend(probes.iter().cloned()),
            Err(_) if substitutes(hook.id).any(served) => {}
            Err(tried) => plan.missing.push(Missing {
                hook: hook.id,
                tried: tried.clone(),
            }),
        }
    }
    require(&plan, facts, &resolved)?;
    if plan.probe(HookId::IDEMPOTENT, Edge::Entry).is_some() {
        plan.offsets.push((PATH_IS_KNOWN.to_owned(), 1));
    }
    if offer.brief {
        brief(&mut plan);
    }
    Ok(plan)
}

/// What programs of a brief plan are told, and the one return that can be done without: `init_module(2)` ends with the
/// load proper, so where that one's return takes no ftrace hook and its own does, it is not seen.
fn brief(plan: &mut Plan) {
    let free = |probe: &Probe| probe.ways.first() == Some(&How::KprobeAtExits);
    let of = |hook: HookId| move |probe: &Probe| probe.hook == hook && probe.edge == Edge::Return;
    let returns = |plan: &Plan, hook| {
        plan.probes
            .iter()
            .any(|probe| of(hook)(probe) && free(probe))
    };
    plan.offsets.push((BRIEF.to_owned(), 1));
    if returns(plan, HookId::LOAD_MODULE) && !returns(plan, HookId::SYS_INIT_MODULE) {
        plan.probes
            .retain(|probe| !of(HookId::SYS_INIT_MODULE)(probe));
        plan.offsets.push((INIT_ENDS_WITH_LOAD.to_owned(), 1));
    }
}

/// Hooks that are used instead of this one.
fn substitutes(of: HookId) -> impl Iterator<Item = HookId> {
    let hooks = HOOKS.iter().filter(move |hook| hook.instead_of == Some(of));
    hooks.map(|hook| hook.id)
}

/// The system calls and the load proper must be there, with both edges.
fn require(
    plan: &Plan,
    facts: &KernelFacts,
    resolved: &BTreeMap<HookId, Resolved>,
) -> Result<(), CannotTrace> {
    const SYSCALLS: [HookId; 2] = [HookId::SYS_INIT_MODULE, HookId::SYS_FINIT_MODULE];
    let whole = |&hook: &HookId| {
        plan.probe(hook, Edge::Entry).is_some() && plan.probe(hook, Edge::Return).is_some()
    };
    let why = |hooks: &[HookId]| {
        let refused = hooks.iter().filter_map(|hook| resolved.get(hook));
        let tried = refused.filter_map(|resolved| resolved.as_ref().err());
        let words: Vec<_> = tried
            .flatten()
            .map(|(symbol, refusal)| format!("{symbol}: {refusal}"))
            .collect();
        if words.is_empty() {
            "not at both their entry and their return".to_owned()
        } else {
            words.join(", ")
        }
    };
    if !SYSCALLS.iter().any(whole) {
        let none = SYSCALLS
            .iter()
            .chain(&[HookId::LOAD_MODULE])
            .all(|hook| is_absent(resolved.get(hook)));
        if none && facts.config.is_none() {
            return Err(CannotTrace::NoModules);
        }
        return Err(CannotTrace::NoSyscall(why(&SYSCALLS)));
    }
    if !whole(&HookId::LOAD_MODULE) {
        return Err(CannotTrace::NoLoad(why(&[HookId::LOAD_MODULE])));
    }
    Ok(())
}

fn is_absent(resolved: Option<&Resolved>) -> bool {
    let Some(Err(tried)) = resolved else {
        return false;
    };
    tried.iter().all(|(_, refusal)| *refusal == Refusal::Absent)
}

/// The probes for one hook: the first symbol that will do.
fn resolve(hook: &Hook, facts: &KernelFacts, offer: &Offer) -> Resolved {
    let known = |offset: &str| {
        facts
            .btf
            .as_ref()
            .is_some_and(|btf| btf.offsets.contains_key(offset))
    };
    if hook.needs.is_some_and(|offset| !known(offset)) {
        let symbols = hook.symbols.iter();
        return Err(symbols
            .map(|&name| (name.to_owned(), Refusal::UnknownLayout))
            .collect());
    }
    let mut tried = Vec::new();
    for &name in hook.symbols {
        let probes = if hook.point == Point::RawTracepoint {
            tracepoint(hook, name, facts, offer)
        } else {
            function(hook, name, facts, offer)
        };
        match probes {
            Ok(probes) => return Ok(probes),
            Err(refused) => tried.push(refused),
        }
    }
    Err(tried)
}

fn tracepoint(
    hook: &Hook,
    name: &str,
    facts: &KernelFacts,
    offer: &Offer,
) -> Result<Vec<Probe>, (String, Refusal)> {
    if !facts.tracepoints.contains(name) {
        return Err((name.to_owned(), Refusal::NoTracepoint));
    }
    probes(hook, name, facts, offer, &[Edge::Tracepoint])
}

fn function(
    hook: &Hook,
    name: &str,
    facts: &KernelFacts,
    offer: &Offer,
) -> Result<Vec<Probe>, (String, Refusal)> {
    let symbol = full_name(name, facts)?;
    let notrace = facts
        .ftrace
        .as_ref()
        .is_some_and(|list| !list.contains(symbol));
    if facts.blacklist.contains(symbol) || (notrace && !offer.on_notrace) {
        return Err((symbol.to_owned(), Refusal::NotProbeable));
    }
    let edges: &[Edge] = match hook.point {
        Point::Entry => &[Edge::Entry],
        Point::Return => &[Edge::Return],
        Point::Span if offer.brief && hook.only.is_none() => &[Edge::Entry],
        Point::Span | Point::Ends => &[Edge::Entry, Edge::Return],
        Point::RawTracepoint => &[Edge::Tracepoint],
    };
    probes(hook, symbol, facts, offer, edges)
}

/// The symbol of a function: its own name, else the only variant of it that the compiler made.
fn full_name<'a>(name: &'a str, facts: &'a KernelFacts) -> Result<&'a str, (String, Refusal)> {
    let refused = |refusal| Err((name.to_owned(), refusal));
    match facts.symbols.get(name) {
        Some(1) => return Ok(name),
        Some(_) => return refused(Refusal::Ambiguous),
        None => {}
    }
    let mut variants = facts
        .symbols
        .iter()
        .filter(|(symbol, _)| source_name(symbol) == Some(name));
    match (variants.next(), variants.next()) {
        (None, _) => refused(Refusal::Absent),
        (Some((symbol, 1)), None) => Ok(symbol),
        _ => refused(Refusal::Ambiguous),
    }
}

fn probes(
    hook: &Hook,
    symbol: &str,
    facts: &KernelFacts,
    offer: &Offer,
    edges: &[Edge],
) -> Result<Vec<Probe>, (String, Refusal)> {
    let probes = edges.iter().map(|&edge| {
        let ways = offer.ways(hook, edge, symbol, facts);
        let certain = ways.first() == Some(&How::KprobeAtExits);
        Probe {
            hook: hook.id,
            edge,
            symbol: symbol.to_owned(),
            ways,
            all_ways: hook.scope == Scope::Syscall && edge == Edge::Return && !certain,
            past_ftrace: past_ftrace(symbol, facts),
            exits: offer.exits(hook, symbol, facts),
        }
    });
    let probes: Vec<_> = probes.filter(|probe| !probe.ways.is_empty()).collect();
    if probes.is_empty() {
        return Err((symbol.to_owned(), Refusal::NoWay));
    }
    Ok(probes)
}

fn offsets(facts: &KernelFacts) -> Vec<(String, u32)> {
    let in_btf = |global: &str| facts.btf.as_ref()?.offsets.get(global).copied();
    let rows = OFFSETS.iter().map(|row| (row.global, row.without_btf));
    let sizes = SIZES.iter().map(|size| (size.global, None));
    let known = rows
        .chain(sizes)
        .filter_map(|(global, otherwise)| Some((global.to_owned(), in_btf(global).or(otherwise)?)));
    let formats = facts.symbols.contains_key(FORMAT_HELPER);
    known
        .chain(formats.then(|| (CAN_FORMAT.to_owned(), 1)))
        .collect()
}

#[cfg(test)]
mod tests;
