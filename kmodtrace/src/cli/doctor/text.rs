//! The report for people, 80 columns wide.

use std::fmt::Write as _;

use super::{
    problems::Severity,
    report::{MissingLine, PhaseLine, PlanLines, Report, Verdict, is_plain},
};

const WIDTH: usize = 80;

/// Column at which values stand.
const VALUES: usize = 14;

pub(super) fn render(report: &Report) -> String {
    let mut page = Page::default();
    let known = |word: &str| if word.is_empty() { "unknown" } else { word }.to_owned();
    let kernel = format!("{} ({})", known(&report.release), known(&report.machine));
    page.pair("kernel", &kernel);
    for (name, value) in &report.system {
        page.pair(name, value);
    }
    if !report.phases.is_empty() {
        page.heading("phase        seen      by         begins at");
        for phase in &report.phases {
            page.line(&phase_line(phase));
        }
    }
    page.missing(&report.missing);
    if !report.options_off.is_empty() {
        page.heading("options that are off");
        for option in &report.options_off {
            let needed = match option.severity {
                Severity::Cannot | Severity::NotPermitted => " (needed)",
                Severity::Degraded | Severity::Hint => "",
            };
            page.item(&format!("{}{needed}: {}", option.option, option.cost));
        }
    }
    if !report.problems.is_empty() {
        page.heading("problems");
        for problem in &report.problems {
            page.item(&format!("{}.", problem.what));
            page.wrapped("    ", "    ", &format!("Way out: {}.", problem.way_out));
        }
    }
    page.heading(&format!("verdict: {}", verdict(report.verdict)));
    page.text
}

/// The plan alone: a line per probe, with the ways that are tried in turn.
pub(super) fn plan(plan: &PlanLines) -> String {
    let mut page = Page::default();
    for probe in &plan.probes {
        page.line(&format!(
            "{:<30} {:<10} {} by {}",
            probe.hook,
            probe.edge,
            probe.symbol,
            probe.ways.join(", ")
        ));
    }
    page.missing(&plan.missing);
    page.text
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "everything can be traced",
        Verdict::Degraded => "loads can be traced, but not everything about them",
        Verdict::NotPermitted => "nothing can be traced until the first problem is solved",
        Verdict::Cannot => "this kernel cannot be traced",
    }
}

fn phase_line(line: &PhaseLine) -> String {
    let name = line.phase.name();
    let Some(begins) = &line.begins else {
        let what = match line.merged_into {
            Some(into) => format!("part of {}", into.name()),
            None => "not seen on this kernel".to_owned(),
        };
        return format!("{name:<12} {:<9} {what}", line.seen);
    };
    let way = begins.ways.first().map_or("", String::as_str);
    let hook = if is_plain(begins) {
        String::new()
    } else {
        format!(" ({})", begins.hook)
    };
    format!(
        "{name:<12} {:<9} {way:<10} {}{hook}",
        line.seen, begins.symbol
    )
}

/// Text that is not wider than [`WIDTH`].
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, line: &str) {
        // Writing into a string does not fail.
        let _ = writeln!(self.text, "{}", line.trim_end());
    }

    fn heading(&mut self, line: &str) {
        self.line("");
        self.line(line);
    }

    /// Hooks that nothing serves, and what that costs.
    fn missing(&mut self, lines: &[MissingLine]) {
        if lines.is_empty() {
            return;
        }
        self.heading("hooks that nothing serves");
        for missing in lines {
            let tried: Vec<_> = missing
                .tried
                .iter()
                .map(|tried| format!("{} ({})", tried.symbol, tried.why))
                .collect();
            self.item(&format!("{}: {}", missing.hook, tried.join(", ")));
            self.wrapped("    ", "    ", &missing.lost);
        }
    }

    fn pair(&mut self, name: &str, value: &str) {
        self.wrapped(&format!("{name:<VALUES$}"), &" ".repeat(VALUES), value);
    }

    fn item(&mut self, text: &str) {
        self.wrapped("  ", "    ", text);
    }

    /// Words in lines, the first with `first` in front, the others with `indent`.
    fn wrapped(&mut self, first: &str, indent: &str, text: &str) {
        let mut current = first.to_owned();
        let mut empty = true;
        for word in text.split_whitespace() {
            let length = current.chars().count() + 1 + word.chars().count();
            if !empty && length > WIDTH {
                self.line(&current);
                indent.clone_into(&mut current);
                empty = true;
            }
            if !empty {
                current.push(' ');
            }
            current.push_str(word);
            empty = false;
        }
        self.line(&current);
    }
}
