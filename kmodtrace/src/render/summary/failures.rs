//! What was done in vain: loads that lost against others, modules that fail again and again.

use std::io;

use crate::{
    event::Name,
    model::{Errno, Failing, Lost, Summary},
    render::{
        canvas::{Canvas, Piece, piece},
        errno::errno_name,
        facts::plural,
        number,
        style::Tone,
    },
};

/// Modules shown one by one.
const SHOWN: usize = 8;

pub(super) fn write(summary: &Summary, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let repeated = summary.repeated();
    if summary.lost.loads == 0 && repeated.is_empty() {
        return Ok(());
    }
    canvas.blank()?;
    if summary.lost.loads > 0 {
        let items = lost(&summary.lost, canvas);
        line(&items, canvas)?;
    }
    for (name, failing) in repeated.iter().take(SHOWN) {
        let items = failed(name, failing, canvas);
        line(&items, canvas)?;
    }
    if repeated.len() > SHOWN {
        let more = u64::try_from(repeated.len() - SHOWN).unwrap_or(0);
        let text = format!(
            "{} more failed repeatedly",
            plural(more, "module", "modules")
        );
        line(&[piece(text, Tone::Dim)], canvas)?;
    }
    Ok(())
}

fn line(items: &[Piece], canvas: &mut Canvas<'_>) -> io::Result<()> {
    canvas.flow(piece("  ", Tone::Plain), items, canvas.glyphs.separator)
}

fn lost(lost: &Lost, canvas: &Canvas<'_>) -> Vec<Piece> {
    let loads = plural(lost.loads, "duplicate", "duplicates");
    let mut items = vec![piece(loads, Tone::Strong)];
    if lost.waited_ns > 0 {
        let text = format!("{} waited", canvas.time(lost.waited_ns));
        items.push(piece(text, Tone::Plain));
    }
    for (bytes, what) in [
        (lost.read_bytes, "read in vain"),
        (lost.allocated_bytes, "allocated in vain"),
    ] {
        if bytes > 0 {
            let (count, unit) = number::size(bytes);
            items.push(piece(format!("{count} {unit} {what}"), Tone::Plain));
        }
    }
    items
}

fn failed(name: &Name, failing: &Failing, canvas: &Canvas<'_>) -> Vec<Piece> {
    let known = if name.is_empty() {
        String::from("?")
    } else {
        canvas.outside(name)
    };
    let errors: Vec<_> = failing
        .errnos
        .iter()
        .map(|&errno| errno_name(Errno(errno)))
        .collect();
    let comms: Vec<_> = failing
        .comms
        .iter()
        .map(|comm| canvas.outside(comm))
        .collect();
    vec![
        piece(known, Tone::Strong),
        piece(format!("failed {} times", failing.loads), Tone::Bad),
        piece(errors.join(", "), Tone::Bad),
        piece(
            format!("{} in all", canvas.time(failing.total_ns)),
            Tone::Plain,
        ),
        piece(format!("by {}", comms.join(", ")), Tone::Dim),
    ]
}
