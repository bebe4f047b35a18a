//! What stands below a phase in verbose output: its anchors and the calls inside it.

use std::io;

use crate::{
    catalogue::phase::Phase,
    model::{Anchor, Call, CallValue, Errno, Load, PhaseSpan},
    render::{
        canvas::{Canvas, Piece, piece},
        errno::errno_name,
        facts::{known, offset_ns, plural},
        number,
        style::Tone,
    },
};

/// In front of a call's name, within the name's column.
pub(super) const INDENT: &str = "  ";

pub(super) fn write(
    load: &Load,
    span: &PhaseSpan,
    name_width: usize,
    canvas: &mut Canvas<'_>,
) -> io::Result<()> {
    let anchors = [
        piece(anchor(span.begin), Tone::Dim),
        piece(
            format!("{} {}", canvas.glyphs.arrow, anchor(span.end)),
            Tone::Dim,
        ),
    ];
    canvas.flow(piece("    ", Tone::Plain), &anchors, " ")?;
    if span.covers.contains(&Phase::Symbols) && load.symbols.count > 0 {
        symbols(load, canvas)?;
    }
    for call in &span.calls {
        self::call(load, call, name_width, canvas)?;
    }
    Ok(())
}

fn anchor(anchor: Anchor) -> String {
    format!("{} {}", anchor.hook, anchor.edge)
}

fn symbols(load: &Load, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let symbols = &load.symbols;
    let count = plural(symbols.count, "symbol", "symbols");
    let all = format!("{count} in {}", canvas.time(symbols.total_ns));
    let mut items = vec![piece(all, Tone::Plain)];
    if let Some(longest) = known(symbols.longest.as_ref()) {
        let longest = canvas.outside(longest);
        let time = canvas.time(symbols.longest_ns);
        items.push(piece(format!("longest {longest} {time}"), Tone::Plain));
    }
    canvas.flow(piece("    ", Tone::Plain), &items, canvas.glyphs.separator)
}

fn call(load: &Load, call: &Call, name_width: usize, canvas: &mut Canvas<'_>) -> io::Result<()> {
    let name = canvas.cell(&format!("{INDENT}{}", call.name), name_width);
    let offset = canvas.time_cell(offset_ns(load, call.start_ns), "");
    let duration = call.duration_ns.map_or_else(
        || " ".repeat(8),
        |duration_ns| canvas.time_cell(duration_ns, ""),
    );
    let values: Vec<Piece> = call
        .values
        .iter()
        .map(|value| shown_value(*value))
        .collect();
    let head = format!("  {name} {offset} {duration}  ");
    canvas.flow(piece(head, Tone::Dim), &values, canvas.glyphs.separator)
}

fn shown_value((name, value): (&'static str, CallValue)) -> Piece {
    let text = match value {
        CallValue::Address(address) => format!("{name} {address:#x}"),
        CallValue::Number(number) if name == "bytes" => bytes(number),
        CallValue::Number(number) => match name.strip_suffix("_bytes") {
            Some(name) => format!("{name} {}", bytes(number)),
            None => format!("{} {number}", name.replace('_', " ")),
        },
        CallValue::Status(status) => match i32::try_from(status) {
            Ok(status @ -4095..=-1) => {
                format!("{name} {status} ({})", errno_name(Errno(-status)))
            }
            _ => format!("{name} {status}"),
        },
    };
    piece(text, Tone::Plain)
}

fn bytes(bytes: u64) -> String {
    let (number, unit) = number::size(bytes);
    format!("{number} {unit}")
}
