//! Rules of ARCHITECTURE.md: what each room of the program may use.

use std::collections::BTreeSet;

/// Rooms whose code is pure: no input or output, no clock, no threads.
const PURE: &[&str] = &[
    "assemble",
    "bench",
    "catalogue",
    "compare",
    "event",
    "explain",
    "export",
    "image",
    "model",
    "plan",
    "redact",
    "render",
    "stats",
];

/// What pure code does not use.
const IMPURE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time",
    "SystemTime",
    "Instant::now",
    "rustix::",
    "tokio::",
    "crate::cli",
    "crate::kernel::environment",
    "crate::probe",
    "crate::source",
];

/// Where the names of kernel symbols stand.
const HOOK_TABLE: &str = "kmodtrace-common/src/catalogue.rs";
const CATALOGUE: &str = "kmodtrace/src/catalogue";

/// The kernel symbols of the hook table: whatever it quotes in brackets.
pub(super) fn symbols(hook_table: &str) -> BTreeSet<String> {
    let lists = hook_table
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with('['));
    lists
        .flat_map(|list| list.split('"').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

/// Reads the hook table's symbols if this file is it.
pub(super) fn is_hook_table(name: &str) -> bool {
    name == HOOK_TABLE
}

/// Which rules a source file breaks.
pub(super) fn check(name: &str, text: &str, symbols: &BTreeSet<String>) -> Vec<String> {
    let Some(inside) = name.strip_prefix("kmodtrace/src/") else {
        return Vec::new();
    };
    // Tests may name and use what they test.
    if inside.ends_with("tests.rs") || inside.contains("/tests/") {
        return Vec::new();
    }
    let room = inside.split(['/', '.']).next().unwrap_or_default();
    let mut broken = Vec::new();
    for (number, line) in code(text) {
        let mut rule = |found: &str, what: &str| {
            if line.contains(found) {
                broken.push(format!("{name}:{number}: `{found}` {what}"));
            }
        };
        if PURE.contains(&room) {
            for found in IMPURE {
                rule(found, "in a pure room");
            }
        }
        if room != "probe" {
            rule("aya::", "outside of the probe room");
        }
        if !matches!(room, "cli" | "main") {
            rule("crate::cli", "is for nobody to import");
        }
        if !name.starts_with(CATALOGUE) {
            for symbol in symbols {
                rule(
                    &format!("\"{symbol}\""),
                    "names a kernel symbol outside of the catalogue",
                );
            }
        }
    }
    broken
}

/// Lines of code with their numbers: up to the tests, without comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate();
    lines
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(index, line)| (index + 1, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_bite() {
        let symbols = symbols("    [\"vfree\", \"load_module\"];\n");
        assert_eq!(symbols.len(), 2);
        let broken = |name: &str, text: &str| check(name, text, &symbols).len();
        assert_eq!(broken("kmodtrace/src/render/x.rs", "use std::fs;"), 1);
        assert_eq!(broken("kmodtrace/src/render.rs", "use std::fs;"), 1);
        assert_eq!(broken("kmodtrace/src/render/x.rs", "// std::fs"), 0);
        assert_eq!(broken("kmodtrace/src/cli/x.rs", "use std::fs;"), 0);
        assert_eq!(broken("kmodtrace/src/plan/x.rs", "use aya::Ebpf;"), 1);
        assert_eq!(broken("kmodtrace/src/probe/x.rs", "use aya::Ebpf;"), 0);
        assert_eq!(broken("kmodtrace/src/probe.rs", "use crate::cli::args;"), 1);
        assert_eq!(broken("kmodtrace/src/plan/x.rs", "f(\"vfree\")"), 1);
        assert_eq!(broken("kmodtrace/src/catalogue/x.rs", "f(\"vfree\")"), 0);
    }
}
