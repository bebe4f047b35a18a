//! What stands below the table when it is asked for: memory, relocations, symbols, and with `-v`
//! everything else that is known.

use std::io;

use crate::{
    event::Name,
    model::{Facts, Load, NamedCall, Registration},
    render::{
        canvas::{Canvas, piece},
        errno::status_name,
        facts::{device, hexadecimal, known, offset_ns, overhead, plural},
        map,
        style::Tone,
    },
};

pub(super) fn write(load: &Load, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let style = canvas.style;
    if load.redacted && (style.verbose || style.map || style.relocs || style.symbols) {
        let text = "addresses are redacted: those in the module are distances from its lowest one";
        let words: Vec<_> = text.split(' ').map(|word| piece(word, Tone::Dim)).collect();
        canvas.blank()?;
        canvas.flow(piece("  ", Tone::Dim), &words, " ")?;
    }
    if style.verbose {
        known_of(&load.facts, canvas)?;
        if let Some(text) = overhead(load.overhead, load.total_ns, canvas) {
            fact("tracing", &text, canvas)?;
        }
    }
    if style.map && !load.facts.memory.regions.is_empty() {
        heading("memory", canvas)?;
        map::draw(
            &load.facts.memory,
            &load.facts.sections,
            style.verbose,
            canvas,
        )?;
        if style.verbose {
            changes(load, canvas)?;
        }
    }
    if style.relocs && !load.facts.relocations.is_empty() {
        relocations(load, canvas)?;
    }
    if style.symbols {
        symbols(load, canvas)?;
    }
    if let Some(params) = &load.facts.params
        && !params.is_empty()
    {
        self::params(params, canvas)?;
    }
    Ok(())
}

fn heading(text: &str, canvas: &mut Canvas<'_>) -> io::Result<()> {
    canvas.blank()?;
    canvas.line(&[piece(format!("  {text}"), Tone::Dim)])
}

/// One fact a line: its name, then what is known.
fn fact(name: &str, text: &str, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let words = text.split(' ').map(|word| piece(word, Tone::Plain));
    let words: Vec<_> = words.collect();
    canvas.flow(piece(format!("    {name:<12} "), Tone::Dim), &words, " ")
}

fn known_of(facts: &Facts, canvas: &mut Canvas<'_>) -> io::Result<()> {
    heading("facts", canvas)?;
    let caller = &facts.caller;
    if let Some(words) = &caller.command_line {
        let mut text = names(words, " ", canvas);
        if caller.command_line_truncated {
            text.push_str(canvas.glyphs.ellipsis);
        }
        fact("command", &text, canvas)?;
    }
    if let Some((uid, gid)) = caller.ids {
        fact("ids", &format!("uid {uid} gid {gid}"), canvas)?;
    }
    if let Some(path) = &caller.cgroup_path {
        fact("cgroup", &canvas.outside(path), canvas)?;
    }
    if let Some(path) = &facts.file.path {
        fact("path", &canvas.outside(path), canvas)?;
    }
    if let (Some(inode), Some(device)) = (facts.file.inode, facts.file.device.map(device)) {
        let pages = facts.file.cached_pages.unwrap_or(0);
        let text = format!("inode {inode} on {device}, {pages} pages were cached");
        fact("file", &text, canvas)?;
    }
    identity(facts, canvas)?;
    if let Some(exports) = facts
        .exports
        .filter(|some| some.all > 0 || some.gpl > Some(0))
    {
        let text = match exports.gpl {
            Some(gpl) => format!("{} for all, {gpl} for the GPL", exports.all),
            None => exports.all.to_string(),
        };
        fact("exports", &text, canvas)?;
    }
    if let Some(init) = &facts.init {
        let status = init.status.map_or("not returned".to_owned(), status_name);
        let name = init.symbol.as_ref().map(|name| canvas.outside(name) + " ");
        let text = format!("{}{:#x} {status}", name.unwrap_or_default(), init.address);
        fact("init", &text, canvas)?;
    }
    if let Some(registration) = &facts.registration {
        registered(registration, canvas)?;
    }
    Ok(())
}

fn identity(facts: &Facts, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let identity = &facts.identity;
    let rows = [
        ("version", &identity.version),
        ("srcversion", &identity.srcversion),
        ("vermagic", &identity.vermagic),
    ];
    for (name, value) in rows {
        if let Some(value) = known(value.as_ref()) {
            fact(name, canvas.outside(value).trim_end(), canvas)?;
        }
    }
    if let Some(id) = &identity.build_id {
        fact("build id", &hexadecimal(id), canvas)?;
    }
    if let Some(depends) = identity.depends.as_ref().filter(|names| !names.is_empty()) {
        fact("depends", &names(depends, ", ", canvas), canvas)?;
    }
    Ok(())
}

