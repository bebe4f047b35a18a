//! For a pull request: what GitHub makes of tables, with names that cannot do anything.

use std::io::{self, Write};

use super::words::{self, Letters};
use crate::{
    compare::{Comparison, Ended, Module, Row, Verdict, What},
    event::Side,
    render::facts::plural,
};

const LETTERS: Letters = Letters { unicode: true };

/// Writes a comparison as GitHub's Markdown.
///
/// # Errors
/// Those of `out`.
pub fn compare_markdown(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "### Module loads: {}\n",
        escaped(&headline(comparison))
    )?;
    let [base, new] = comparison
        .names
        .each_ref()
        .map(|name| code(&LETTERS.outside(name.as_bytes())));
    writeln!(out, "{base} against {new}\n")?;
    for difference in &comparison.differences {
        let [base, new] = LETTERS.sides(difference);
        let name = difference.name.replace('_', " ");
        let mark = if difference.refused { "⛔" } else { "⚠️" };
        writeln!(
            out,
            "{mark} {name} differs: {} → {}  ",
            code(&base),
            code(&new)
        )?;
    }
    if !comparison.differences.is_empty() {
        writeln!(out)?;
    }
    for overrun in &comparison.overruns {
        writeln!(
            out,
            "⛔ {}: {} takes {}, more than {}  ",
            code(&LETTERS.key(&overrun.key)),
            overrun.what.name(),
            LETTERS.time(overrun.median_ns),
            LETTERS.time(overrun.most_ns)
        )?;
    }
    if !comparison.overruns.is_empty() {
        writeln!(out)?;
    }
    table(&comparison.modules, out)?;
    only(comparison, out)?;
    for module in comparison
        .modules
        .iter()
        .filter(|module| module.verdict().is_change())
    {
        details(module, out)?;
    }
    Ok(())
}

/// The first line: how many of what.
fn headline(comparison: &Comparison) -> String {
    let count = |verdict| {
        let modules = comparison.modules.iter();
        modules.filter(|module| module.verdict() == verdict).count() as u64
    };
    let told = [
        Verdict::Slower,
        Verdict::Faster,
        Verdict::Unclear,
        Verdict::TooFew,
    ]
    .map(|verdict| {
        let count = count(verdict);
        (count > 0).then(|| format!("{count} {}", verdict.words()))
    });
    let told: Vec<String> = told.into_iter().flatten().collect();
    told.join(", ")
}

fn table(modules: &[Module], out: &mut dyn Write) -> io::Result<()> {
    if modules.is_empty() {
        return Ok(());
    }
    writeln!(out, "| | module | base | new | change | where | loads |")?;
    writeln!(out, "|---|---|---:|---:|---:|---|---:|")?;
    for module in modules {
        let Some(total) = module.total() else {
            continue;
        };
        let row = module.headline().unwrap_or(total);
        let [base, new] = row.centres.map(|centre| LETTERS.time(centre.median_ns));
        let place = match (module.headline(), module.explanation()) {
            (None, _) => module.verdict().words().to_owned(),
            (_, Some(phase)) => {
                format!("{} {}", phase.what.name(), LETTERS.change(phase.change_ns))
            }
            (Some(row), None) if row.what == What::Total => String::from("no one phase"),
            (Some(row), None) => {
                let [_, total] = total.centres.map(|centre| LETTERS.time(centre.median_ns));
                format!("{} alone, of {total}", row.what.name())
            }
        };
        let change = format!(
            "{} ({})",
            LETTERS.change(row.change_ns),
            words::percent(row.percent)
        );
        let change = if row.verdict.is_change() {
            format!("**{change}**")
        } else {
            change
        };
        let [in_base, in_new] = module.loads;
        let name = code(&LETTERS.keys(module));
        let mark = mark(module.verdict());
        writeln!(
            out,
            "| {mark} | {name} | {base} | {new} | {change} | {place} | {in_base} / {in_new} |"
        )?;
    }
    writeln!(out)
}

/// Every phase of a module that has changed, folded.
fn details(module: &Module, out: &mut dyn Write) -> io::Result<()> {
    let name = html(&LETTERS.keys(module));
    writeln!(out, "<details><summary>Phases of {name}</summary>\n")?;
    writeln!(out, "| | phase | base | new | change | 95% interval |")?;
    writeln!(out, "|---|---|---:|---:|---:|---|")?;
    for row in &module.rows {
        phase(row, out)?;
    }
    let floor = LETTERS.floor(module.floor, module.design);
    let design = words::design(module.design);
    writeln!(out, "\n{}, {design}; {floor}.", words::loads(module))?;
    if let Some(left_out) = words::left_out(&module.left_out) {
        writeln!(out, "{left_out}.")?;
    }
    if !module.facts.is_empty() {
        let facts = module.facts.iter().map(|fact| code(&LETTERS.fact(fact)));
        writeln!(out, "\nChanged: {}", facts.collect::<Vec<_>>().join(" · "))?;
    }
    writeln!(out, "\n</details>\n")
}

fn phase(row: &Row, out: &mut dyn Write) -> io::Result<()> {
    let [base, new] = row.centres.map(|centre| LETTERS.time(centre.median_ns));
    let (low, high) = row.interval_ns;
    writeln!(
        out,
        "| {} | {} | {base} | {new} | {} ({}) | {} to {} |",
        mark(row.verdict),
        row.what.name(),
        LETTERS.change(row.change_ns),
        words::percent(row.percent),
        LETTERS.change(low),
        LETTERS.change(high)
    )
}

fn only(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    for (side, words) in [(Side::A, "Only in base"), (Side::B, "Only in new")] {
        let only = comparison.only.iter().filter(|only| only.side == side);
        let items: Vec<String> = only
            .map(|only| {
                let failed = matches!(only.key.ended, Ended::Failed(_));
                let mark = if failed { "⛔ " } else { "" };
                let loads = plural(only.loads, "load", "loads");
                let cause = only
                    .causes
                    .first()
                    .map(|it| format!(": {}", it.replace('_', " ")));
                let cause = cause.unwrap_or_default();
                format!("{mark}{} ({loads}){cause}", code(&LETTERS.key(&only.key)))
            })
            .collect();
        if !items.is_empty() {
            writeln!(out, "{words}: {}\n", items.join(", "))?;
        }
    }
    Ok(())
}

fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Slower => "🔴",
        Verdict::Faster => "🟢",
        Verdict::Unclear => "⚪",
        Verdict::TooFew => "❔",
    }
}

/// A string from outside as code, also inside of a table: nothing in it links, mentions or formats. HTML, because
/// Markdown's own code cannot hold every character.
fn code(text: &str) -> String {
    format!("<code>{}</code>", html(text))
}

/// Characters that mean something to Markdown or HTML become references.
fn html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() || " -/+→%,;=".contains(c) {
            safe.push(c);
        } else {
            safe.push_str(&format!("&#{};", u32::from(c)));
        }
    }
    safe
}

/// Text of ours that may have something from outside in it.
fn escaped(text: &str) -> String {
    html(text)
}
