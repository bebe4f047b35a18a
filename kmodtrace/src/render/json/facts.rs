//! What is known of a load besides its ledger, as JSON.

mod objects;

pub(in crate::render::json) use objects::*;

use std::borrow::Cow;

use super::text::{Address, Texts};
use crate::{
    event::Name,
    model::{
        Caller, Exports, Facts, FileFacts, Identity, Init, Load, LogLine, NamedCall, Registration,
        Relocation, Signature, Since, SymbolLookup,
    },
    render::{
        errno::status_name,
        facts::{device, hexadecimal, level_name, offset_ns, taint_names},
    },
};

pub(super) fn log<'l>(
    lines: &'l [LogLine],
    start_ns: u64,
    texts: &mut Texts,
) -> Vec<LogObject<'l>> {
    let object = |line: &'l LogLine| LogObject {
        time_ns: line.time_ns,
        offset_ns: line.time_ns.saturating_sub(start_ns),
        text: texts.text("log.text", &line.text),
        probable: line.probable,
        log_ns: line.log_ns,
        level: line.level.map(level_name),
    };
    lines.iter().map(object).collect()
}

pub(super) fn caller<'l>(caller: &'l Caller, texts: &mut Texts) -> CallerObject<'l> {
    let command_line = caller.command_line.as_ref();
    CallerObject {
        uid: caller.ids.map(|ids| ids.0),
        gid: caller.ids.map(|ids| ids.1),
        command_line: command_line.map(|words| list("caller.command_line", words, texts)),
        command_line_truncated: caller.command_line_truncated,
        cgroup: caller.cgroup,
        cgroup_path: texts.known("caller.cgroup_path", caller.cgroup_path.as_ref()),
        user: caller.user.map(|user| UserObject {
            before_ns: user.before_ns,
            since: match user.since {
                Since::Exec => "exec",
                Since::Load => "load",
            },
        }),
        request: caller.request.as_ref().map(|request| RequestObject {
            name: texts.text("caller.request.name", &request.name),
            pid: request.pid_tgid >> 32,
            tid: request.pid_tgid & 0xffff_ffff,
            comm: texts.text("caller.request.comm", &request.comm),
            time_ns: request.time_ns,
            wait: request.wait,
        }),
    }
}

pub(super) fn file<'l>(file: &'l FileFacts, texts: &mut Texts) -> FileObject<'l> {
    FileObject {
        path: texts.known("file_facts.path", file.path.as_ref()),
        inode: file.inode,
        device: file.device.map(device),
        cached_pages: file.cached_pages,
    }
}

pub(super) fn identity<'l>(identity: &'l Identity, texts: &mut Texts) -> IdentityObject<'l> {
    let depends = identity.depends.as_ref();
    IdentityObject {
        version: texts.known("identity.version", identity.version.as_ref()),
        srcversion: texts.known("identity.srcversion", identity.srcversion.as_ref()),
        vermagic: texts.known("identity.vermagic", identity.vermagic.as_ref()),
        license: texts.known("identity.license", identity.license.as_ref()),
        depends: depends.map(|names| list("identity.depends", names, texts)),
        build_id: identity.build_id.as_deref().map(hexadecimal),
        taints: identity.taints.map(taint_names),
    }
}

pub(super) fn signature<'l>(found: &'l Signature, texts: &mut Texts) -> SignatureObject<'l> {
    SignatureObject {
        present: found.present,
        accepted: found.accepted,
        signer: texts.known("signature.signer", found.signer.as_ref()),
        key: found.key.as_deref().map(hexadecimal),
        hash: found.hash.as_deref(),
    }
}

pub(super) fn relocation<'l>(
    load: &'l Load,
    relocation: &'l Relocation,
    texts: &mut Texts,
) -> RelocationObject<'l> {
    let sections = &load.facts.sections;
    let target = sections
        .iter()
        .find(|section| Some(section.index) == relocation.target);
    RelocationObject {
        section: relocation.section,
        name: texts.known("relocations.name", relocation.name.as_ref()),
        target: target.map(|target| texts.text("relocations.target", &target.name)),
        address: target.and_then(|target| target.address).map(Address),
        bytes: target.map(|target| target.bytes),
        entries: relocation.entries,
        start_ns: relocation.start_ns,
        offset_ns: offset_ns(load, relocation.start_ns),
        duration_ns: relocation.duration_ns,
    }
}

pub(super) fn symbol<'l>(symbol: &'l SymbolLookup, texts: &mut Texts) -> SymbolObject<'l> {
    SymbolObject {
        name: texts.text("symbols.list.name", &symbol.name),
        owner: texts.known("symbols.list.owner", symbol.owner.as_ref()),
        found: symbol.found,
        address: symbol.address.map(Address),
        start_ns: symbol.start_ns,
        duration_ns: symbol.duration_ns,
    }
}

pub(super) fn exports(exports: Exports) -> ExportsObject {
    ExportsObject {
        all: exports.all,
        gpl: exports.gpl,
    }
}

pub(super) fn init<'l>(init: &'l Init, texts: &mut Texts) -> InitObject<'l> {
    InitObject {
        symbol: texts.known("init.symbol", init.symbol.as_ref()),
        address: Address(init.address),
        status: init.status,
        name: init.status.map(status_name),
    }
}

/// `field` is what the call's name is called where it is escaped.
pub(super) fn named_call<'l>(
    load: &Load,
    field: &'static str,
    call: &'l NamedCall,
    texts: &mut Texts,
) -> NamedCallObject<'l> {
    NamedCallObject {
        name: texts.text(field, &call.name),
        status: call.status,
        result: status_name(call.status),
        start_ns: call.start_ns,
        offset_ns: offset_ns(load, call.start_ns),
        duration_ns: call.duration_ns,
    }
}

pub(super) fn registration<'l>(
    facts: &'l Facts,
    texts: &mut Texts,
) -> Option<RegistrationObject<'l>> {
    let Registration {
        state,
        references,
        line,
        uses,
        used_by,
    } = facts.registration.as_ref()?;
    Some(RegistrationObject {
        state: *state,
        references: *references,
        proc_modules: texts.known("registration.proc_modules", line.as_ref()),
        uses: list("registration.uses", uses, texts),
        used_by: list("registration.used_by", used_by, texts),
    })
}

pub(super) fn list<'l>(
    field: &'static str,
    names: &'l [Name],
    texts: &mut Texts,
) -> Vec<Cow<'l, str>> {
    names.iter().map(|name| texts.text(field, name)).collect()
}
