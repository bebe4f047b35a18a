//! The head of a load's block: what was loaded, by whom, with which result.

use std::io;

use crate::{
    event::Name,
    explain::{Card, explain},
    model::{Contest, Load, LoadId, Outcome, Signature, Since, Syscall, Verdict},
    render::{
        canvas::{Canvas, Piece, piece},
        errno::{errno_name, status_name},
        facts::{known, syscall_name, taint_names},
        flags::flag_names,
        number,
        style::Tone,
    },
};

/// So many culprits are listed; verbose output lists all of them.
const FEW_CULPRITS: usize = 6;

/// So many blocks of memory are listed one by one; verbose output lists all of them.
const FEW: usize = 2;

pub(super) fn write(load: &Load, canvas: &mut Canvas<'_>) -> io::Result<()> {
    title(load, canvas)?;
    if let Some(why) = explain(load) {
        card(&why, canvas)?;
    }
    call(load, canvas)?;
    identity(load, canvas)?;
    memory(load, canvas)?;
    params(load, canvas)?;
    task(load, canvas)?;
    relations(load, canvas)?;
    firmware(load, canvas)
}

fn title(load: &Load, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let (mark, tone) = match load.outcome {
        Outcome::Returned(Ok(())) => (canvas.glyphs.ok, Tone::Good),
        Outcome::Returned(Err(_)) => (canvas.glyphs.failed, Tone::Bad),
        Outcome::Unknown | Outcome::TaskGone => (canvas.glyphs.unknown, Tone::Warn),
    };
    let mut items = subject(load, canvas);
    result(load, canvas, &mut items);
    let stamp = piece(number::stamp(load.start_ns), Tone::Dim);
    let head = piece(format!("{mark} "), tone);
    canvas.flow_beside(head, &items, " ", Some(stamp))
}

/// Why it failed, and what to do.
pub(super) fn card(card: &Card, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let doubt = if card.certain { "" } else { "probably " };
    let mut why = words(&format!("{doubt}{}", card.meaning));
    let culprits = card.culprits.iter().map(|culprit| {
        let name = canvas.outside(&culprit.name);
        let provider = culprit.provider.as_ref();
        provider.map_or_else(
            || name.clone(),
            |module| format!("{name} of {}", canvas.outside(module)),
        )
    });
    let culprits: Vec<_> = culprits.collect();
    if !culprits.is_empty() {
        let shown = if canvas.style.verbose {
            culprits.len()
        } else {
            FEW_CULPRITS.min(culprits.len())
        };
        let more = match culprits.len() - shown {
            0 => String::new(),
            more => format!(", {more} more"),
        };
        let list = format!("({}{more})", culprits[..shown].join(", "));
        why.extend(list.split(' ').map(|word| piece(word, Tone::Bad)));
    }
    if let Some(call) = card.call {
        let text = format!("(returned by {call})");
        why.extend(text.split(' ').map(|word| piece(word, Tone::Dim)));
    }
    canvas.flow(piece("  why  ", Tone::Dim), &why, " ")?;
    if let Some(phases) = &card.unseen {
        let text = format!("this kernel lets no probe look into {phases}");
        canvas.flow(piece("       ", Tone::Dim), &words(&text), " ")?;
    }
    canvas.flow(piece("  next ", Tone::Dim), &words(card.next), " ")
}

/// The module's name, or a question mark with the file's.
fn subject(load: &Load, canvas: &Canvas<'_>) -> Vec<Piece> {
    if let Some(module) = known(load.module.as_ref()) {
        return vec![piece(format!("{} ", canvas.outside(module)), Tone::Strong)];
    }
    let file = known(load.file.as_ref()).map(|file| canvas.outside(file));
    let subject = file.map_or_else(|| String::from("? "), |file| format!("? ({file}) "));
    vec![piece(subject, Tone::Strong)]
}

fn result(load: &Load, canvas: &Canvas<'_>, items: &mut Vec<Piece>) {
    let total = canvas.time(load.total_ns);
    match load.outcome {
        Outcome::Returned(Ok(())) => {
            items.push(piece("loaded in", Tone::Plain));
            items.push(piece(total, Tone::Strong));
        }
        Outcome::Returned(Err(errno)) => {
            items.push(piece(format!("failed after {total}:"), Tone::Plain));
            let error = format!("{} ({})", errno_name(errno), errno.0);
            items.push(piece(error, Tone::Bad));
            if let Some(phase) = load.failed_in() {
                items.push(piece(format!("in {}", phase.name()), Tone::Plain));
            }
        }
        Outcome::Unknown => {
            items.push(piece("outcome unknown", Tone::Warn));
            items.push(piece(format!("after {total}"), Tone::Plain));
        }
        Outcome::TaskGone => {
            items.push(piece("task gone", Tone::Warn));
            items.push(piece(format!("after {total}"), Tone::Plain));
        }
    }
}

