//! Plan → attached probes.

use std::{collections::BTreeMap, sync::Mutex, thread, time::Instant};

use aya::{
    Btf, Ebpf,
    programs::{
        FEntry, FExit, KProbe, Program, ProgramError, RawTracePoint, fentry::FEntryLink,
        fexit::FExitLink, kprobe::KProbeLink, raw_trace_point::RawTracePointLink,
    },
};
use kmodtrace_common::catalogue::{Hook, HookId, Scope};

use super::{ProbeError, optimizer::Optimizer, sentence::sentence};
use crate::{
    catalogue::borders::Edge,
    event::Attached,
    plan::{How, Plan, Probe},
};

/// Where the first instruction behind an ftrace site lies if the site, a five-byte call, stands behind
/// a four-byte `endbr64` and the plan could not know that. The kernel refuses an offset that is not at
/// the beginning of an instruction.
const PAST_FTRACE_AND_ENDBR: u64 = 9;

/// Most threads that load programs side by side.
const MOST_THREADS: usize = 8;

/// Hooks without which no load can be seen.
const MANDATORY: [HookId; 3] = [
    HookId::SYS_INIT_MODULE,
    HookId::SYS_FINIT_MODULE,
    HookId::LOAD_MODULE,
];

/// What keeps one probe attached; dropping it detaches it and takes the kernel an RCU grace period.
#[derive(Debug)]
#[expect(dead_code, reason = "held only to be dropped")]
pub(super) enum Link {
    KProbe(KProbeLink),
    FEntry(FEntryLink),
    FExit(FExitLink),
    RawTracepoint(RawTracePointLink),
}

/// The outcome of attaching a plan.
#[derive(Debug)]
pub(super) struct Attachments {
    pub(super) attached: Vec<Attached>,
    pub(super) refused: Vec<Refused>,
    pub(super) links: Vec<Link>,
}

/// A probe that the kernel refused in every way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// Hook id.
    pub hook: HookId,
    /// Symbol or tracepoint.
    pub symbol: String,
    /// What the kernel said, for the last way tried.
    pub reason: String,
}

/// Attaches every probe of the plan.
pub(super) fn all(
    ebpf: &mut Ebpf,
    plan: &Plan,
    optimizer: &mut Option<Optimizer>,
) -> Result<Attachments, ProbeError> {
    let btf = btf(plan);
    let probes = in_attach_order(plan);
    let begun = Instant::now();
    load_first_ways(ebpf, btf.as_ref(), &probes);
    tracing::debug!(took = ?begun.elapsed(), "programs loaded");
    Optimizer::rests(optimizer, || each(ebpf, btf.as_ref(), probes))
}

