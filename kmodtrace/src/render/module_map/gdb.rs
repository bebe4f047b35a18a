//! Commands for gdb.

use std::io::{self, Write};

use super::ModuleMap;
use crate::{
    event::Name,
    model::Section,
    render::{escape::printable, facts::known},
};

/// The section whose address gdb takes without its name.
const TEXT: &[u8] = b".text";
/// Sections that the kernel keeps, and gdb does not take for sections: it reads them by itself.
const TABLES: [&[u8]; 2] = [b".symtab", b".strtab"];

/// Writes an `add-symbol-file` command with every section that is in memory (but symbol tables), and comments on what a
/// command cannot say.
///
/// gdb splits its arguments as libiberty's `buildargv()` does: at white space, where quotes and
/// backslashes protect.
///
/// # Errors
/// Those of `out`.
pub fn map_gdb(map: &ModuleMap<'_>, out: &mut dyn Write) -> io::Result<()> {
    let shown = |name: &Name| printable(&name.0, false);
    let module = known(map.module).map_or_else(|| "?".to_owned(), shown);
    match map.load {
        Some(load) => writeln!(out, "# {module}, load {load}")?,
        None => writeln!(out, "# {module}")?,
    }
    if map.redacted {
        writeln!(out, "# addresses are redacted: these are distances")?;
    }
    let sections = map.present();
    let left_out = |section: &Section| {
        let name = section.name.0.as_slice();
        TABLES.contains(&name) || map.init_freed && name.starts_with(b".init")
    };
    let there = sections.iter().filter(|(_, section)| !left_out(section));
    let (writable, odd): (Vec<_>, Vec<_>) =
        there.partition(|(_, section)| argument(&section.name.0).is_some());
    for (address, section) in odd {
        let name = shown(&section.name);
        writeln!(
            out,
            "# gdb cannot be told of section {name} at {address:#x}"
        )?;
    }
    if writable.is_empty() {
        return writeln!(out, "# no section has an address");
    }
    let Some(file) = file(map, out)? else {
        return Ok(());
    };
    write!(out, "add-symbol-file {file}")?;
    let text = writable.iter().find(|(_, section)| section.name.0 == TEXT);
    if let Some((address, _)) = text {
        write!(out, " {address:#x}")?;
    }
    for (address, section) in &writable {
        if section.name.0 != TEXT
            && let Some(name) = argument(&section.name.0)
        {
            write!(out, " -s {name} {address:#x}")?;
        }
    }
    writeln!(out)
}

/// The file as an argument: one that gdb can read.
fn file(map: &ModuleMap<'_>, out: &mut dyn Write) -> io::Result<Option<String>> {
    let fallback = map
        .module
        .map(|module| Name([&module.0[..], b".ko"].concat()));
    let Some(path) = known(map.file).cloned().or(fallback) else {
        writeln!(out, "# the module's file is not known")?;
        return Ok(None);
    };
    let compressed = [&b".xz"[..], b".zst", b".gz"].into_iter();
    let plain = compressed
        .filter_map(|ending| path.0.strip_suffix(ending))
        .next();
    if plain.is_some() {
        let shown = printable(&path.0, false);
        writeln!(
            out,
            "# gdb reads no compressed files: this names {shown} without its ending"
        )?;
    }
    let path = plain.unwrap_or(&path.0);
    let argument = argument(path);
    if argument.is_none() {
        let shown = printable(path, false);
        writeln!(out, "# gdb cannot be told of the file {shown}")?;
    }
    Ok(argument)
}

/// A string as one of gdb's arguments: a backslash in front of whatever may mean something else. `None`
/// for what does not fit on a line, or would act on the terminal it is copied from.
fn argument(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    // Where only backslashes differ nothing was escaped.
    if text.is_empty() || printable(bytes, false) != text {
        return None;
    }
    let plain = |c: char| c.is_alphanumeric() || "/._-+:,@%=~".contains(c);
    let mut argument = String::new();
    for c in text.chars() {
        if !plain(c) {
            argument.push('\\');
        }
        argument.push(c);
    }
    Some(argument)
}

#[cfg(test)]
mod tests {
    use super::argument;

    #[test]
    fn arguments_are_one_word_each() {
        let is = |text: &str, wanted: &str| {
            assert_eq!(argument(text.as_bytes()).as_deref(), Some(wanted));
        };
        is(".text", ".text");
        is(
            "/lib/modules/6.1-x/nf tables.ko",
            "/lib/modules/6.1-x/nf\\ tables.ko",
        );
        is("a'b\"c\\d", "a\\'b\\\"c\\\\d");
        is("$(x);#|&", "\\$\\(x\\)\\;\\#\\|\\&");
        is("模块.ko", "模块.ko");
        for odd in [&b""[..], b"a\nb", b"\xff", b"\x1b[31m"] {
            assert_eq!(argument(odd), None);
        }
    }
}