fn call(load: &Load, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let mut arguments = Vec::new();
    if let Syscall::FinitModule { fd, flags } = load.syscall {
        if fd >= 0 {
            arguments.push(format!("fd {fd}"));
        }
        arguments.extend(flag_names(flags));
    }
    let mut call = syscall_name(&load.syscall).to_owned();
    if !arguments.is_empty() {
        call = format!("{call}({})", arguments.join(", "));
    }
    let mut items = vec![piece(call, Tone::Plain)];
    let file = known(load.file.as_ref()).map(|file| canvas.outside(file));
    match (file, load.file_bytes) {
        (Some(file), Some(bytes)) => {
            items.push(piece(format!("{file} {}", size(bytes)), Tone::Plain));
        }
        (Some(file), None) => items.push(piece(file, Tone::Plain)),
        (None, Some(bytes)) => items.push(piece(format!("file {}", size(bytes)), Tone::Plain)),
        (None, None) => {}
    }
    let image_bytes = load
        .image_bytes
        .filter(|&bytes| load.file_bytes != Some(bytes));
    if let Some(bytes) = image_bytes {
        items.push(piece(format!("image {}", size(bytes)), Tone::Plain));
    }
    facts(canvas, &items)
}

/// Where the module lies; a failed load's memory is free again.
fn memory(load: &Load, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let blocks: Vec<_> = load.allocations().collect();
    let Some(first) = blocks.iter().map(|block| block.address).min() else {
        return Ok(());
    };
    if matches!(load.outcome, Outcome::Returned(Err(_))) {
        return Ok(());
    }
    let items = if blocks.len() <= FEW {
        let shown = blocks
            .iter()
            .map(|block| format!("{} at {:#x}", size(block.bytes), block.address));
        shown.map(|block| piece(block, Tone::Plain)).collect()
    } else {
        let total = blocks
            .iter()
            .fold(0, |sum: u64, block| sum.saturating_add(block.bytes));
        let text = format!("{} in {} blocks from {first:#x}", size(total), blocks.len());
        vec![piece(text, Tone::Plain)]
    };
    let mut items: Vec<Piece> = items;
    let memory = &load.facts.memory;
    let (_, freed) = memory.kept_and_freed();
    if freed > 0 {
        items.push(piece(
            format!("{} freed after init", size(freed)),
            Tone::Dim,
        ));
    }
    match memory.verdict {
        Verdict::Holds => items.push(piece("W^X holds", Tone::Dim)),
        Verdict::Violated => items.push(piece("writable and executable", Tone::Bad)),
        Verdict::Unknown => {}
    }
    canvas.flow(
        piece("  memory ", Tone::Dim),
        &items,
        canvas.glyphs.separator,
    )
}

/// What the module says of itself, and who signed it.
fn identity(load: &Load, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let identity = &load.facts.identity;
    let mut items = Vec::new();
    for name in [&identity.version, &identity.license] {
        if let Some(name) = known(name.as_ref()) {
            items.push(piece(canvas.outside(name), Tone::Plain));
        }
    }
    if let Some(signature) = &load.facts.signature {
        items.push(signed(signature, canvas));
    }
    let taints = taint_names(identity.taints.unwrap_or(0));
    if !taints.is_empty() {
        items.push(piece(format!("taints {}", taints.join(", ")), Tone::Warn));
    }
    if items.is_empty() {
        return Ok(());
    }
    facts(canvas, &items)
}

fn signed(signature: &Signature, canvas: &Canvas<'_>) -> Piece {
    if !signature.present {
        return piece("not signed", Tone::Dim);
    }
    let mut text = String::from("signed");
    if let Some(signer) = known(signature.signer.as_ref()) {
        text = format!("{text} by {}", canvas.outside(signer));
    }
    if let Some(hash) = &signature.hash {
        text = format!("{text}, {hash}");
    }
    if signature.accepted == Some(false) {
        return piece(format!("{text}, not accepted"), Tone::Warn);
    }
    piece(text, Tone::Plain)
}

/// Firmware that init asked for.
fn firmware(load: &Load, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let files = load.facts.firmware.iter().map(|file| {
        let tone = if file.status == 0 {
            Tone::Plain
        } else {
            Tone::Warn
        };
        let (name, time) = (canvas.outside(&file.name), canvas.time(file.duration_ns));
        piece(format!("{name} {} {time}", status_name(file.status)), tone)
    });
    let files: Vec<_> = files.collect();
    if files.is_empty() {
        return Ok(());
    }
    canvas.flow(
        piece("  firmware ", Tone::Dim),
        &files,
        canvas.glyphs.separator,
    )
}

