//! The page around the data: markup, style and script, which are files of their own beside this one.
//!
//! The scripts are modules that import each other, for the people and tools that read them. A page opened from a file
//! cannot import anything, so they are put one behind the other, without their imports and exports; their
//! order is that of their dependencies, and no two may use a name at their top level.

use std::io::{self, Write};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::inert;
use crate::{
    event::Session,
    export::{
        palette::{self, Look},
        subject::Part,
    },
    render::json_text,
};

const TEMPLATE: &str = include_str!("template.html");
const STYLE: &str = include_str!("style.css");
const SCRIPTS: &[&str] = &[
    include_str!("format.js"),
    include_str!("dom.js"),
    include_str!("data.js"),
    include_str!("lanes.js"),
    include_str!("state.js"),
    include_str!("paint.js"),
    include_str!("timeline.js"),
    include_str!("pointer.js"),
    include_str!("overview.js"),
    include_str!("tooltip.js"),
    include_str!("search.js"),
    include_str!("header.js"),
    include_str!("table.js"),
    include_str!("phases.js"),
    include_str!("memory.js"),
    include_str!("facts.js"),
    include_str!("ledger.js"),
    include_str!("detail.js"),
    include_str!("keyboard.js"),
    include_str!("theme.js"),
    include_str!("main.js"),
];

/// Where the template is cut: data come in between.
const DATA: &str = "<!-- data -->\n";

/// The run and its machine.
#[derive(Serialize)]
pub(super) struct SessionObject<'s> {
    kmodtrace: &'s str,
    release: &'s str,
    machine: &'s str,
    boot_id: &'s str,
    cpus: u32,
    cpu_model: Option<&'s str>,
    governor: Option<&'s str>,
    hypervisor: Option<&'s str>,
    command: Option<Vec<String>>,
    /// Strings: they may be larger than what a double holds.
    base_ns: String,
    monotonic_ns: String,
    realtime_ns: String,
    probes: usize,
    redacted: bool,
}

impl<'s> SessionObject<'s> {
    pub(super) fn new(session: &'s Session, base_ns: u64) -> Self {
        let environment = &session.environment;
        let command = session.command.as_ref().map(|words| {
            let words = words.iter().map(|word| json_text(&word.0).0.into_owned());
            words.collect()
        });
        Self {
            kmodtrace: &session.kmodtrace,
            release: &session.release,
            machine: &session.machine,
            boot_id: &session.boot_id,
            cpus: session.cpus,
            cpu_model: environment.cpu_model.as_deref(),
            governor: environment.governor.as_deref(),
            hypervisor: environment.hypervisor.as_deref(),
            command,
            base_ns: base_ns.to_string(),
            monotonic_ns: session.clock.monotonic_ns.to_string(),
            realtime_ns: session.clock.realtime_ns.to_string(),
            probes: session.attached.len(),
            redacted: session.redacted,
        }
    }
}

/// What the page knows of phases.
#[derive(Serialize)]
struct PhaseObject {
    name: &'static str,
    color: &'static str,
    what: &'static str,
    unload: bool,
}

/// Everything in front of the data.
pub(super) fn head(out: &mut dyn Write) -> io::Result<()> {
    let (head, _) = template();
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
        hash(&script()),
        hash(STYLE),
    );
    let head = head.replace("{policy}", &policy);
    let head = head
        .replace("{style}", STYLE)
        .replace("{script}", &script());
    out.write_all(head.as_bytes())?;
    inert::json("phases", &phases(), out)
}

/// Everything behind them.
pub(super) fn tail(out: &mut dyn Write) -> io::Result<()> {
    out.write_all(template().1.as_bytes())
}

fn template() -> (&'static str, &'static str) {
    TEMPLATE.split_once(DATA).unwrap_or((TEMPLATE, ""))
}

/// Loads' phases, then unloads'.
fn phases() -> Vec<PhaseObject> {
    let objects = Part::all().map(|part| {
        let Look { name, color, what } = palette::look(part);
        PhaseObject {
            name,
            color,
            what,
            unload: matches!(part, Part::Unload(_)),
        }
    });
    objects.collect()
}

/// All modules as one script.
fn script() -> String {
    let mut script = String::from("\"use strict\";\n(() => {\n");
    for line in SCRIPTS.iter().flat_map(|module| module.lines()) {
        if line.starts_with("import ") {
            continue;
        }
        script.push_str(line.strip_prefix("export ").unwrap_or(line));
        script.push('\n');
    }
    script.push_str("})();\n");
    script
}

/// As a policy names what may run (W3C Content Security Policy, `hash-source`).
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_has_every_place_once() {
        for place in [DATA, "{policy}", "{style}", "{script}"] {
            assert_eq!(TEMPLATE.matches(place).count(), 1, "{place}");
        }
    }

    #[test]
    fn scripts_are_one_without_imports() {
        let script = script();
        for line in script.lines() {
            assert!(!line.starts_with("import"), "{line}");
            assert!(!line.starts_with("export"), "{line}");
        }
        // Neither may end the element that it stands in.
        for text in [script.as_str(), STYLE] {
            assert!(!text.contains("</"), "an end tag");
            assert!(!text.contains("<!--"), "a comment");
        }
        for word in [
            "innerHTML",
            "eval(",
            "fetch(",
            "XMLHttpRequest",
            "document.write",
        ] {
            assert!(!script.contains(word), "{word}");
        }
    }
}
