//! What came of an unload, to the unload itself. Its phases follow from the border table alone.

use kmodtrace_common::{
    catalogue::HookId,
    wire::{Mark, SEGMENT_DESCENDANT, SEGMENT_STALE, Segment},
};

use super::{
    build::{End, known, result},
    facts,
    ledger::Attachments,
    open::OpenLoad,
};
use crate::{
    catalogue::{
        borders::Edge,
        unload::{UNLOAD_BORDERS, UnloadBorder, UnloadPhase},
    },
    event::{LoadKey, Name},
    model::{Anchor, Bounds, Held, LoadId, Outcome, Registration, Unload, UnloadSpan},
};

/// True if these facts are about an unload.
pub(super) fn is_unload(facts: &Segment) -> bool {
    facts.syscall == u32::from(HookId::SYS_DELETE_MODULE.0)
}

/// Builds the unload; what the session tells and the cgroup's path are the caller's.
pub(super) fn build(
    key: LoadKey,
    open: &OpenLoad,
    segment: &Segment,
    end: End,
    attached: &Attachments,
    area: Option<(u64, u64)>,
) -> Unload {
    let returned = end == End::Final && segment.flags & SEGMENT_STALE == 0;
    let outcome = match end {
        End::Gone => Outcome::TaskGone,
        End::Final if returned => Outcome::Returned(result(segment.ret)),
        End::Final | End::Lost => Outcome::Unknown,
    };
    let last = open.marks.iter().map(|mark| mark.time_ns).max();
    let end_ns = if returned {
        segment.end_ns
    } else {
        last.unwrap_or(0)
    };
    let end_ns = end_ns.max(key.start_ns);
    let seen = |hook| attached.has_hook(hook);
    let phases = phases(key.start_ns, end_ns, &open.marks, returned, seen);
    let lost = u64::from(segment.lost).max(open.missing) + u64::from(end == End::Lost);
    let known_of_it = facts::facts(&facts::Source {
        material: &open.material,
        marks: &open.marks,
        segment,
        attached,
        area,
    });
    let covered: u64 = phases.iter().map(|span| span.duration_ns).sum();
    Unload {
        id: LoadId(key),
        boot_id: String::new(),
        redacted: false,
        module: known(&segment.module_name),
        comm: Name::until_nul(&segment.comm),
        parent_pid: (segment.parent_pid != 0).then_some(segment.parent_pid),
        descendant: segment.flags & SEGMENT_DESCENDANT != 0,
        flags: segment.finit_flags,
        held_by: held(&outcome, known_of_it.registration),
        outcome,
        start_ns: key.start_ns,
        total_ns: end_ns - key.start_ns,
        // The phases begin at the entry and leave no gap: what is not theirs was cut off with the end.
        unattributed_ns: end_ns - key.start_ns - covered,
        phases,
        caller: known_of_it.caller,
        memory: known_of_it.memory,
        log: known_of_it.log,
        cpus: (segment.cpu_start, segment.cpu_end),
        lost_events: lost,
        complete: returned && lost == 0,
    }
}

fn held(outcome: &Outcome, registration: Option<Registration>) -> Option<Held> {
    if !matches!(outcome, Outcome::Returned(Err(_))) {
        return None;
    }
    let listed = registration?;
    let references = listed.line.as_ref().and_then(|line| {
        let field = line.0.split(|&byte| byte == b' ').nth(2)?;
        std::str::from_utf8(field).ok()?.parse().ok()
    });
    Some(Held {
        line: listed.line,
        references,
        used_by: listed.used_by,
    })
}

/// Divides the time between entry and end. A border counts once, after all before it that could have
/// been `seen`.
fn phases(
    start_ns: u64,
    end_ns: u64,
    marks: &[Mark],
    returned: bool,
    seen: impl Fn(HookId) -> bool,
) -> Vec<UnloadSpan> {
    let syscall = |edge: Edge| Anchor {
        hook: HookId::SYS_DELETE_MODULE
            .hook()
            .map_or("?", |hook| hook.name),
        edge: edge.name(),
    };
    let mut spans = Vec::new();
    let (mut reached, mut begun_ns, mut begin) =
        (UnloadPhase::Check, start_ns, syscall(Edge::Entry));
    let mut borders = UNLOAD_BORDERS
        .iter()
        .filter(|row| seen(row.hook))
        .peekable();
    for mark in marks
        .iter()
        .filter(|mark| (start_ns..=end_ns).contains(&mark.time_ns))
    {
        let edge = Edge::of_wire(mark.edge);
        let of_mark = |row: &&UnloadBorder| row.hook.0 == mark.hook && Some(row.edge) == edge;
        let Some(border) = borders.next_if(of_mark) else {
            continue;
        };
        let anchor = Anchor {
            hook: border.hook.hook().map_or("?", |hook| hook.name),
            edge: border.edge.name(),
        };
        spans.push(span(
            reached,
            border.begins,
            begun_ns,
            mark.time_ns,
            begin,
            anchor,
        ));
        (reached, begun_ns, begin) = (border.begins, mark.time_ns, anchor);
    }
    // An unload that was refused, or whose end was not seen, stands where it stands.
    let end = if returned {
        syscall(Edge::Return)
    } else {
        begin
    };
    let mut last = span(reached, reached, begun_ns, end_ns, begin, end);
    if !returned {
        last.bounds = Bounds::Inferred;
    }
    spans.push(last);
    spans
}

/// The span from one phase up to, not including, another.
fn span(
    from: UnloadPhase,
    to: UnloadPhase,
    start_ns: u64,
    end_ns: u64,
    begin: Anchor,
    end: Anchor,
) -> UnloadSpan {
    let inside = |phase: &UnloadPhase| from <= *phase && (*phase < to || *phase == from);
    UnloadSpan {
        covers: UnloadPhase::ALL.into_iter().filter(inside).collect(),
        start_ns,
        duration_ns: end_ns.saturating_sub(start_ns),
        bounds: Bounds::Measured,
        begin,
        end,
    }
}

#[cfg(test)]
mod tests;
