//! The table of loads and unloads.

use std::borrow::Cow;

use super::{Cell, Column, Kind, Row};
use crate::{
    event::Name,
    export::subject::unix_ns,
    model::{Contest, Facts, Init, Load, Syscall, Unload},
    render::{hexadecimal, known, syscall_name},
};

/// `name Kind |row| cell`, one after the other.
macro_rules! columns {
    ($($name:literal $kind:ident $cell:expr;)*) => {
        [$(Column { name: $name, kind: Kind::$kind, cell: $cell }),*]
    };
}
pub(super) use columns;

pub(super) static COLUMNS: [Column; 72] = columns! {
    "kind" Word |row| Cell::word(Some(row.subject.kind()));
    "id" Word |row| Cell::word(Some(row.subject.id().to_string()));
    "boot_id" Text |row| Cell::Text(Cow::Borrowed(row.subject.boot_id().as_bytes()));
    "release" Text |row| Cell::text(known(Some(&row.run.kernel.0)));
    "machine" Text |row| Cell::text(known(Some(&row.run.kernel.1)));
    "module" Text |row| Cell::text(row.subject.module());
    "result" Word |row| Cell::word(Some(row.subject.result()));
    "errno" Signed |row| row.subject.errno().map_or(Cell::Missing, |errno| Cell::Signed(errno.into()));
    "failed_phase" Word |row| Cell::word(row.subject.failed_in());
    "start_ns" Number |row| Cell::Number(row.subject.start_ns());
    "start_unix_ns" Number |row| Cell::number(unix_ns(row.run.clock, row.subject.start_ns()));
    "total_ns" Number |row| Cell::Number(row.subject.total_ns());
    "unattributed_ns" Number |row| Cell::Number(row.subject.unattributed_ns());
    "inferred_ns" Number |row| Cell::Number(row.subject.inferred_ns());
    "phases" Number |row| Cell::count(row.subject.spans().len());
    "pid" Number |row| Cell::number(Some(row.subject.id().0.pid()));
    "tid" Number |row| Cell::number(Some(row.subject.id().0.tid()));
    "comm" Text |row| Cell::text(Some(row.subject.comm()));
    "parent_pid" Number |row| Cell::number(row.subject.parent_pid());
    "descendant" Flag |row| Cell::Flag(row.subject.descendant());
    "uid" Number |row| Cell::number(row.subject.caller().ids.map(|ids| ids.0));
    "gid" Number |row| Cell::number(row.subject.caller().ids.map(|ids| ids.1));
    "command_line" Text command_line;
    "cgroup_path" Text |row| Cell::text(row.subject.caller().cgroup_path.as_ref());
    "user_before_ns" Number |row| Cell::number(row.subject.caller().user.map(|user| user.before_ns));
    "request" Text |row| Cell::text(row.subject.caller().request.as_ref().map(|request| &request.name));
    "syscall" Word |row| Cell::word(Some(row.subject.load().map_or("delete_module", |load| syscall_name(&load.syscall))));
    "flags" Number flags;
    "params" Text |row| Cell::text(of(row).and_then(|load| load.params.as_ref()));
    "params_truncated" Flag |row| Cell::flag(of(row).map(|load| load.params_truncated));
    "file" Text |row| Cell::text(of(row).and_then(|load| known(load.file.as_ref())));
    "path" Text |row| Cell::text(facts(row).and_then(|facts| facts.file.path.as_ref()));
    "file_bytes" Number |row| Cell::number(of(row).and_then(|load| load.file_bytes));
    "image_bytes" Number |row| Cell::number(of(row).and_then(|load| load.image_bytes));
    "parent" Word |row| Cell::word(of(row).and_then(|load| load.parent).map(|parent| parent.id.to_string()));
    "parent_probable" Flag |row| Cell::flag(of(row).and_then(|load| load.parent).map(|parent| parent.probable));
    "retry_of" Word |row| Cell::word(of(row).and_then(|load| load.retry_of).map(|id| id.to_string()));
    "contest_with" Word |row| Cell::word(contest(row).and_then(|contest| contest.with).map(|id| id.to_string()));
    "contest_over" Word |row| Cell::word(contest(row).map(|contest| contest.over.name()));
    "contest_lost" Flag |row| Cell::flag(contest(row).map(|contest| contest.lost));
    "contest_waited_ns" Number |row| Cell::number(contest(row).map(|contest| contest.waited_ns));
    "contest_read_bytes" Number |row| Cell::number(contest(row).map(|contest| contest.read_bytes));
    "contest_allocated_bytes" Number |row| Cell::number(contest(row).map(|contest| contest.allocated_bytes));
    "cpu_start" Number |row| Cell::number(Some(row.subject.cpus().0));
    "cpu_end" Number |row| Cell::number(Some(row.subject.cpus().1));
    "address" Address |row| Cell::address(row.subject.memory().regions.first().map(|region| region.address));
    "kept_bytes" Number |row| Cell::number(memory(row).map(|(kept, _)| kept));
    "freed_bytes" Number freed;
    "in_area" Flag |row| Cell::flag(row.subject.memory().in_area());
    "write_xor_execute" Word |row| Cell::word(Some(row.subject.memory().verdict.name()));
    "sections" Number |row| facts(row).map_or(Cell::Missing, |facts| Cell::count(facts.sections.len()));
    "relocations" Number |row| Cell::number(facts(row).map(relocations));
    "symbols" Number |row| Cell::number(of(row).map(|load| load.symbols.count));
    "symbols_ns" Number |row| Cell::number(of(row).map(|load| load.symbols.total_ns));
    "version" Text |row| Cell::text(identity(row, |facts| facts.identity.version.as_ref()));
    "srcversion" Text |row| Cell::text(identity(row, |facts| facts.identity.srcversion.as_ref()));
    "vermagic" Text |row| Cell::text(identity(row, |facts| facts.identity.vermagic.as_ref()));
    "license" Text |row| Cell::text(identity(row, |facts| facts.identity.license.as_ref()));
    "build_id" Word |row| Cell::word(facts(row).and_then(|facts| facts.identity.build_id.as_deref()).map(hexadecimal));
    "taints" Number |row| Cell::number(facts(row).and_then(|facts| facts.identity.taints));
    "signed" Flag |row| Cell::flag(facts(row).and_then(|facts| facts.signature.as_ref()).map(|signature| signature.present));
    "signature_accepted" Flag |row| Cell::flag(facts(row).and_then(|facts| facts.signature.as_ref()).and_then(|signature| signature.accepted));
    "signer" Text |row| Cell::text(identity(row, |facts| facts.signature.as_ref()?.signer.as_ref()));
    "init_address" Address |row| Cell::address(init(row).map(|init| init.address));
    "init_symbol" Text |row| Cell::text(init(row).and_then(|init| init.symbol.as_ref()));
    "init_status" Signed |row| init(row).and_then(|init| init.status).map_or(Cell::Missing, Cell::Signed);
    "firmware" Number |row| facts(row).map_or(Cell::Missing, |facts| Cell::count(facts.firmware.len()));
    "references" Signed references;
    "log_lines" Number |row| Cell::count(row.subject.log().len());
    "lost_events" Number |row| Cell::Number(row.subject.lost_events());
    "complete" Flag |row| Cell::Flag(row.subject.complete());
    "redacted" Flag |row| Cell::Flag(row.subject.redacted());
};

