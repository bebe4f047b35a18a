//! More loads than anybody has recorded: recorded ones again, later and by other tasks.

use kmodtrace::{
    event::LoadKey,
    model::{Load, LoadId, Unload, Update},
};

/// The same load, later and by another process. What links it to another load moves along.
#[must_use]
pub fn rekeyed(load: &Load, later_ns: u64, pid: u32) -> Load {
    let mut load = load.clone();
    load.id = id(load.id, later_ns, pid);
    load.start_ns += later_ns;
    for span in &mut load.phases {
        span.start_ns += later_ns;
        for call in &mut span.calls {
            call.start_ns += later_ns;
        }
    }
    if let Some(parent) = &mut load.parent {
        parent.id = id(parent.id, later_ns, pid);
    }
    if let Some(contest) = &mut load.contest {
        contest.with = contest.with.map(|with| id(with, later_ns, pid));
    }
    load.retry_of = load.retry_of.map(|of| id(of, later_ns, pid));
    let facts = &mut load.facts;
    for relocation in &mut facts.relocations {
        relocation.start_ns += later_ns;
    }
    for param in facts.params.iter_mut().flatten() {
        param.start_ns += later_ns;
    }
    for line in &mut facts.log {
        line.time_ns += later_ns;
    }
    for change in &mut facts.memory.changes {
        change.time_ns += later_ns;
    }
    load
}

/// The same unload, later and by another process.
#[must_use]
pub fn rekeyed_unload(unload: &Unload, later_ns: u64, pid: u32) -> Unload {
    let mut unload = unload.clone();
    unload.id = id(unload.id, later_ns, pid);
    unload.start_ns += later_ns;
    for span in &mut unload.phases {
        span.start_ns += later_ns;
    }
    unload
}

/// The same update, of such a load.
#[must_use]
pub fn rekeyed_update(update: &Update, later_ns: u64, pid: u32) -> Update {
    let mut update = update.clone();
    match &mut update {
        Update::FreeInit {
            id,
            batch_ns,
            time_ns,
            ..
        } => {
            *id = self::id(*id, later_ns, pid);
            *batch_ns += later_ns;
            *time_ns += later_ns;
        }
        Update::UserAfter { id, .. } => *id = self::id(*id, later_ns, pid),
        Update::Lost { id, against, .. } => {
            *id = self::id(*id, later_ns, pid);
            *against = self::id(*against, later_ns, pid);
        }
    }
    update
}

fn id(id: LoadId, later_ns: u64, pid: u32) -> LoadId {
    let own = id.0.pid_tgid & 0xffff;
    let pid = u64::from(pid) + own;
    LoadId(LoadKey {
        pid_tgid: pid << 32 | pid,
        start_ns: id.0.start_ns + later_ns,
    })
}
