//! One line per load.

use std::{
    cmp::Reverse,
    io::{self, Write},
};

use unicode_width::UnicodeWidthStr;

use super::{
    Renderer, Style,
    canvas::{Canvas, Piece, piece},
    errno::errno_name,
    facts::known,
    number,
    style::Tone,
    summary,
    terminal::table::UNATTRIBUTED,
};
use crate::model::{Load, Outcome, PhaseSpan, Summary, Unload, Update};

/// Columns of the module's name: at least and, where there is room, at most.
const NAME: (usize, usize) = (14, 18);
/// Columns of the result, more if it is longer.
const RESULT: usize = 7;
/// What the columns beside the name need, with the longest ordinary result.
const OTHERS: usize = 36;
/// A phase's name is shortened beyond this.
const PHASE: usize = 13;

/// Writes one line per load: when, module, result, time, its longest phases.
#[derive(Clone, Debug, Default)]
pub struct Brief {
    style: Style,
}

impl Brief {
    /// A renderer in this style; verbose has no meaning here.
    #[must_use]
    pub fn new(style: Style) -> Self {
        Self { style }
    }
}

impl Renderer for Brief {
    fn load(&mut self, load: &Load, out: &mut dyn Write) -> io::Result<()> {
        let mut canvas = Canvas::new(out, self.style);
        let line = line(load, &canvas);
        canvas.line(&line)
    }

    fn unload(&mut self, unload: &Unload, out: &mut dyn Write) -> io::Result<()> {
        let mut canvas = Canvas::new(out, self.style);
        let line = unload_line(unload, &canvas);
        canvas.line(&line)
    }

    fn update(&mut self, update: &Update, out: &mut dyn Write) -> io::Result<()> {
        if matches!(update, Update::UserAfter { .. }) {
            return Ok(());
        }
        let mut canvas = Canvas::new(out, self.style);
        let line = update_line(update, &canvas);
        canvas.line(&line)
    }

    fn summary(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        let mut canvas = Canvas::new(out, self.style);
        canvas.blank()?;
        summary::write(summary, &mut canvas)
    }
}

fn line(load: &Load, canvas: &Canvas<'_>) -> Vec<Piece> {
    let mut line = beginning(load.start_ns, &subject(load, canvas), canvas);
    let (result, tone) = match load.outcome {
        Outcome::Returned(Ok(())) => (String::from("ok"), Tone::Good),
        Outcome::Returned(Err(errno)) => (errno_name(errno), Tone::Bad),
        Outcome::Unknown => (String::from("unknown"), Tone::Warn),
        Outcome::TaskGone => (String::from("gone"), Tone::Warn),
    };
    line.push(piece(canvas.time_cell(load.total_ns, ""), Tone::Plain));
    let mut room = canvas.style.columns();
    room = room.saturating_sub(line.iter().map(Piece::width).sum());
    let result = canvas.cell(&result, result.len().max(RESULT).min(room - 2));
    line.push(piece(format!("  {result}"), tone));
    room = room.saturating_sub(result.len() + 2);
    for (text, tone) in remarks(load) {
        let text = format!(" {text}");
        if text.width() > room {
            break;
        }
        room -= text.width();
        line.push(piece(text, tone));
    }
    line
}

/// When, and which module.
fn beginning(time_ns: u64, name: &str, canvas: &Canvas<'_>) -> Vec<Piece> {
    let stamp = format!("{:>10} ", number::short_stamp(time_ns));
    let width = canvas.style.columns().saturating_sub(OTHERS);
    let name = canvas.cell(name, width.clamp(NAME.0, NAME.1));
    vec![piece(stamp, Tone::Dim), piece(name, Tone::Strong)]
}

fn unload_line(unload: &Unload, canvas: &Canvas<'_>) -> Vec<Piece> {
    let name = known(unload.module.as_ref()).map(|module| canvas.outside(module));
    let name = name.unwrap_or_else(|| String::from("?"));
    let mut line = beginning(unload.start_ns, &name, canvas);
    line.push(piece(canvas.time_cell(unload.total_ns, ""), Tone::Plain));
    let (result, tone) = match unload.outcome {
        Outcome::Returned(Ok(())) => (String::from("ok"), Tone::Good),
        Outcome::Returned(Err(errno)) => (errno_name(errno), Tone::Bad),
        Outcome::Unknown => (String::from("unknown"), Tone::Warn),
        Outcome::TaskGone => (String::from("gone"), Tone::Warn),
    };
    line.push(piece(format!("  {result:<RESULT$}"), tone));
    line.push(piece("unloaded", Tone::Dim));
    line
}

fn update_line(update: &Update, canvas: &Canvas<'_>) -> Vec<Piece> {
    match update {
        Update::FreeInit {
            id,
            module,
            time_ns,
            ..
        } => {
            let name = known(module.as_ref()).map(|module| canvas.outside(module));
            let name = name.unwrap_or_else(|| String::from("?"));
            let mut line = beginning(*time_ns, &name, canvas);
            let after = time_ns.saturating_sub(id.0.start_ns);
            line.push(piece(canvas.time_cell(after, ""), Tone::Dim));
            let used: usize = line.iter().map(Piece::width).sum();
            let room = canvas.style.columns().saturating_sub(used);
            let text = canvas.cell("  later: init memory freed", room);
            line.push(piece(text, Tone::Dim));
            line
        }
        Update::UserAfter { .. } | Update::Lost { .. } => Vec::new(),
    }
}

/// What follows, the most important first; it ends where the line does.
fn remarks(load: &Load) -> Vec<(String, Tone)> {
    let mut remarks = Vec::new();
    if !load.complete {
        remarks.push((String::from("incomplete"), Tone::Warn));
    }
    if load.retry_of.is_some() {
        remarks.push((String::from("retry"), Tone::Warn));
    }
    if load.contest.is_some_and(|contest| contest.lost) {
        remarks.push((String::from("duplicate"), Tone::Dim));
    }
    if load.parent.is_some() {
        remarks.push((String::from("child"), Tone::Dim));
    }
    for (name, duration_ns) in longest(load) {
        let share = number::short_share(duration_ns, load.total_ns);
        remarks.push((format!("{name} {share}"), Tone::Dim));
    }
    remarks
}

/// A span's name; if it is long, its first phase and how many more.
fn short_name(span: &PhaseSpan) -> String {
    let name = span.name();
    match span.covers.first() {
        Some(first) if name.len() > PHASE && span.covers.len() > 1 => {
            format!("{}+{}", first.name(), span.covers.len() - 1)
        }
        _ => name.into_owned(),
    }
}

/// What took longest, at most three, the longest first; nothing below one percent.
fn longest(load: &Load) -> Vec<(String, u64)> {
    let mut parts: Vec<_> = load
        .phases
        .iter()
        .map(|span| (short_name(span), span.duration_ns))
        .collect();
    parts.push((String::from(UNATTRIBUTED), load.unattributed_ns));
    parts.retain(|&(_, duration_ns)| duration_ns > load.total_ns / 100);
    parts.sort_by_key(|&(_, duration_ns)| Reverse(duration_ns));
    parts.truncate(3);
    parts
}

fn subject(load: &Load, canvas: &Canvas<'_>) -> String {
    let file = || known(load.file.as_ref()).map(|file| format!("? ({})", canvas.outside(file)));
    let module = known(load.module.as_ref()).map(|module| canvas.outside(module));
    module.or_else(file).unwrap_or_else(|| String::from("?"))
}