/// Attaches probes one after the other.
fn each(
    ebpf: &mut Ebpf,
    btf: Option<&Btf>,
    probes: Vec<(&'static Hook, &Probe)>,
) -> Result<Attachments, ProbeError> {
    let (mut attached, mut refused, mut links) = (Vec::new(), Vec::new(), Vec::new());
    for (hook, probe) in probes {
        match one(ebpf, btf, hook, probe) {
            Ok(held) => {
                for (new, how) in held {
                    links.extend(new);
                    attached.push(Attached {
                        hook: hook.id.0,
                        symbol: probe.symbol.clone(),
                        edge: probe.edge.name().into(),
                        how,
                    });
                }
            }
            Err(reason) if MANDATORY.contains(&hook.id) => {
                return Err(ProbeError::Mandatory {
                    symbol: probe.symbol.clone(),
                    reason,
                });
            }
            Err(reason) => {
                let symbol = probe.symbol.clone();
                tracing::debug!(hook = hook.name, symbol, reason, "probe refused");
                refused.push(Refused {
                    hook: hook.id,
                    symbol,
                    reason,
                });
            }
        }
    }
    attached.sort_by(|a, b| (a.hook, &a.edge).cmp(&(b.hook, &b.edge)));
    Ok(Attachments {
        attached,
        refused,
        links,
    })
}

/// Entries of system calls last: no load begins before everything is in place.
///
/// In front of them the kprobes that become jumps, in one go: where the optimizer does not rest, it takes the lock that
/// setting a probe needs some ticks after the first of them.
fn in_attach_order(plan: &Plan) -> Vec<(&'static Hook, &Probe)> {
    let known = plan
        .probes
        .iter()
        .filter_map(|probe| Some((probe.hook.hook()?, probe)));
    let mut probes: Vec<_> = known.collect();
    probes.sort_by_key(|(hook, probe)| {
        let begins = hook.scope == Scope::Syscall && probe.edge == Edge::Entry;
        let jumps = [How::KprobePastFtrace, How::KprobeAtExits];
        let is_jump = probe.ways.first().is_some_and(|way| jumps.contains(way));
        (begins, is_jump)
    });
    probes
}

/// BTF of the functions that trampolines are for.
fn btf(plan: &Plan) -> Option<Btf> {
    let on_trampolines = plan.probes.iter().filter(|probe| {
        let mut ways = probe.ways.iter();
        ways.any(|way| matches!(way, How::Fentry | How::Fexit))
    });
    let ids = on_trampolines.filter_map(|probe| {
        let (name, id) = plan.type_ids.get_key_value(&probe.symbol)?;
        Some((name.as_str(), *id))
    });
    super::btf::of(&ids.collect::<BTreeMap<_, _>>())
}

/// Attaches a probe in the best way that the kernel takes, or in every one if the plan says so.
fn one(
    ebpf: &mut Ebpf,
    btf: Option<&Btf>,
    hook: &Hook,
    probe: &Probe,
) -> Result<Vec<(Vec<Link>, String)>, String> {
    let mut reason = String::from("no way to attach it is known");
    let mut held = Vec::new();
    for way in &probe.ways {
        let begun = Instant::now();
        let attempt = attach(ebpf, btf, hook, probe, *way);
        tracing::debug!(hook = hook.name, ?way, took = ?begun.elapsed(), ok = attempt.is_ok());
        match attempt {
            Ok(done) => {
                held.push(done);
                if !probe.all_ways {
                    break;
                }
            }
            Err(error) => {
                reason = sentence(&error);
                let symbol = &probe.symbol;
                tracing::debug!(hook = hook.name, symbol, ?way, reason, "refused");
            }
        }
    }
    if held.is_empty() {
        return Err(reason);
    }
    Ok(held)
}

fn attach(
    ebpf: &mut Ebpf,
    btf: Option<&Btf>,
    hook: &Hook,
    probe: &Probe,
    way: How,
) -> Result<(Vec<Link>, String), ProgramError> {
    let (name, symbol) = (program_name(hook, way), &probe.symbol);
    let known = ebpf.program_mut(&name).ok_or(ProgramError::NotLoaded)?;
    load(known, btf, probe, way)?;
    let (link, how) = match way {
        How::KprobeAtExits => {
            let links = probe.exits.iter();
            let links = links.map(|exit| kprobe(ebpf, &name, &exit.symbol, u64::from(exit.offset)));
            return Ok((links.collect::<Result<_, _>>()?, "kprobe at exits".into()));
        }
        How::KprobePastFtrace => {
            let (link, offset) = match kprobe(ebpf, &name, symbol, probe.past_ftrace) {
                Ok(link) => (link, probe.past_ftrace),
                Err(_) => (
                    kprobe(ebpf, &name, symbol, PAST_FTRACE_AND_ENDBR)?,
                    PAST_FTRACE_AND_ENDBR,
                ),
            };
            (link, format!("kprobe+{offset}"))
        }
        How::Kprobe => (kprobe(ebpf, &name, symbol, 0)?, "kprobe".into()),
        How::Kretprobe => (kprobe(ebpf, &name, symbol, 0)?, "kretprobe".into()),
        How::Fentry => {
            let program: &mut FEntry = program(ebpf, &name)?;
            let id = program.attach()?;
            (Link::FEntry(program.take_link(id)?), "fentry".into())
        }
        How::Fexit => {
            let program: &mut FExit = program(ebpf, &name)?;
            let id = program.attach()?;
            (Link::FExit(program.take_link(id)?), "fexit".into())
        }
        How::RawTracepoint => {
            let program: &mut RawTracePoint = program(ebpf, &name)?;
            let id = program.attach(symbol)?;
            (Link::RawTracepoint(program.take_link(id)?), "raw_tp".into())
        }
    };
    Ok((vec![link], how))
}

/// Loads the programs for the best way of each probe, as many at a time as there are CPUs: the kernel's verifier is
/// what takes time. What cannot be loaded says so when it is to be attached.
fn load_first_ways(ebpf: &mut Ebpf, btf: Option<&Btf>, probes: &[(&Hook, &Probe)]) {
    let wanted = probes.iter().filter_map(|(hook, probe)| {
        let way = *probe.ways.first()?;
        Some((program_name(hook, way), (*probe, way)))
    });
    let mut wanted: BTreeMap<String, (&Probe, How)> = wanted.collect();
    let programs = ebpf.programs_mut();
    let jobs = programs.filter_map(|(name, program)| Some((program, wanted.remove(name)?)));
    let jobs: Mutex<Vec<_>> = Mutex::new(jobs.collect());
    let work = || {
        let next = || jobs.lock().ok().and_then(|mut jobs| jobs.pop());
        while let Some((program, (probe, way))) = next() {
            let _ = load(program, btf, probe, way);
        }
    };
    let others = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(MOST_THREADS)
        - 1;
    thread::scope(|scope| {
        for _ in 0..others {
            // Where there can be no more threads, this one does it all.
            let _ = thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
}

/// Loads the program for one way to attach a probe, unless that was done.
fn load(
    program: &mut Program,
    btf: Option<&Btf>,
    probe: &Probe,
    way: How,
) -> Result<(), ProgramError> {
    if program.fd().is_ok() {
        return Ok(());
    }
    let btf = || btf.ok_or(ProgramError::NotLoaded);
    match way {
        How::KprobePastFtrace | How::Kprobe | How::Kretprobe | How::KprobeAtExits => {
            <&mut KProbe>::try_from(program)?.load()
        }
        How::Fentry => <&mut FEntry>::try_from(program)?.load(&probe.symbol, btf()?),
        How::Fexit => <&mut FExit>::try_from(program)?.load(&probe.symbol, btf()?),
        How::RawTracepoint => <&mut RawTracePoint>::try_from(program)?.load(),
    }
}

/// What the object calls the program of a hook for one way to attach it.
fn program_name(hook: &Hook, way: How) -> String {
    let kind = match way {
        How::KprobePastFtrace | How::Kprobe => 'k',
        How::Kretprobe => 'r',
        How::KprobeAtExits => 'e',
        How::Fentry => 'f',
        How::Fexit => 'x',
        How::RawTracepoint => 't',
    };
    format!("{kind}_{}", hook.name)
}

fn kprobe(ebpf: &mut Ebpf, name: &str, symbol: &str, offset: u64) -> Result<Link, ProgramError> {
    let program: &mut KProbe = program(ebpf, name)?;
    let id = program.attach(symbol, offset)?;
    Ok(Link::KProbe(program.take_link(id)?))
}

fn program<'a, P>(ebpf: &'a mut Ebpf, name: &str) -> Result<&'a mut P, ProgramError>
where
    &'a mut P: TryFrom<&'a mut Program, Error = ProgramError>,
{
    ebpf.program_mut(name)
        .ok_or(ProgramError::NotLoaded)?
        .try_into()
}
