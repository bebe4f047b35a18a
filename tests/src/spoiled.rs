//! Strings that try to be more than text, in every field that comes from outside.

use kmodtrace::{
    assemble::Output,
    event::Name,
    model::{Load, LogLine},
};

/// Markup, ends of elements, terminal escapes, invalid UTF-8, invisible characters, templates.
pub const STRINGS: [&[u8]; 7] = [
    b"</script><script>globalThis.owned=1</script>",
    b"<img src=x onerror=globalThis.owned=1>",
    b"\x1b[31mred\x1b]0;title\x07",
    b"\xff\xfe\\not utf-8",
    "a\u{202e}gnp.b\u{200b}c\u{fffe}".as_bytes(),
    b"<!--<script>]]>&lt;\"'\0{script}{style}{policy}",
    b"__proto__",
];

/// Puts one of the strings, chosen by `at`, into every field of what is told.
pub fn spoil(output: &mut Output, at: usize) {
    let text = Name(STRINGS[at % STRINGS.len()].to_vec());
    match output {
        Output::Load(load) => spoil_load(load, &text),
        Output::Unload(unload) => {
            unload.module = Some(text.clone());
            unload.comm = text;
        }
        Output::Update(_) | Output::Anomaly(_) => {}
    }
}

fn spoil_load(load: &mut Load, text: &Name) {
    load.module = Some(text.clone());
    load.comm = text.clone();
    load.params = Some(text.clone());
    load.file = Some(text.clone());
    load.symbols.longest = Some(text.clone());
    let time_ns = load.start_ns + 1;
    let facts = &mut load.facts;
    facts.file.path = Some(text.clone());
    facts.caller.command_line = Some(vec![text.clone(); 2]);
    facts.caller.cgroup_path = Some(text.clone());
    facts.identity.version = Some(text.clone());
    facts.identity.depends = Some(vec![text.clone()]);
    facts.log.push(LogLine {
        time_ns,
        text: text.clone(),
        probable: false,
        log_ns: None,
        level: None,
    });
    for section in &mut facts.sections {
        section.name = text.clone();
    }
    for relocation in &mut facts.relocations {
        relocation.name = Some(text.clone());
    }
}
