//! What came of one load to the load itself.

use kmodtrace_common::{
    catalogue::HookId,
    wire::{Mark, SEGMENT_DESCENDANT, SEGMENT_FINAL, SEGMENT_PARAMS_SENT, SEGMENT_STALE, Segment},
};
use zerocopy::FromZeros;

use super::{
    Anomaly, facts,
    ledger::{Attachments, SystemCall, ledger},
    open::OpenLoad,
};
use crate::{
    event::{InFlight, LoadKey, Name},
    model::{Bounds, Errno, Load, LoadId, Outcome, Overhead, PhaseSpan, Symbols, Syscall},
};

/// "Bad file descriptor": told before another load of the file is looked for (`idempotent_init_module()`).
const EBADF: i64 = 9;

/// How a load comes to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    /// Its final segment came.
    Final,
    /// Its final segment was lost.
    Lost,
    /// Its task disappeared.
    Gone,
}

/// True if the system call may have refused the load in front of the load proper without anybody seeing that: then
/// nothing more is heard of it until its task ends, in good order.
fn may_have_returned(syscall: HookId, marks: &[Mark], attached: &Attachments) -> bool {
    let begun = |mark: &Mark| mark.hook == HookId::LOAD_MODULE.0;
    !attached.has_span(syscall) && !marks.iter().any(begun)
}

/// Builds the load. Links to other loads and what the session tells are the caller's.
pub(super) fn build(
    key: LoadKey,
    open: OpenLoad,
    end: End,
    attached: &Attachments,
    area: Option<(u64, u64)>,
) -> Result<Load, Anomaly> {
    let Some(facts) = open.facts else {
        return Err(Anomaly::OnlyText(key));
    };
    let known_of_it = facts::facts(&facts::Source {
        material: &open.material,
        marks: &open.marks,
        segment: &facts,
        attached,
        area,
    });
    let (hook, syscall) = syscall(key, &facts)?;
    let returned = end == End::Final && facts.flags & SEGMENT_STALE == 0;
    let outcome = match end {
        End::Gone if may_have_returned(hook, &open.marks, attached) => Outcome::Unknown,
        End::Gone => Outcome::TaskGone,
        End::Final if returned => Outcome::Returned(result(facts.ret)),
        End::Final | End::Lost => Outcome::Unknown,
    };
    let end_ns = if returned {
        facts.end_ns
    } else {
        open.marks
            .iter()
            .map(|mark| mark.time_ns)
            .max()
            .unwrap_or(0)
    };
    let call = SystemCall {
        hook,
        start_ns: key.start_ns,
        end_ns: end_ns.max(key.start_ns),
        returned,
        never_waited: returned && facts.ret == -EBADF,
    };
    let lost = u64::from(facts.lost).max(open.missing) + u64::from(end == End::Lost);
    let mut ledger = ledger(&call, &open.marks, attached);
    for &hole in &open.holes {
        let behind = open
            .marks
            .get(hole)
            .map_or(call.end_ns, |mark| mark.time_ns);
        loosen(&mut ledger.phases, behind);
    }
    let no_params = facts.flags & SEGMENT_PARAMS_SENT != 0 && lost == 0;
    let params_truncated = open.params.as_ref().is_some_and(|params| params.truncated);
    Ok(Load {
        id: LoadId(key),
        boot_id: String::new(),
        redacted: false,
        module: known(&facts.module_name),
        comm: Name::until_nul(&facts.comm),
        parent_pid: (facts.parent_pid != 0).then_some(facts.parent_pid),
        task_start_ns: nonzero(facts.task_start_ns),
        descendant: facts.flags & SEGMENT_DESCENDANT != 0,
        syscall,
        params: open
            .params
            .map(|params| params.text)
            .or_else(|| no_params.then(Name::default)),
        params_truncated,
        file: known(&facts.file_name),
        file_bytes: nonzero(facts.file_bytes),
        image_bytes: nonzero(facts.image_bytes),
        cpus: (facts.cpu_start, facts.cpu_end),
        parent: None,
        retry_of: None,
        contest: None,
        iteration: None,
        outcome,
        start_ns: call.start_ns,
        total_ns: call.end_ns - call.start_ns,
        phases: ledger.phases,
        unattributed_ns: ledger.unattributed_ns,
        symbols: Symbols {
            count: facts.symbols.count,
            total_ns: facts.symbols.total_ns,
            longest_ns: facts.symbols.longest_ns,
            longest: known(&facts.longest_symbol),
        },
        facts: Box::new(known_of_it),
        overhead: Overhead::default(),
        lost_events: lost,
        complete: returned && lost == 0 && ledger.missed == 0,
    })
}

/// Marks are missing before `behind`: the next border may have been among them, so that what ends or
/// begins there is not measured.
fn loosen(phases: &mut [PhaseSpan], behind: u64) {
    let next = phases.iter().position(|phase| phase.start_ns >= behind);
    let next = next.unwrap_or(phases.len());
    for phase in phases
        .iter_mut()
        .skip(next.saturating_sub(1))
        .take(if next == 0 { 1 } else { 2 })
    {
        phase.bounds = Bounds::Inferred;
    }
}

/// Adds what lay in the kernel when user space looked at the load.
pub(super) fn add_in_flight(open: &mut OpenLoad, key: LoadKey, seen: &InFlight) {
    let facts = open.facts.get_or_insert_with(|| {
        let mut facts = Segment::new_zeroed();
        facts.header.pid_tgid = key.pid_tgid;
        facts.header.start_ns = key.start_ns;
        facts.syscall = seen.syscall;
        facts.fd = -1;
        facts
    });
    fill(&mut facts.comm, &seen.comm);
    fill(&mut facts.module_name, &seen.module);
    fill(&mut facts.file_name, &seen.file);
    let marks = seen.marks.iter().map(|&(hook, edge, time_ns, a, b)| Mark {
        time_ns,
        hook,
        edge,
        a,
        b,
        ..Mark::default()
    });
    open.marks.extend(marks);
}

/// True if the load has ended with this segment.
pub(super) fn is_final(facts: &Segment) -> bool {
    facts.flags & SEGMENT_FINAL != 0
}

fn syscall(key: LoadKey, facts: &Segment) -> Result<(HookId, Syscall), Anomaly> {
    let hook = u16::try_from(facts.syscall).map(HookId);
    match hook {
        Ok(hook @ HookId::SYS_INIT_MODULE) => Ok((hook, Syscall::InitModule)),
        Ok(hook @ HookId::SYS_FINIT_MODULE) => {
            let (fd, flags) = (facts.fd, facts.finit_flags);
            Ok((hook, Syscall::FinitModule { fd, flags }))
        }
        _ => Err(Anomaly::Syscall {
            key,
            syscall: facts.syscall,
        }),
    }
}

pub(super) fn result(ret: i64) -> Result<(), Errno> {
    if ret >= 0 {
        return Ok(());
    }
    Err(Errno(i32::try_from(ret.unsigned_abs()).unwrap_or(i32::MAX)))
}

fn nonzero(value: u64) -> Option<u64> {
    (value != 0).then_some(value)
}

pub(super) fn known(bytes: &[u8]) -> Option<Name> {
    Some(Name::until_nul(bytes)).filter(|name| !name.is_empty())
}

/// Copies a known name, as much as fits, in front of zeros.
fn fill(into: &mut [u8], name: &Name) {
    if name.is_empty() {
        return;
    }
    into.fill(0);
    for (to, from) in into.iter_mut().zip(&name.0) {
        *to = *from;
    }
}
