//! Records as they come out of the ring buffer, and events of user space: decoded, assembled and rendered, all
//! the way to what is printed. The input is frames as they lie in a block; the byte in front of them chooses the
//! format, and whether addresses are taken out before.

#![no_main]

use kmodtrace::{
    assemble::{Assembler, Output},
    event::{Event, HostEvent},
    export::{self, exporter},
    model::Summary,
    redact::Redactor,
    render::{self, Renderer, Style, renderer},
    trace::{Frame, block::split, frame::decode_frame},
};
use libfuzzer_sys::fuzz_target;

/// Text for people: nothing in it may act on a terminal.
const TEXTS: [render::Format; 2] = [render::Format::Terminal, render::Format::Brief];
/// Formats of other programs.
const EXPORTS: [export::Format; 6] = [
    export::Format::Perfetto,
    export::Format::Chrome,
    export::Format::Csv,
    export::Format::CsvPhases,
    export::Format::Html,
    export::Format::Svg,
];
/// Bit of the first byte: without addresses.
const REDACT: u8 = 0x80;

/// Everything that the frames tell, in a format.
fn tell(frames: Vec<Frame>, renderer: &mut dyn Renderer) -> Vec<u8> {
    let (mut assembler, mut outputs, mut out) = (Assembler::new(), Vec::new(), Vec::new());
    let mut summary = Summary::default();
    for frame in frames {
        let Ok(event) = frame.decode() else {
            continue;
        };
        match &event {
            Event::Session(session) => renderer.session(session, &mut out).expect("a Vec"),
            Event::Host(HostEvent::InFlight { loads }) => {
                let unfinished = loads.iter().map(|load| assembler.unfinished(load));
                summary.in_flight.extend(unfinished);
            }
            _ => {}
        }
        assembler.push(event, &mut outputs);
    }
    assembler.finish(&mut outputs);
    for output in outputs {
        match output {
            Output::Load(load) => {
                summary.see(&load);
                summary.add(&load);
                renderer.load(&load, &mut out).expect("a Vec");
            }
            Output::Unload(unload) => {
                summary.see_unload(&unload);
                renderer.unload(&unload, &mut out).expect("a Vec");
            }
            Output::Update(update) => renderer.update(&update, &mut out).expect("a Vec"),
            Output::Anomaly(anomaly) => assert!(!anomaly.to_string().is_empty()),
        }
    }
    renderer.summary(&summary, &mut out).expect("a Vec");
    out
}

fuzz_target!(|data: &[u8]| {
    let Some((&how, rest)) = data.split_first() else {
        return;
    };
    let mut frames: Vec<Frame> = split(rest)
        .filter_map(|bytes| decode_frame(bytes).ok())
        .collect();
    if how & REDACT != 0 {
        let (mut redactor, mut redacted) = (Redactor::new(), Vec::new());
        for frame in frames {
            redactor.push(frame, &mut redacted);
        }
        redactor.finish(&mut redacted);
        frames = redacted;
    }
    let style = Style {
        verbose: true,
        map: true,
        relocs: true,
        symbols: true,
        ..Style::default()
    };
    match usize::from(how & !REDACT) % (TEXTS.len() + 1 + EXPORTS.len()) {
        which if which < TEXTS.len() => {
            let text = tell(frames, &mut *renderer(TEXTS[which], style));
            let text = String::from_utf8(text).expect("text is UTF-8");
            assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
        }
        which if which == TEXTS.len() => {
            let lines = tell(frames, &mut *renderer(render::Format::Json, style));
            let lines = String::from_utf8(lines).expect("JSON is UTF-8");
            assert!(
                lines
                    .lines()
                    .all(|line| line.starts_with('{') && line.ends_with('}'))
            );
        }
        which => {
            let format = EXPORTS[which - TEXTS.len() - 1];
            tell(frames, &mut *exporter(format).expect("every build has it"));
        }
    }
});
