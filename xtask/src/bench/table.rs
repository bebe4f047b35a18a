//! Figures of a boot, as Markdown.

use std::fmt::Write as _;

use super::rows::{Rows, Session};

/// What times are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// A nanosecond is an instruction; waiting takes no time.
    Instructions,
    /// Times are times.
    Seconds,
}

/// The tables: what each tool adds to a load, then what it takes itself.
pub(super) fn write(rows: &Rows, tools: &[String], unit: Unit) -> String {
    let modules = modules(rows);
    let mut text = String::new();
    let untraced: Vec<String> = modules
        .iter()
        .map(|module| {
            let times = times(rows.0.iter().filter(|it| it.tool == "none"), module);
            format!("{module} {}", unit.shown(median(&times)))
        })
        .collect();
    line(&mut text, &format!("Untraced: {}.\n", untraced.join(", ")));
    let itself = match unit {
        Unit::Instructions => "peak RSS MB | CPU s",
        Unit::Seconds => "ready s | gone s | peak RSS MB | CPU s",
    };
    line(
        &mut text,
        &format!("| tool | {} | {itself} |", modules.join(" | ")),
    );
    let columns = modules.len() + itself.matches('|').count() + 1;
    line(&mut text, &format!("|---|{}", "---:|".repeat(columns)));
    for tool in tools {
        let mut cells = vec![tool.clone()];
        cells.extend(modules.iter().map(|module| added(rows, tool, module, unit)));
        cells.extend(itself_cells(rows, tool, unit));
        line(&mut text, &format!("| {} |", cells.join(" | ")));
    }
    text
}

fn line(text: &mut String, line: &str) {
    // A string takes everything.
    let _ = writeln!(text, "{line}");
}

/// `1.1084 (+20534)`: medians under the tool and in the untraced sessions around it.
fn added(rows: &Rows, tool: &str, module: &str, unit: Unit) -> String {
    let sessions = || rows.0.iter().filter(|it| it.tool == tool);
    let traced = times(sessions(), module);
    let beside = |it: &&Session| {
        it.tool == "none" && sessions().any(|traced| traced.number.abs_diff(it.number) == 1)
    };
    let untraced = times(rows.0.iter().filter(beside), module);
    match (median(&traced), median(&untraced)) {
        (Some(traced), Some(untraced)) if untraced > 0.0 => {
            let added = unit.added(traced - untraced);
            format!("{:.4} ({added})", traced / untraced)
        }
        _ => "failed".to_owned(),
    }
}

fn itself_cells(rows: &Rows, tool: &str, unit: Unit) -> Vec<String> {
    let sessions = || rows.0.iter().filter(|it| it.tool == tool);
    let cell = |values: Vec<f64>, digits: usize| {
        median(&values).map_or("failed".to_owned(), |it| format!("{it:.digits$}"))
    };
    let seconds = |values: Vec<u64>| cell(values.iter().map(|&ns| number(ns) / 1e9).collect(), 2);
    let mut cells = Vec::new();
    if unit == Unit::Seconds {
        cells.push(seconds(sessions().filter_map(Session::attach_ns).collect()));
        cells.push(seconds(sessions().filter_map(Session::detach_ns).collect()));
    }
    let failed: usize = sessions().map(|it| it.failed).sum();
    let runs = || sessions().filter_map(|it| it.run);
    cells.push(cell(
        runs().map(|it| number(it.rss_kib) / 1024.0).collect(),
        1,
    ));
    cells.push(cell(runs().map(|it| number(it.cpu_us) / 1e6).collect(), 2));
    if let Some(run) = runs().find(|it| it.status != 0) {
        cells[0].push_str(&format!(" (exit code {})", run.status));
    }
    if failed > 0 {
        cells[0].push_str(&format!(" ({failed} loads failed)"));
    }
    cells
}

/// Every module, in the order in which they were loaded.
fn modules(rows: &Rows) -> Vec<&str> {
    let mut modules: Vec<&str> = Vec::new();
    for (module, _) in rows.0.iter().flat_map(|session| &session.loads) {
        if !modules.contains(&module.as_str()) {
            modules.push(module);
        }
    }
    modules
}

fn times<'r>(sessions: impl Iterator<Item = &'r Session>, module: &str) -> Vec<f64> {
    let loads = sessions.flat_map(|session| &session.loads);
    let mine = loads.filter(|(name, _)| name == module);
    mine.map(|&(_, ns)| number(ns)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "times and sizes, far below 2⁵³")]
fn number(value: u64) -> f64 {
    value as f64
}

fn median(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let &high = values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(high);
    }
    Some((values.get(middle - 1)? + high) / 2.0)
}

impl Unit {
    fn shown(self, value: Option<f64>) -> String {
        match (self, value) {
            (_, None) => "failed".to_owned(),
            (Self::Instructions, Some(value)) => format!("{value:.0} instructions"),
            (Self::Seconds, Some(value)) => format!("{:.0} µs", value / 1000.0),
        }
    }

    fn added(self, value: f64) -> String {
        match self {
            Self::Instructions => format!("{value:+.0}"),
            Self::Seconds => format!("{:+.0} µs", value / 1000.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_compared_with_what_is_beside_it() {
        let text = "load,1.2.t,m,9,17\nload,1.1.none,m,100,0\nload,1.2.t,m,121,0\nload,1.3.none,m,100,0\n\
                    load,1.4.u,m,300,0\nload,1.5.none,m,200,0\nspan,1.2.t,5000000000,6000000000\n\
                    tool,1.2.t,4000000000,6500000000,2048,1500000,0\n";
        let rows = Rows::parse(text).unwrap();
        let tools = ["t".to_owned(), "u".to_owned(), "v".to_owned()];
        let counted = write(&rows, &tools, Unit::Instructions);
        assert!(
            counted.contains("| t | 1.2100 (+21) | 2.0 (1 loads failed) | 1.50 |"),
            "{counted}"
        );
        // Sessions 3 and 5.
        assert!(
            counted.contains("| u | 2.0000 (+150) | failed | failed |"),
            "{counted}"
        );
        assert!(counted.contains("| v | failed |"), "{counted}");
        let timed = write(&rows, &tools, Unit::Seconds);
        assert!(
            timed.contains("| 1.00 (1 loads failed) | 0.50 | 2.0 | 1.50 |"),
            "{timed}"
        );
        assert!(timed.contains("|---|---:|---:|---:|---:|---:|"), "{timed}");
    }
}
