//! Loads that had not ended when the run did.

use std::io;

use crate::{
    model::Unfinished,
    render::{
        canvas::{Canvas, piece},
        facts::{known, plural},
        mark::last_mark,
        style::Tone,
    },
};

pub(super) fn write(loads: &[Unfinished], canvas: &mut Canvas<'_>) -> io::Result<()> {
    if loads.is_empty() {
        return Ok(());
    }
    let count = u64::try_from(loads.len()).unwrap_or(u64::MAX);
    let head = format!("  {} ", canvas.glyphs.warning);
    let text = format!("{} still in flight", plural(count, "load", "loads"));
    canvas.blank()?;
    canvas.flow(piece(head, Tone::Warn), &[piece(text, Tone::Warn)], " ")?;
    for Unfinished { load, phase } in loads {
        let name = known(Some(&load.module)).map(|module| canvas.outside(module));
        let file = || known(Some(&load.file)).map(|file| format!("? ({})", canvas.outside(file)));
        let name = name.or_else(file).unwrap_or_else(|| String::from("?"));
        let so_far = canvas.time(load.seen_ns.saturating_sub(load.key.start_ns));
        let mut items = vec![
            piece(name, Tone::Strong),
            piece(
                format!("{}[{}]", canvas.outside(&load.comm), load.key.pid()),
                Tone::Plain,
            ),
            piece(format!("{so_far} so far"), Tone::Plain),
        ];
        if let Some(phase) = phase {
            items.push(piece(format!("in {phase}"), Tone::Strong));
        }
        if let Some((hook, edge, _)) = last_mark(load) {
            items.push(piece(format!("last {hook} {edge}"), Tone::Plain));
        }
        canvas.flow(piece("    ", Tone::Plain), &items, canvas.glyphs.separator)?;
    }
    Ok(())
}
