//! What came of one load besides its marks, and what its marks tell besides the ledger: pure, total.

mod caller;
mod image;
mod log;
mod memory;
mod permissions;
mod relocations;

use kmodtrace_common::{
    catalogue::{Detail, HOOKS, HookId},
    offsets::ABSENT,
    wire::{self, BLOB_INIT_SYMBOL, EDGE_TRACEPOINT, KNOWN_END, KNOWN_MODULE, Mark},
};

use super::{ledger::Attachments, material::Material};
use crate::{
    event::{BlobRecord, Name, NamedRecord},
    model::{Exports, Facts, Init, NamedCall, Registration, SymbolLookup},
    redact::WITHHELD,
};

/// Everything that a load's facts are made of.
pub(super) struct Source<'s> {
    /// Facts of fixed size, blobs, named calls.
    pub(super) material: &'s Material,
    /// The load's marks, in order of time.
    pub(super) marks: &'s [Mark],
    /// The facts of its last segment.
    pub(super) segment: &'s wire::Segment,
    /// What was attached.
    pub(super) attached: &'s Attachments,
    /// See [`crate::model::Memory::area`].
    pub(super) area: Option<(u64, u64)>,
}

/// The facts of a load. Links to other tasks are the caller's.
pub(super) fn facts(source: &Source<'_>) -> Facts {
    let fixed = source.material.fixed.as_deref();
    let sections = image::sections(source);
    let registered = source.material.registered.as_ref();
    Facts {
        caller: caller::caller(source, fixed),
        file: caller::file(source, fixed),
        identity: image::identity(source, fixed),
        signature: image::signature(source, fixed),
        memory: memory::memory(source, fixed),
        relocations: relocations::relocations(source, &sections),
        sections,
        symbols: symbols(source),
        params: params(source),
        exports: known(fixed, KNOWN_MODULE).map(|fixed| Exports {
            all: fixed.exports,
            gpl: Some(fixed.gpl_exports).filter(|&count| count != ABSENT),
        }),
        init: init(source, fixed),
        firmware: source.material.firmware.iter().map(named_call).collect(),
        registration: registration(fixed, registered),
        log: log::lines(source.material),
        log_followed: [HookId::LOG, HookId::LOG_FINAL]
            .iter()
            .any(|&hook| source.attached.has_hook(hook)),
        refusal: source.material.refusal.clone(),
    }
}

/// The fixed facts, if the part that `flag` names is known.
fn known(fixed: Option<&wire::Facts>, flag: u32) -> Option<&wire::Facts> {
    fixed.filter(|fixed| fixed.known & flag != 0)
}

fn init(source: &Source<'_>, fixed: Option<&wire::Facts>) -> Option<Init> {
    let finished = source.marks.iter().find(|mark| {
        mark.hook == HookId::INITCALL_FINISH.0 && mark.edge == EDGE_TRACEPOINT
            || mark.hook == HookId::ONE_INITCALL.0
    });
    let address = known(fixed, KNOWN_MODULE).map(|fixed| fixed.init);
    let address = address.or_else(|| finished.map(|mark| mark.a));
    Some(Init {
        address: address.filter(|&address| address != 0)?,
        symbol: source.material.first(BLOB_INIT_SYMBOL).map(symbol_name),
        status: finished.map(|mark| mark.b.cast_signed()),
    })
}

/// The name alone: the kernel puts the module's behind it, ` [module]`.
fn symbol_name(blob: &BlobRecord) -> Name {
    let whole = Name::until_nul(&blob.bytes);
    let mut words = whole.0.split(|&byte| byte == b' ');
    Name(words.next().unwrap_or_default().to_vec())
}

fn params(source: &Source<'_>) -> Option<Vec<NamedCall>> {
    let mut setters = HOOKS
        .iter()
        .filter(|hook| hook.only == Some(Detail::Params));
    if !setters.any(|hook| source.attached.has_hook(hook.id)) {
        return None;
    }
    Some(source.material.params.iter().map(named_call).collect())
}

fn named_call(call: &NamedRecord) -> NamedCall {
    NamedCall {
        name: call.name.clone(),
        status: call.value.cast_signed(),
        start_ns: call.begin_ns,
        duration_ns: call.end_ns.saturating_sub(call.begin_ns),
    }
}

fn symbols(source: &Source<'_>) -> Option<Vec<SymbolLookup>> {
    /// The highest value that is an error number behind a pointer (`IS_ERR`).
    const ERRORS: u64 = 4095;
    /// What the kernel calls itself (`module_name()`).
    const KERNEL: &[u8] = b"kernel";
    if !source.attached.has_hook(HookId::EACH_SYMBOL) {
        return None;
    }
    let lookups = source.material.symbols.iter().map(|call| {
        let found = call.value != 0 && call.value < u64::MAX - ERRORS;
        SymbolLookup {
            name: call.name.clone(),
            owner: Some(call.owner.clone()).filter(|owner| !owner.is_empty() && owner.0 != KERNEL),
            found,
            address: Some(call.value).filter(|&value| found && value != WITHHELD),
            start_ns: call.begin_ns,
            duration_ns: call.end_ns.saturating_sub(call.begin_ns),
        }
    });
    Some(lookups.collect())
}

fn registration(
    fixed: Option<&wire::Facts>,
    registered: Option<&super::material::Registered>,
) -> Option<Registration> {
    let end = known(fixed, KNOWN_END);
    if end.is_none() && registered.is_none() {
        return None;
    }
    let listed = registered.cloned().unwrap_or_default();
    Some(Registration {
        state: end.and_then(|end| state(end.state)),
        references: end.map(|end| end.references),
        used_by: listed.line.as_ref().map(used_by).unwrap_or_default(),
        line: listed.line,
        uses: listed.uses,
    })
}

/// `enum module_state`.
fn state(state: u32) -> Option<&'static str> {
    match state {
        0 => Some("live"),
        1 => Some("coming"),
        2 => Some("going"),
        3 => Some("unformed"),
        _ => None,
    }
}

/// The modules that use one, from its line of `/proc/modules`: `name size references users, state …`.
fn used_by(line: &Name) -> Vec<Name> {
    let users = line.0.split(|&byte| byte == b' ').nth(3).unwrap_or(b"-");
    let users = users.split(|&byte| byte == b',');
    users
        .filter(|user| !user.is_empty() && *user != b"-" && !user.starts_with(b"["))
        .map(|user| Name(user.to_vec()))
        .collect()
}
