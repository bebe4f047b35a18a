//! An unload's block.

use std::io;

use super::{
    header::card,
    notes,
    table::{Columns, Row, Scale, head, row},
};
use crate::{
    explain::explain_unload,
    model::{Bounds, Outcome, Unload, UnloadSpan},
    render::{
        canvas::{Canvas, piece},
        errno::errno_name,
        facts::known,
        number,
        style::Tone,
    },
};

pub(super) fn write(unload: &Unload, canvas: &mut Canvas<'_>) -> io::Result<()> {
    title(unload, canvas)?;
    if let Some(why) = explain_unload(unload) {
        card(&why, canvas)?;
    }
    task(unload, canvas)?;
    table(unload, canvas)?;
    notes::log(&unload.log, unload.start_ns, canvas)?;
    if !unload.complete {
        let text = format!(
            "  {} incomplete: a part of it was not seen",
            canvas.glyphs.warning
        );
        canvas.line(&[piece(text, Tone::Warn)])?;
    }
    Ok(())
}

fn title(unload: &Unload, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let (mark, tone) = match unload.outcome {
        Outcome::Returned(Ok(())) => (canvas.glyphs.ok, Tone::Good),
        Outcome::Returned(Err(_)) => (canvas.glyphs.failed, Tone::Bad),
        Outcome::Unknown | Outcome::TaskGone => (canvas.glyphs.unknown, Tone::Warn),
    };
    let name = known(unload.module.as_ref()).map(|module| canvas.outside(module));
    let mut items = vec![piece(
        format!("{} ", name.unwrap_or_else(|| String::from("?"))),
        Tone::Strong,
    )];
    let total = canvas.time(unload.total_ns);
    match unload.outcome {
        Outcome::Returned(Ok(())) => {
            items.push(piece("unloaded in", Tone::Plain));
            items.push(piece(total, Tone::Strong));
        }
        Outcome::Returned(Err(errno)) => {
            items.push(piece(format!("not unloaded, after {total}:"), Tone::Plain));
            let error = format!("{} ({})", errno_name(errno), errno.0);
            items.push(piece(error, Tone::Bad));
        }
        Outcome::Unknown => items.push(piece("unload: outcome unknown", Tone::Warn)),
        Outcome::TaskGone => items.push(piece("unload: task gone", Tone::Warn)),
    }
    let stamp = piece(number::stamp(unload.start_ns), Tone::Dim);
    canvas.flow_beside(piece(format!("{mark} "), tone), &items, " ", Some(stamp))
}

fn task(unload: &Unload, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let comm = canvas.outside(&unload.comm);
    let mut items = vec![
        piece("delete_module", Tone::Plain),
        piece(format!("{comm}[{}]", unload.id.0.pid()), Tone::Plain),
    ];
    let freed = unload.freed_bytes();
    if freed > 0 {
        let (number, unit) = number::size(freed);
        items.push(piece(format!("{number} {unit} freed"), Tone::Plain));
    }
    if let Some(references) = unload.held_by.as_ref().and_then(|held| held.references) {
        items.push(piece(format!("reference count {references}"), Tone::Plain));
    }
    if unload.descendant {
        items.push(piece("started by kmodtrace", Tone::Dim));
    }
    canvas.flow(piece("  ", Tone::Plain), &items, canvas.glyphs.separator)
}

fn table(unload: &Unload, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let names: Vec<_> = unload.phases.iter().map(UnloadSpan::name).collect();
    let columns = Columns::new(names.iter().map(AsRef::as_ref), true, canvas);
    let longest_ns = unload.phases.iter().map(|span| span.duration_ns).max();
    let scale = Scale {
        total_ns: unload.total_ns,
        longest_ns: longest_ns.unwrap_or(0),
    };
    canvas.blank()?;
    head(&columns, canvas)?;
    for (span, name) in unload.phases.iter().zip(&names) {
        let phase = Row {
            name,
            offset_ns: Some(span.start_ns.saturating_sub(unload.start_ns)),
            duration_ns: span.duration_ns,
            mark: if span.bounds == Bounds::Inferred {
                "~"
            } else {
                ""
            },
            tone: Tone::Plain,
        };
        row(&phase, &columns, scale, canvas)?;
    }
    Ok(())
}