fn params(load: &Load, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let head = piece("  params ", Tone::Dim);
    let Some(params) = &load.params else {
        return canvas.flow(head, &[piece("could not be read", Tone::Warn)], " ");
    };
    if params.is_empty() && !load.params_truncated {
        return Ok(());
    }
    // The line may break where the user wrote a space.
    let words = params.0.split(|&byte| byte == b' ');
    let words = words.map(|word| canvas.outside(&Name(word.to_vec())));
    let mut items: Vec<_> = words.map(|word| piece(word, Tone::Plain)).collect();
    if load.params_truncated {
        items.push(piece("(cut off)", Tone::Warn));
    }
    canvas.flow(head, &items, " ")
}

fn task(load: &Load, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let (pid, tid) = (load.id.0.pid(), load.id.0.tid());
    let comm = canvas.outside(&load.comm);
    let thread = if tid == pid {
        String::new()
    } else {
        format!("/{tid}")
    };
    let mut items = vec![piece(format!("{comm}[{pid}{thread}]"), Tone::Plain)];
    if let Some(parent) = load.parent_pid {
        items.push(piece(format!("parent {parent}"), Tone::Dim));
    }
    let cpu = match load.cpus {
        (start, end) if start == end => format!("CPU {start}"),
        (start, end) => format!("CPU {start} {} {end}", canvas.glyphs.arrow),
    };
    items.push(piece(cpu, Tone::Dim));
    let caller = &load.facts.caller;
    if let Some((uid, _)) = caller.ids.filter(|&(uid, _)| uid != 0) {
        items.push(piece(format!("uid {uid}"), Tone::Warn));
    }
    if let Some(user) = caller.user {
        let since = match user.since {
            Since::Exec => "in user space before",
            Since::Load => "since its last load",
        };
        items.push(piece(
            format!("{} {since}", canvas.time(user.before_ns)),
            Tone::Dim,
        ));
    }
    if load.descendant {
        items.push(piece("started by kmodtrace", Tone::Dim));
    }
    if canvas.style.verbose {
        items.push(piece(format!("id {}", load.id), Tone::Dim));
    }
    facts(canvas, &items)
}

fn relations(load: &Load, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let indent = || piece("  ", Tone::Plain);
    if let Some(request) = &load.facts.caller.request {
        let (name, comm) = (canvas.outside(&request.name), canvas.outside(&request.comm));
        let pid = request.pid_tgid >> 32;
        let text = format!("requested as {name} by {comm}[{pid}]");
        canvas.flow(indent(), &words(&text), " ")?;
    }
    if let Some(parent) = load.parent {
        let probably = if parent.probable { ", probably" } else { "" };
        let text = format!("asked for by the init of {}{probably}", other(parent.id));
        canvas.flow(indent(), &words(&text), " ")?;
    }
    if let Some(failed) = load.retry_of {
        let text = format!("retry of {}, which failed", other(failed));
        canvas.flow(indent(), &words(&text), " ")?;
    }
    if let Some(contest) = load.contest {
        facts(canvas, &contested(&contest, canvas))?;
    }
    Ok(())
}

/// What a load went through because of another one.
fn contested(contest: &Contest, canvas: &Canvas<'_>) -> Vec<Piece> {
    let over = contest.over.name();
    let who = contest.with.map(other);
    let first = match (contest.lost, who) {
        (true, Some(who)) => format!("lost against {who} of the same {over}"),
        (true, None) => format!("lost against another load of the same {over}"),
        (false, Some(who)) => format!("waited for {who} of the same {over}"),
        (false, None) => format!("waited for another load of the same {over}"),
    };
    let mut items = vec![piece(first, Tone::Plain)];
    if contest.waited_ns > 0 {
        let text = format!("{} waited", canvas.time(contest.waited_ns));
        items.push(piece(text, Tone::Plain));
    }
    for (bytes, what) in [
        (contest.read_bytes, "read in vain"),
        (contest.allocated_bytes, "allocated in vain"),
    ] {
        if bytes > 0 {
            items.push(piece(format!("{} {what}", size(bytes)), Tone::Plain));
        }
    }
    items
}

/// Another load, as its own block's title shows it.
pub(super) fn other(id: LoadId) -> String {
    let stamp = number::stamp(id.0.start_ns);
    format!("the load at {stamp} (pid {})", id.0.pid())
}

fn words(text: &str) -> Vec<Piece> {
    let words = text.split(' ');
    words.map(|word| piece(word, Tone::Plain)).collect()
}

fn facts(canvas: &mut Canvas<'_>, items: &[Piece]) -> io::Result<()> {
    canvas.flow(piece("  ", Tone::Plain), items, canvas.glyphs.separator)
}

fn size(bytes: u64) -> String {
    let (number, unit) = number::size(bytes);
    format!("{number} {unit}")
}
