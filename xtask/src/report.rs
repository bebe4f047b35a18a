//! What the steps of a test run came to.

use std::time::{Duration, Instant};

use anyhow::Result;

/// How a step went.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Well; perhaps with a remark.
    Passed(String),
    /// Badly, and how.
    Failed(String),
    /// It could not run here, and why.
    Skipped(String),
}

/// The steps so far.
#[derive(Debug)]
pub(crate) struct Report {
    rows: Vec<(String, Outcome, Duration)>,
    /// On a build server a skipped step is a failed one.
    strict: bool,
}

impl Report {
    /// An empty report; `strict` makes a skipped step a failed one.
    pub(crate) fn new(strict: bool) -> Self {
        Self {
            rows: Vec::new(),
            strict,
        }
    }

    /// Whether the outcome lets the run fail.
    fn is_bad(&self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Passed(_) => false,
            Outcome::Failed(_) => true,
            Outcome::Skipped(_) => self.strict,
        }
    }

    /// A row of the table.
    fn row(&self, name: &str, outcome: &Outcome, took: Duration) -> String {
        let (word, remark) = match outcome {
            Outcome::Passed(remark) => ("ok", remark.as_str()),
            Outcome::Failed(_) => ("FAILED", ""),
            Outcome::Skipped(why) if self.strict => ("FAILED", why.as_str()),
            Outcome::Skipped(why) => ("skipped", why.as_str()),
        };
        let row = format!("{word:<8}{name:<28}{:>7.1} s  {remark}", took.as_secs_f64());
        row.trim_end().to_owned()
    }

    /// Adds a step and shows it.
    pub(crate) fn add(&mut self, name: &str, outcome: Outcome, took: Duration) {
        println!("{}", self.row(name, &outcome, took));
        if let Outcome::Failed(text) = &outcome {
            for line in text.lines() {
                println!("    {line}");
            }
        }
        self.rows.push((name.to_owned(), outcome, took));
    }

    /// Runs one step and adds it.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce() -> Result<Outcome>) {
        eprintln!("xtask: {name} …");
        let start = Instant::now();
        let outcome = work().unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
        self.add(name, outcome, start.elapsed());
    }

    /// Shows the table and the closing line; true if nothing failed.
    pub(crate) fn close(&self) -> bool {
        println!();
        for (name, outcome, took) in &self.rows {
            println!("{}", self.row(name, outcome, *took));
        }
        let count = |bad| {
            self.rows
                .iter()
                .filter(|(_, o, _)| self.is_bad(o) == bad)
                .count()
        };
        let skipped = |o: &Outcome| matches!(o, Outcome::Skipped(_)) && !self.strict;
        let skips = self
            .rows
            .iter()
            .filter(|(_, outcome, _)| skipped(outcome))
            .count();
        let failed = count(true);
        println!(
            "{} passed, {failed} failed, {skips} skipped",
            count(false) - skips
        );
        failed == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(strict: bool) -> Report {
        let mut report = Report::new(strict);
        report.add("a", Outcome::Passed("fine".to_owned()), Duration::ZERO);
        report.add("b", Outcome::Skipped("no tool".to_owned()), Duration::ZERO);
        report
    }

    #[test]
    fn a_skip_fails_only_when_strict() {
        assert!(report(false).close());
        assert!(!report(true).close());
    }

    #[test]
    fn rows() {
        let report = report(true);
        let row = report.row("b", &Outcome::Skipped("no tool".to_owned()), Duration::ZERO);
        assert!(row.starts_with("FAILED  b ") && row.ends_with("no tool"));
    }
}