fn of<'r>(row: &Row<'r>) -> Option<&'r Load> {
    row.subject.load()
}

fn facts<'r>(row: &Row<'r>) -> Option<&'r Facts> {
    of(row).map(|load| &*load.facts)
}

fn init<'r>(row: &Row<'r>) -> Option<&'r Init> {
    facts(row)?.init.as_ref()
}

fn contest(row: &Row<'_>) -> Option<Contest> {
    of(row)?.contest
}

fn identity<'r>(row: &Row<'r>, name: impl Fn(&'r Facts) -> Option<&'r Name>) -> Option<&'r Name> {
    known(facts(row).and_then(name))
}

/// Arguments with a blank between two.
fn command_line<'r>(row: &Row<'r>) -> Cell<'r> {
    let Some(words) = &row.subject.caller().command_line else {
        return Cell::Missing;
    };
    let words: Vec<_> = words.iter().map(|word| word.0.as_slice()).collect();
    Cell::Text(Cow::Owned(words.join(&b' ')))
}

fn flags<'r>(row: &Row<'r>) -> Cell<'r> {
    let flags = match (row.subject.load(), row.subject.unload()) {
        (Some(load), _) => match load.syscall {
            Syscall::FinitModule { flags, .. } => Some(flags),
            Syscall::InitModule => None,
        },
        (_, unload) => unload.map(|unload| unload.flags),
    };
    Cell::number(flags)
}

/// Bytes that stay and that are freed after init, where the module's memory is known.
fn memory(row: &Row<'_>) -> Option<(u64, u64)> {
    let memory = row.subject.memory();
    (!memory.regions.is_empty()).then(|| memory.kept_and_freed())
}

/// Of a load what is freed after init, of an unload what it freed.
fn freed<'r>(row: &Row<'r>) -> Cell<'r> {
    let of_unload = row.subject.unload().map(Unload::freed_bytes);
    Cell::number(of_unload.or_else(|| memory(row).map(|(_, freed)| freed)))
}

fn relocations(facts: &Facts) -> u64 {
    let entries = facts.relocations.iter().filter_map(|one| one.entries);
    entries.fold(0, u64::saturating_add)
}

/// Of a load the references to the module when it returned; of an unload that was refused those that held it.
fn references<'r>(row: &Row<'r>) -> Cell<'r> {
    let of_load = facts(row).and_then(|facts| facts.registration.as_ref()?.references);
    let held = row
        .subject
        .unload()
        .and_then(|unload| unload.held_by.as_ref());
    let held = held.and_then(|held| i64::try_from(held.references?).ok());
    of_load
        .map(i64::from)
        .or(held)
        .map_or(Cell::Missing, Cell::Signed)
}