fn registered(registration: &Registration, canvas: &mut Canvas<'_>) -> io::Result<()> {
    if let Some(state) = registration.state {
        let references = registration.references.unwrap_or(0);
        let text = plural(
            u64::try_from(references).unwrap_or(0),
            "reference",
            "references",
        );
        fact("state", &format!("{state}, {text}"), canvas)?;
    }
    for (name, modules) in [
        ("uses", &registration.uses),
        ("used by", &registration.used_by),
    ] {
        if !modules.is_empty() {
            fact(name, &names(modules, ", ", canvas), canvas)?;
        }
    }
    match &registration.line {
        Some(line) => fact("/proc/modules", &canvas.outside(line), canvas),
        None => Ok(()),
    }
}

fn names(names: &[Name], separator: &str, canvas: &Canvas<'_>) -> String {
    let names: Vec<_> = names.iter().map(|name| canvas.outside(name)).collect();
    names.join(separator)
}

fn changes(load: &Load, canvas: &mut Canvas<'_>) -> io::Result<()> {
    for change in &load.facts.memory.changes {
        let region = load.facts.memory.region_at(change.address);
        let kind = region.map_or("elsewhere", |region| region.kind.name());
        let at = canvas.time_cell(offset_ns(load, change.time_ns), "");
        let pages = plural(change.pages, "page", "pages");
        let text = format!("    {at}  {:<20} {kind:<13}  {pages}", change.call);
        canvas.line(&[piece(text, Tone::Dim)])?;
    }
    Ok(())
}

fn relocations(load: &Load, canvas: &mut Canvas<'_>) -> io::Result<()> {
    heading("relocations", canvas)?;
    let room = canvas.style.columns().saturating_sub(46);
    for relocation in &load.facts.relocations {
        let name = relocation.name.as_ref().map(|name| canvas.outside(name));
        let name = name.unwrap_or_else(|| format!("section {}", relocation.section));
        let entries = relocation.entries.map_or("?".to_owned(), |n| n.to_string());
        let time = relocation.duration_ns.map(|ns| canvas.time_cell(ns, ""));
        let mut sections = load.facts.sections.iter();
        let target = sections.find(|section| Some(section.index) == relocation.target);
        let address = target.and_then(|target| target.address);
        let address = address.map_or(String::new(), |at| format!("{at:#018x}"));
        canvas.line(&[
            piece(format!("    {}", canvas.cell(&name, room)), Tone::Plain),
            piece(format!(" {entries:>7}  {address:<18}  "), Tone::Dim),
            piece(time.unwrap_or_default(), Tone::Plain),
        ])?;
    }
    Ok(())
}

/// Parameters with the time of their setters: recorded only where that was asked for.
fn params(params: &[NamedCall], canvas: &mut Canvas<'_>) -> io::Result<()> {
    heading("parameters", canvas)?;
    for param in params {
        let name = canvas.cell(&canvas.outside(&param.name), 24);
        canvas.line(&[
            piece(format!("    {name} "), Tone::Plain),
            piece(canvas.time_cell(param.duration_ns, ""), Tone::Plain),
            piece(format!("  {}", status_name(param.status)), Tone::Dim),
        ])?;
    }
    Ok(())
}

fn symbols(load: &Load, canvas: &mut Canvas<'_>) -> io::Result<()> {
    heading("symbols", canvas)?;
    let Some(symbols) = &load.facts.symbols else {
        let text = "    not recorded: that takes `kmodtrace run --symbols`";
        return canvas.line(&[piece(text, Tone::Dim)]);
    };
    let room = canvas.style.columns().saturating_sub(50).max(16);
    for symbol in symbols {
        let missing = if symbol.found {
            "redacted"
        } else {
            "not found"
        };
        let address = symbol
            .address
            .map_or(missing.to_owned(), |at| format!("{at:#018x}"));
        let owner = symbol.owner.as_ref().map(|owner| canvas.outside(owner));
        let owner = canvas.cell(owner.as_deref().unwrap_or(""), 14);
        let name = canvas.cell(&canvas.outside(&symbol.name), room);
        canvas.line(&[
            piece(format!("    {address:<18}  "), Tone::Dim),
            piece(name, Tone::Plain),
            piece(format!(" {owner} "), Tone::Dim),
            piece(canvas.time_cell(symbol.duration_ns, ""), Tone::Plain),
        ])?;
    }
    Ok(())
}
