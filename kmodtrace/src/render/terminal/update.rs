//! What became known of a load after its block: one line.

use std::io;

use crate::{
    event::Name,
    model::{LoadId, Update},
    render::{
        canvas::{Canvas, piece},
        facts::known,
        number,
        style::Tone,
        terminal::header::other,
    },
};

pub(super) fn write(update: &Update, canvas: &mut Canvas<'_>) -> io::Result<()> {
    match update {
        Update::FreeInit {
            id,
            module,
            time_ns,
            addresses,
            ..
        } => {
            let module = subject(*id, module.as_ref(), canvas);
            let after = canvas.time(time_ns.saturating_sub(id.0.start_ns));
            let freed = format!("init memory freed {after} after the entry");
            let mut items = vec![
                piece(format!("{module} "), Tone::Strong),
                piece(freed, Tone::Plain),
            ];
            if canvas.style.verbose {
                let addresses = addresses.iter().map(|address| format!("{address:#x}"));
                items.extend(addresses.map(|address| piece(address, Tone::Dim)));
            }
            let stamp = piece(number::stamp(*time_ns), Tone::Dim);
            canvas.flow_beside(piece("  ", Tone::Plain), &items, " ", Some(stamp))
        }
        Update::UserAfter {
            id,
            module,
            after_ns,
            ended,
        } => {
            let module = subject(*id, module.as_ref(), canvas);
            let until = if *ended {
                "until the process ended"
            } else {
                "until its next load"
            };
            let text = format!("{} in user space after it, {until}", canvas.time(*after_ns));
            let items = [
                piece(format!("{module} "), Tone::Strong),
                piece(text, Tone::Plain),
            ];
            canvas.flow(piece("  ", Tone::Plain), &items, " ")
        }
        Update::Lost {
            id,
            module,
            against,
        } => {
            let text = format!(
                "the load at {} lost against {}",
                number::stamp(id.0.start_ns),
                other(*against)
            );
            let items = [
                piece(
                    format!("{} ", subject(*id, module.as_ref(), canvas)),
                    Tone::Strong,
                ),
                piece(text, Tone::Plain),
            ];
            canvas.flow(piece("  ", Tone::Plain), &items, " ")
        }
    }
}

/// What an update is about: a module, or a load of which its name is not known.
fn subject(id: LoadId, module: Option<&Name>, canvas: &Canvas<'_>) -> String {
    known(module).map_or_else(
        || format!("the load at {}", number::stamp(id.0.start_ns)),
        |module| canvas.outside(module),
    )
}
