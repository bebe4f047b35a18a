//! For people at a terminal: the largest change first.

use std::io::{self, Write};

use super::words::{self, Letters};
use crate::{
    compare::{Comparison, Module, Row, Verdict, What},
    event::Side,
    render::{
        Style,
        canvas::{Canvas, Piece, piece},
        facts::plural,
        style::Tone,
    },
};

/// Names of phases take at most so many columns.
const NAME: usize = 20;
/// Columns beside the name, and those of an interval.
const FIXED: usize = 38;
const INTERVAL: usize = 22;

/// Writes a comparison.
///
/// # Errors
/// Those of `out`.
pub fn compare_text(comparison: &Comparison, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut text = Text {
        letters: Letters {
            unicode: style.unicode,
        },
        canvas: Canvas::new(out, style),
        apart: true,
    };
    text.head(comparison)?;
    for module in &comparison.modules {
        text.module(module)?;
    }
    text.only(comparison)?;
    text.end(comparison)
}

struct Text<'a> {
    letters: Letters,
    canvas: Canvas<'a>,
    /// True if what comes next does not belong to what came last.
    apart: bool,
}

impl Text<'_> {
    fn head(&mut self, comparison: &Comparison) -> io::Result<()> {
        let kernels = comparison.setups.each_ref().map(|setups| {
            let mut names: Vec<&str> = setups.iter().map(|setup| setup.kernel.as_str()).collect();
            names.dedup();
            names.join(", ")
        });
        for ((what, name), kernel) in ["BASE ", "NEW  "]
            .iter()
            .zip(&comparison.names)
            .zip(kernels)
        {
            let name = self.letters.outside(name.as_bytes());
            let kernel = self.letters.outside(kernel.as_bytes());
            let items = [piece(name, Tone::Strong), piece(kernel, Tone::Dim)];
            let separator = self.canvas.glyphs.separator;
            self.canvas
                .flow(piece(*what, Tone::Dim), &items, separator)?;
        }
        for difference in &comparison.differences {
            let [base, new] = self.letters.sides(difference);
            let arrow = self.canvas.glyphs.arrow;
            let name = difference.name.replace('_', " ");
            let tone = if difference.refused {
                Tone::Bad
            } else {
                Tone::Warn
            };
            let text = format!("{name} differs: {base} {arrow} {new}");
            let head = piece(format!("{} ", self.canvas.glyphs.warning), tone);
            self.words(head, &text, tone)?;
        }
        Ok(())
    }

    /// Text that may be broken between words.
    fn words(&mut self, head: Piece, text: &str, tone: Tone) -> io::Result<()> {
        let words: Vec<Piece> = text.split(' ').map(|word| piece(word, tone)).collect();
        self.canvas.flow(head, &words, " ")
    }

    fn module(&mut self, module: &Module) -> io::Result<()> {
        let verdict = module.verdict();
        let open = self.canvas.style.verbose || verdict.is_change() || !module.facts.is_empty();
        if open || self.apart {
            self.canvas.blank()?;
        }
        self.apart = open;
        let name = self.letters.keys(module);
        let said = self.said(module);
        let (mark, tone) = self.mark(verdict);
        let head = piece(format!("{mark} "), tone);
        let items = [piece(name, Tone::Strong), piece(said, tone)];
        self.canvas.flow(head, &items, "  ")?;
        if !open {
            return Ok(());
        }
        let mut about = vec![format!(
            "{}, {}",
            words::loads(module),
            words::design(module.design)
        )];
        about.extend(words::left_out(&module.left_out));
        if verdict != Verdict::TooFew {
            about.push(self.letters.floor(module.floor, module.design));
        }
        if module.same_build == Some(true) {
            about.push(String::from("the same build"));
        }
        self.words(piece("  ", Tone::Plain), &about.join("; "), Tone::Dim)?;
        self.table(module)?;
        if !module.facts.is_empty() {
            let facts = module.facts.iter().map(|fact| self.letters.fact(fact));
            let facts: Vec<Piece> = facts.map(|fact| piece(fact, Tone::Plain)).collect();
            let separator = self.canvas.glyphs.separator;
            let head = piece("  changed  ", Tone::Dim);
            self.canvas.flow(head, &facts, separator)?;
        }
        Ok(())
    }

    /// What stands behind the name: the verdict, and the phase that explains it.
    fn said(&self, module: &Module) -> String {
        let letters = self.letters;
        let Some(row) = module.headline().or_else(|| module.total()) else {
            return String::new();
        };
        let size = letters.time(row.change_ns.unsigned_abs());
        let words = row.verdict.words();
        if !row.verdict.is_change() {
            let [base, new] = row.centres.map(|centre| letters.time(centre.median_ns));
            let arrow = self.canvas.glyphs.arrow;
            return format!("{words}: {base} {arrow} {new}, {}", words::loads(module));
        }
        let percent = words::percent(row.percent);
        if row.what != What::Total {
            return format!("{words} by {size} ({percent}) in {}", row.what.name());
        }
        let told = format!("{words} by {size} ({percent})");
        match module.explanation() {
            Some(phase) => {
                let of_it = letters.time(phase.change_ns.unsigned_abs());
                format!("{told}, {of_it} in {}", phase.what.name())
            }
            None => format!("{told}, in no one phase"),
        }
    }

    fn mark(&self, verdict: Verdict) -> (&'static str, Tone) {
        let glyphs = self.canvas.glyphs;
        match verdict {
            Verdict::Slower => (glyphs.failed, Tone::Bad),
            Verdict::Faster => (glyphs.ok, Tone::Good),
            Verdict::Unclear => (" ", Tone::Dim),
            Verdict::TooFew => (glyphs.unknown, Tone::Warn),
        }
    }

    /// The total and what has changed; with `-v` all.
    fn table(&mut self, module: &Module) -> io::Result<()> {
        let verbose = self.canvas.style.verbose;
        let shown = |row: &&Row| verbose || row.what == What::Total || row.verdict.is_change();
        let rows: Vec<&Row> = module.rows.iter().filter(shown).collect();
        if !verbose && !module.verdict().is_change() {
            return Ok(());
        }
        let columns = self.canvas.style.columns();
        let names = rows.iter().map(|row| row.what.name().len());
        let width = names.max().unwrap_or(0).max(5);
        let width = width.min(NAME).min(columns.saturating_sub(FIXED));
        let with_interval = columns >= width + FIXED + INTERVAL;
        let head = format!(
            "  {} {:>8} {:>8} {:>9} {:>7}",
            self.canvas.cell("phase", width),
            "BASE",
            "NEW",
            "change",
            ""
        );
        let interval = if with_interval { "  95% interval" } else { "" };
        self.canvas
            .line(&[piece(format!("{head}{interval}"), Tone::Dim)])?;
        for row in rows {
            self.row(row, width, with_interval)?;
        }
        Ok(())
    }

    fn row(&mut self, row: &Row, width: usize, with_interval: bool) -> io::Result<()> {
        let (mark, tone) = self.mark(row.verdict);
        let plain = if row.verdict.is_change() {
            tone
        } else {
            Tone::Plain
        };
        let [base, new] = row
            .centres
            .map(|centre| self.canvas.time_cell(centre.median_ns, ""));
        let change = self
            .canvas
            .time_cell(row.change_ns.unsigned_abs(), words::sign(row.change_ns));
        let mut pieces = vec![
            piece(format!("{mark} "), tone),
            piece(self.canvas.cell(&row.what.name(), width), plain),
            piece(format!(" {base} {new} "), Tone::Dim),
            piece(format!("{change:>9}"), plain),
            piece(format!(" {:>7}", words::percent(row.percent)), plain),
        ];
        if with_interval {
            let (low, high) = row.interval_ns;
            let (low, high) = (self.letters.change(low), self.letters.change(high));
            let text = format!("  {low} to {high}");
            pieces.push(piece(text, Tone::Dim));
        }
        self.canvas.line(&pieces)
    }

    /// What is on one side only.
    fn only(&mut self, comparison: &Comparison) -> io::Result<()> {
        for (side, words) in [(Side::A, "only in BASE  "), (Side::B, "only in NEW   ")] {
            let only = comparison.only.iter().filter(|only| only.side == side);
            let items = only.map(|only| {
                let failed = matches!(only.key.ended, crate::compare::Ended::Failed(_));
                let mut text = self.letters.key(&only.key);
                if only.loads > 1 {
                    text.push_str(&format!(" ({})", plural(only.loads, "load", "loads")));
                }
                if let Some(cause) = only.causes.first() {
                    text.push_str(&format!(": {}", cause.replace('_', " ")));
                }
                piece(text, if failed { Tone::Bad } else { Tone::Plain })
            });
            let items: Vec<Piece> = items.collect();
            if !items.is_empty() {
                self.canvas.blank()?;
                let separator = self.canvas.glyphs.separator;
                self.canvas
                    .flow(piece(words, Tone::Dim), &items, separator)?;
            }
        }
        Ok(())
    }

    /// Budgets that are not kept, loads without an end.
    fn end(&mut self, comparison: &Comparison) -> io::Result<()> {
        if !comparison.overruns.is_empty() {
            self.canvas.blank()?;
        }
        for overrun in &comparison.overruns {
            let text = format!(
                "{}: {} takes {}, more than {}",
                self.letters.key(&overrun.key),
                overrun.what.name(),
                self.letters.time(overrun.median_ns),
                self.letters.time(overrun.most_ns)
            );
            let head = piece(format!("{} ", self.canvas.glyphs.failed), Tone::Bad);
            self.words(head, &text, Tone::Bad)?;
        }
        let endless: u64 = comparison.endless.iter().sum();
        if endless > 0 {
            let text = format!(
                "{} whose end was not seen: left out",
                plural(endless, "load", "loads")
            );
            self.canvas.blank()?;
            self.words(piece("  ", Tone::Plain), &text, Tone::Dim)?;
        }
        Ok(())
    }
}
