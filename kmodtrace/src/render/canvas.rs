//! Lines of toned text that never exceed the width.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{
    escape, number,
    style::{Glyphs, Style, Tone},
};
use crate::event::Name;

/// A piece of a line: text that is safe to print, and what it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Piece {
    text: String,
    tone: Tone,
}

impl Piece {
    /// Its columns.
    pub(super) fn width(&self) -> usize {
        self.text.width()
    }
}

/// Shorthand for a [`Piece`].
pub(super) fn piece(text: impl Into<String>, tone: Tone) -> Piece {
    let text = text.into();
    Piece { text, tone }
}

/// Where lines go to.
pub(super) struct Canvas<'a> {
    out: &'a mut dyn Write,
    /// How they look.
    pub(super) style: Style,
    /// The characters to use.
    pub(super) glyphs: &'static Glyphs,
}

impl<'a> Canvas<'a> {
    pub(super) fn new(out: &'a mut dyn Write, style: Style) -> Self {
        let glyphs = style.glyphs();
        Self { out, style, glyphs }
    }

    /// A string from outside, safe to print.
    pub(super) fn outside(&self, name: &Name) -> String {
        escape::printable(&name.0, !self.style.unicode)
    }

    /// `1.84 ms`
    pub(super) fn time(&self, ns: u64) -> String {
        let (number, unit) = number::time(ns);
        format!("{number} {}", self.unit(unit))
    }

    /// `~1.84 ms` in eight columns: numbers right-aligned, units one below the other.
    pub(super) fn time_cell(&self, ns: u64, mark: &str) -> String {
        let (number, unit) = number::time(ns);
        format!("{:>5} {:<2}", format!("{mark}{number}"), self.unit(unit))
    }

