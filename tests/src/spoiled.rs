//! Strings that try to be more than text, in every field that comes from outside. Every structure is taken apart whole:
//! a field that is added does not compile before it is said here whether it is one of them.

use kmodtrace::{
    assemble::Output,
    event::{Attached, Environment, MissingSymbol, Name, Session},
    model::{
        Caller, Facts, FileFacts, Held, Identity, Init, Load, LogLine, NamedCall, Refusal,
        Registration, Relocation, Request, Section, Signature, SymbolLookup, Symbols, Unload,
        Update,
    },
};

use crate::{recordings, told::Told};

/// Markup, ends of elements, terminal escapes, invalid UTF-8, invisible characters, templates, formulas.
pub const STRINGS: [&[u8]; 9] = [
    b"</script><script>globalThis.owned=1</script>",
    b"<img src=x onerror=globalThis.owned=1>",
    b"\x1b[31mred\x1b]0;title\x07",
    b"\xff\xfe\\not utf-8",
    "a\u{202e}gnp.b\u{200b}c\u{fffe}".as_bytes(),
    b"<!--<script>]]>&lt;\"'\0{script}{style}{policy}",
    b"__proto__",
    b"=HYPERLINK(\"http://x\",\"y\")\r\n\t+1;-1,@SUM(1)",
    &long(),
];

/// Longer than anything that the kernel side sends.
const LONG: usize = 10_000;

const fn long() -> [u8; LONG] {
    let mut text = [b'W'; LONG];
    let (begin, mut at) = (b"long <b>\x1b[2J", 0);
    while at < begin.len() {
        text[at] = begin[at];
        at += 1;
    }
    text
}

/// The string that [`spoil`] takes.
fn string(at: usize) -> Name {
    Name(STRINGS[at % STRINGS.len()].to_vec())
}

/// The boot of all that is spoiled: it has to be one.
const BOOT: &str = "<b>=boot\u{1b}[2J";

/// What the recording of a kernel tells, spoiled.
#[must_use]
pub fn told(kernel: &str) -> Told {
    let mut told = Told::of(recordings::frames(kernel));
    spoil_session(&mut told.session);
    for (at, output) in told.outputs.iter_mut().enumerate() {
        spoil(output, at);
    }
    Told::new(told.session, told.outputs)
}

/// Puts one of the strings, chosen by `at`, into every field of what is told.
fn spoil(output: &mut Output, at: usize) {
    let text = string(at);
    match output {
        Output::Load(load) => spoil_load(load, &text),
        Output::Unload(unload) => spoil_unload(unload, &text),
        Output::Update(
            Update::FreeInit { module, .. }
            | Update::UserAfter { module, .. }
            | Update::Lost { module, .. },
        ) => *module = Some(text),
        Output::Anomaly(_) => {}
    }
}

/// The same for what is known of a run.
fn spoil_session(session: &mut Session) {
    let text = |at: usize| String::from_utf8_lossy(STRINGS[at % STRINGS.len()]).into_owned();
    let Session {
        kmodtrace,
        wire: _,
        little_endian: _,
        release,
        machine,
        boot_id,
        cpus: _,
        attached,
        offsets,
        clock: _,
        command,
        module_area: _,
        environment:
            Environment {
                cpu_model,
                governor,
                hypervisor,
            },
        descent_known: _,
        redacted: _,
    } = session;
    BOOT.clone_into(boot_id);
    (*kmodtrace, *release, *machine) = (text(0), text(1), text(2));
    (*cpu_model, *governor, *hypervisor) = (Some(text(3)), Some(text(4)), Some(text(5)));
    *command = Some(STRINGS.map(|text| Name(text.to_vec())).to_vec());
    for (at, attached) in attached.iter_mut().enumerate() {
        let Attached {
            hook: _,
            symbol,
            edge,
            how,
        } = attached;
        (*symbol, *edge, *how) = (text(at), text(at + 1), text(at + 2));
    }
    for (at, (name, _)) in offsets.iter_mut().enumerate() {
        *name = text(at);
    }
}

fn spoil_load(load: &mut Load, text: &Name) {
    let (start_ns, some) = (load.start_ns, || Some(text.clone()));
    let Load {
        id: _,
        boot_id,
        redacted: _,
        module,
        comm,
        parent_pid: _,
        task_start_ns: _,
        descendant: _,
        syscall: _,
        params,
        params_truncated: _,
        file,
        file_bytes: _,
        image_bytes: _,
        cpus: _,
        parent: _,
        retry_of: _,
        contest: _,
        iteration: _,
        outcome: _,
        start_ns: _,
        total_ns: _,
        phases: _,
        unattributed_ns: _,
        symbols:
            Symbols {
                count: _,
                total_ns: _,
                longest_ns: _,
                longest,
            },
        facts,
        overhead: _,
        lost_events: _,
        complete: _,
    } = load;
    BOOT.clone_into(boot_id);
    (*module, *params, *file, *longest) = (some(), some(), some(), some());
    *comm = text.clone();
    spoil_facts(facts, text, start_ns);
}

