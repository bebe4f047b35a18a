//! The phase table: one row per phase, its calls below it if wanted.

use std::io;

use unicode_width::UnicodeWidthStr;

use super::super::{
    canvas::{Canvas, piece},
    facts::offset_ns,
    number,
    style::Tone,
};
use crate::model::{Bounds, Load, PhaseSpan};

mod detail;

/// Columns beside the name and the bar.
const FIXED: usize = 29;
/// Of these, those of the offset.
const OFFSET: usize = 9;
/// A bar is at least this wide, at most that wide.
const BAR: (usize, usize) = (8, 32);

/// Longer names of phases are shortened, so that the bars stay long.
const NAME: usize = 26;

/// Widths of a table's columns that depend on what it shows.
pub(in crate::render) struct Columns {
    name: usize,
    offset: bool,
    bar: usize,
}

impl Columns {
    /// Columns for these names, with or without one for the offset.
    pub(in crate::render) fn new<'n>(
        names: impl Iterator<Item = &'n str>,
        offset: bool,
        canvas: &Canvas<'_>,
    ) -> Self {
        let fixed = if offset { FIXED } else { FIXED - OFFSET };
        let columns = canvas.style.columns().saturating_sub(fixed);
        let name = names.map(UnicodeWidthStr::width).max().unwrap_or(0);
        let most = columns.saturating_sub(BAR.0);
        let name = name.max(UNATTRIBUTED.len()).min(most);
        let bar = columns.saturating_sub(name).min(BAR.1);
        Self { name, offset, bar }
    }
}

/// The name of the row for time without a phase.
pub(in crate::render) const UNATTRIBUTED: &str = "unattributed";

/// One row.
pub(in crate::render) struct Row<'r> {
    /// What took the time.
    pub(in crate::render) name: &'r str,
    /// When, ns after the beginning; blank if there is no one moment.
    pub(in crate::render) offset_ns: Option<u64>,
    /// How long, ns.
    pub(in crate::render) duration_ns: u64,
    /// In front of the duration: `~` or nothing.
    pub(in crate::render) mark: &'r str,
    /// Of the name.
    pub(in crate::render) tone: Tone,
}

/// What all rows of a table refer to, ns.
#[derive(Clone, Copy)]
pub(in crate::render) struct Scale {
    /// The whole of the shares.
    pub(in crate::render) total_ns: u64,
    /// The longest row: a full bar.
    pub(in crate::render) longest_ns: u64,
}

/// The line above the rows.
pub(in crate::render) fn head(columns: &Columns, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let name = canvas.cell("phase", columns.name);
    let offset = if columns.offset { "       at " } else { " " };
    let text = format!("  {name}{offset}{:>8} {:>6}", "time", "share");
    canvas.line(&[piece(text, Tone::Dim)])
}

/// One row.
pub(in crate::render) fn row(
    row: &Row<'_>,
    columns: &Columns,
    scale: Scale,
    canvas: &mut Canvas<'_>,
) -> io::Result<()> {
    let name = canvas.cell(row.name, columns.name);
    let offset = match row.offset_ns {
        _ if !columns.offset => String::from(" "),
        Some(offset_ns) => format!(" {} ", canvas.time_cell(offset_ns, "")),
        None => " ".repeat(OFFSET + 1),
    };
    let longest = row.duration_ns == scale.longest_ns && row.tone == Tone::Plain;
    let strong = if longest { Tone::Strong } else { row.tone };
    let duration = canvas.time_cell(row.duration_ns, row.mark);
    let share = number::share(row.duration_ns, scale.total_ns);
    let bar = canvas.bar(row.duration_ns, scale.longest_ns, columns.bar);
    canvas.line(&[
        piece("  ", Tone::Plain),
        piece(name, strong),
        piece(offset, Tone::Dim),
        piece(duration, strong),
        piece(format!(" {share:>6}  "), Tone::Dim),
        piece(bar, Tone::Bar),
    ])
}

pub(super) fn write(load: &Load, canvas: &mut Canvas<'_>) -> io::Result<()> {
    if load.phases.is_empty() && load.unattributed_ns == 0 {
        return Ok(());
    }
    let names: Vec<_> = load
        .phases
        .iter()
        .map(|span| shown_name(span, canvas))
        .collect();
    let columns = columns(load, &names, canvas);
    let durations = load.phases.iter().map(|span| span.duration_ns);
    let scale = Scale {
        total_ns: load.total_ns,
        longest_ns: durations.fold(load.unattributed_ns, u64::max),
    };
    canvas.blank()?;
    head(&columns, canvas)?;
    let failed = load.failed_in();
    for (span, name) in load.phases.iter().zip(&names) {
        let failed = failed.is_some_and(|failed| std::ptr::eq(failed, span));
        let phase = Row {
            name,
            offset_ns: Some(offset_ns(load, span.start_ns)),
            duration_ns: span.duration_ns,
            mark: if span.bounds == Bounds::Inferred {
                "~"
            } else {
                ""
            },
            tone: if failed { Tone::Bad } else { Tone::Plain },
        };
        row(&phase, &columns, scale, canvas)?;
        if canvas.style.verbose {
            detail::write(load, span, columns.name, canvas)?;
        }
    }
    if load.unattributed_ns > 0 {
        let rest = Row {
            name: UNATTRIBUTED,
            offset_ns: None,
            duration_ns: load.unattributed_ns,
            mark: "",
            tone: unattributed_tone(load.unattributed_ns, load.total_ns),
        };
        row(&rest, &columns, scale, canvas)?;
    }
    Ok(())
}

/// Time without a phase is only worth a warning where there is much of it: a twentieth.
pub(in crate::render) fn unattributed_tone(unattributed_ns: u64, total_ns: u64) -> Tone {
    if unattributed_ns > total_ns / 20 {
        Tone::Warn
    } else {
        Tone::Dim
    }
}

fn columns(load: &Load, names: &[String], canvas: &Canvas<'_>) -> Columns {
    let mut calls = Vec::new();
    if canvas.style.verbose {
        let all = load.phases.iter().flat_map(|span| &span.calls);
        calls.extend(all.map(|call| format!("{}{}", detail::INDENT, call.name)));
    }
    let names = names.iter().chain(&calls).map(String::as_str);
    Columns::new(names, true, canvas)
}

/// The span's name; if it is too long, its first and last phase.
fn shown_name(span: &PhaseSpan, canvas: &Canvas<'_>) -> String {
    let most = canvas.style.columns().saturating_sub(FIXED + BAR.0);
    let name = span.name();
    match (span.covers.first(), span.covers.last()) {
        (Some(first), Some(last)) if name.len() > most.min(NAME) && span.covers.len() > 2 => {
            format!("{}+..+{}", first.name(), last.name())
        }
        _ => name.into_owned(),
    }
}