    fn unit(&self, unit: &'static str) -> &'static str {
        if unit == "us" {
            self.glyphs.micro
        } else {
            unit
        }
    }

    /// `text` in exactly `width` columns, cut off or filled up.
    pub(super) fn cell(&self, text: &str, width: usize) -> String {
        let mut cell = if text.width() <= width {
            text.to_owned()
        } else {
            let room = width.saturating_sub(self.glyphs.ellipsis.width());
            let (head, _) = split(text, room);
            format!("{head}{}", self.glyphs.ellipsis)
        };
        let missing = width.saturating_sub(cell.width());
        cell.extend(std::iter::repeat_n(' ', missing));
        cell
    }

    pub(super) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// One line of pieces that are known to fit.
    pub(super) fn line(&mut self, pieces: &[Piece]) -> io::Result<()> {
        let mut runs: Vec<Piece> = Vec::with_capacity(pieces.len());
        for piece in pieces {
            // Blanks look the same in every tone.
            match runs.last_mut() {
                Some(run) if run.tone == piece.tone || piece.text.trim().is_empty() => {
                    run.text.push_str(&piece.text);
                }
                _ => runs.push(piece.clone()),
            }
        }
        if let Some(last) = runs.last_mut() {
            last.text.truncate(last.text.trim_end().len());
        }
        for run in runs.iter().filter(|run| !run.text.is_empty()) {
            match run.tone.sgr().filter(|_| self.style.color) {
                Some(sgr) => write!(self.out, "\x1b[{sgr}m{}\x1b[0m", run.text)?,
                None => write!(self.out, "{}", run.text)?,
            }
        }
        writeln!(self.out)
    }

    /// Items with `separator` between them on as many lines as they need: the first one begins with
    /// `head`, which is part of its width, the others are indented as deep as `head` is wide.
    pub(super) fn flow(&mut self, head: Piece, items: &[Piece], separator: &str) -> io::Result<()> {
        self.flow_beside(head, items, separator, None)
    }

    /// As [`Canvas::flow`], with `beside` at the right end of the first line.
    pub(super) fn flow_beside(
        &mut self,
        head: Piece,
        items: &[Piece],
        separator: &str,
        beside: Option<Piece>,
    ) -> io::Result<()> {
        let indent = head.text.width();
        let columns = self.style.columns().saturating_sub(indent).max(1);
        let reserved = beside.as_ref().map_or(0, |beside| beside.text.width() + 2);
        let first = columns.saturating_sub(reserved).max(1);
        let mut head = head;
        let mut beside = beside;
        for mut line in layout(items, separator, first, columns) {
            line.insert(0, head);
            if let Some(beside) = beside.take() {
                let used: usize = line.iter().map(|piece| piece.text.width()).sum();
                let gap = self
                    .style
                    .columns()
                    .saturating_sub(used + beside.text.width());
                line.push(piece(" ".repeat(gap), Tone::Plain));
                line.push(beside);
            }
            self.line(&line)?;
            head = piece(" ".repeat(indent), Tone::Plain);
        }
        Ok(())
    }

    /// A bar of `part` in `whole`, `width` columns for the whole.
    pub(super) fn bar(&self, part: u64, whole: u64, width: usize) -> String {
        let steps = self.glyphs.bar.len();
        let cells = u128::try_from(width * steps).unwrap_or(0);
        let whole = u128::from(whole).max(1);
        let filled = (u128::from(part) * cells + whole / 2) / whole;
        let filled = usize::try_from(filled.min(cells)).unwrap_or(0);
        let full = self.glyphs.bar.last().copied().unwrap_or("#");
        let mut bar = full.repeat(filled / steps);
        if let Some(rest) = (filled % steps).checked_sub(1) {
            bar.push_str(self.glyphs.bar.get(rest).copied().unwrap_or(""));
        }
        bar
    }
}

/// Breaks items into lines of at most `first` columns, then `rest` columns.
fn layout(items: &[Piece], separator: &str, first: usize, rest: usize) -> Vec<Vec<Piece>> {
    let mut lines = vec![Vec::new()];
    let mut room = first;
    let mut used = 0;
    for item in items {
        let mut text = item.text.as_str();
        let gap = if used == 0 { "" } else { separator };
        if used > 0 && used + gap.width() + text.width() > room {
            // The separator stays at the line's end, as far as it is visible.
            let visible = gap.trim_end();
            if used + visible.width() <= room && !visible.is_empty() {
                push(&mut lines, piece(visible, Tone::Dim));
            }
            (room, used) = (rest, 0);
            lines.push(Vec::new());
        } else if !gap.is_empty() {
            push(&mut lines, piece(gap, Tone::Dim));
            used += gap.width();
        }
        while used == 0 && text.width() > room {
            let (head, tail) = split(text, room);
            push(&mut lines, piece(head, item.tone));
            lines.push(Vec::new());
            text = tail;
            room = rest;
        }
        push(&mut lines, piece(text, item.tone));
        used += text.width();
    }
    lines
}

fn push(lines: &mut [Vec<Piece>], piece: Piece) {
    if let Some(line) = lines.last_mut() {
        line.push(piece);
    }
}

/// As many characters as fit into `width` columns, at least one, and the rest.
fn split(text: &str, width: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > width && at > 0 {
            return text.split_at(at);
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(style: Style, draw: impl Fn(&mut Canvas<'_>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        draw(&mut Canvas::new(&mut out, style)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn flow_breaks_between_items_and_splits_giants() {
        let style = Style {
            width: 50,
            ..Style::default()
        };
        let giant = "x".repeat(100);
        let items = ["one", "two", &giant, "three"].map(|text| piece(text, Tone::Plain));
        let text = drawn(style, |canvas| {
            canvas.flow(piece("  k  ", Tone::Dim), &items, " · ")
        });
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "  k  one · two ·");
        assert_eq!(lines[1], format!("     {}", "x".repeat(45)));
        assert_eq!(lines[3], format!("     {} · three", "x".repeat(10)));
        assert!(lines.iter().all(|line| line.width() <= 50));
    }

    #[test]
    fn colours_only_when_asked_for() {
        let pieces = [piece("a", Tone::Good), piece("  ", Tone::Dim)];
        assert_eq!(
            drawn(Style::default(), |canvas| canvas.line(&pieces)),
            "a\n"
        );
        let style = Style {
            color: true,
            ..Style::default()
        };
        assert_eq!(
            drawn(style, |canvas| canvas.line(&pieces)),
            "\x1b[1;32ma\x1b[0m\n"
        );
    }

    #[test]
    fn cells_and_bars() {
        let mut out = Vec::new();
        let canvas = Canvas::new(&mut out, Style::default());
        assert_eq!(canvas.cell("abcdef", 4), "abc…");
        assert_eq!(canvas.cell("模块模块", 4), "模… ");
        assert_eq!(canvas.cell("ab", 4), "ab  ");
        assert_eq!(canvas.time_cell(12_345, "~"), "~12.3 µs");
        assert_eq!(canvas.time_cell(0, ""), "    0 ns");
        assert_eq!(canvas.bar(1, 2, 3), "█▌");
        assert_eq!(canvas.bar(1, 1000, 3), "");
        assert_eq!(canvas.bar(u64::MAX, 1, 3), "███");
    }
}