fn spoil_unload(unload: &mut Unload, text: &Name) {
    let start_ns = unload.start_ns;
    let Unload {
        id: _,
        boot_id,
        redacted: _,
        module,
        comm,
        parent_pid: _,
        descendant: _,
        flags: _,
        outcome: _,
        start_ns: _,
        total_ns: _,
        phases: _,
        unattributed_ns: _,
        caller,
        memory: _,
        held_by,
        log,
        cpus: _,
        lost_events: _,
        complete: _,
    } = unload;
    BOOT.clone_into(boot_id);
    *module = Some(text.clone());
    *comm = text.clone();
    spoil_caller(caller, text, start_ns);
    spoil_log(log, text, start_ns);
    if let Some(held) = held_by {
        let Held {
            line,
            references: _,
            used_by,
        } = held;
        *line = Some(text.clone());
        *used_by = vec![text.clone(); 2];
    }
}

fn spoil_facts(facts: &mut Facts, text: &Name, start_ns: u64) {
    let some = || Some(text.clone());
    let Facts {
        caller,
        file:
            FileFacts {
                path,
                inode: _,
                device: _,
                cached_pages: _,
            },
        identity:
            Identity {
                version,
                srcversion,
                vermagic,
                license,
                depends,
                build_id: _,
                taints: _,
            },
        signature,
        sections,
        memory: _,
        relocations,
        symbols,
        params,
        exports: _,
        init,
        firmware,
        registration,
        log,
        log_followed: _,
        refusal:
            Refusal {
                missing,
                modules_disabled: _,
                file: _,
            },
    } = facts;
    spoil_caller(caller, text, start_ns);
    *path = some();
    (*version, *srcversion, *vermagic, *license) = (some(), some(), some(), some());
    *depends = Some(vec![text.clone(); 2]);
    if let Some(signature) = signature {
        let Signature {
            present: _,
            accepted: _,
            signer,
            key: _,
            // One of the names that the decoder knows.
            hash: _,
        } = signature;
        *signer = some();
    }
    for section in sections {
        let Section {
            index: _,
            name,
            kind: _,
            flags: _,
            bytes: _,
            address: _,
            info: _,
        } = section;
        *name = text.clone();
    }
    for relocation in relocations {
        let Relocation {
            section: _,
            name,
            target: _,
            entries: _,
            start_ns: _,
            duration_ns: _,
        } = relocation;
        *name = some();
    }
    *symbols = Some(vec![SymbolLookup {
        name: text.clone(),
        owner: some(),
        found: true,
        address: None,
        start_ns,
        duration_ns: 0,
    }]);
    let call = NamedCall {
        name: text.clone(),
        status: 0,
        start_ns,
        duration_ns: 0,
    };
    *params = Some(vec![call.clone()]);
    *firmware = vec![call];
    if let Some(init) = init {
        let Init {
            address: _,
            symbol,
            status: _,
        } = init;
        *symbol = some();
    }
    let Registration {
        // One of four words.
        state: _,
        references: _,
        line,
        uses,
        used_by,
    } = registration.get_or_insert_default();
    *line = some();
    (*uses, *used_by) = (vec![text.clone(); 2], vec![text.clone(); 2]);
    spoil_log(log, text, start_ns);
    *missing = vec![MissingSymbol {
        name: text.clone(),
        provider: some(),
        exported: false,
    }];
}

fn spoil_caller(caller: &mut Caller, text: &Name, start_ns: u64) {
    let Caller {
        ids: _,
        command_line,
        command_line_truncated: _,
        cgroup: _,
        cgroup_path,
        user: _,
        request,
    } = caller;
    *command_line = Some(vec![text.clone(); 2]);
    *cgroup_path = Some(text.clone());
    *request = Some(Request {
        name: text.clone(),
        pid_tgid: 1 << 32 | 1,
        comm: text.clone(),
        time_ns: start_ns,
        wait: true,
    });
}

fn spoil_log(log: &mut Vec<LogLine>, text: &Name, start_ns: u64) {
    log.push(LogLine {
        time_ns: start_ns + 1,
        text: text.clone(),
        probable: false,
        log_ns: None,
        level: None,
    });
}
