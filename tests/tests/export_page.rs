//! The page and the picture of `export`: whole, equal to `--json`, and closed to hostile strings. What they do in a
//! browser is `tests/browser`'s.

#[path = "export_page/html.rs"]
mod html;
#[path = "export_page/svg.rs"]
mod svg;

use kmodtrace::{
    assemble::Output,
    event::Session,
    model::Summary,
    render::{Format, Renderer, Style, renderer},
};
use kmodtrace_tests::{crowd, spoiled};

const KERNELS: [&str; 5] = ["5.10", "6.1", "6.12", "6.18", "7.3"];

/// What a run tells.
struct Run {
    session: Session,
    outputs: Vec<Output>,
    summary: Summary,
}

impl Run {
    fn new((session, outputs): (Session, Vec<Output>)) -> Self {
        let mut summary = Summary::default();
        for output in &outputs {
            match output {
                Output::Load(load) => summary.add(load),
                Output::Unload(unload) => summary.see_unload(unload),
                Output::Update(_) | Output::Anomaly(_) => {}
            }
        }
        Self {
            session,
            outputs,
            summary,
        }
    }

    fn recorded(kernel: &str) -> Self {
        Self::new(crowd::replay(kernel))
    }

    fn hostile() -> Self {
        let (session, mut outputs) = crowd::replay("6.12");
        for (at, output) in outputs.iter_mut().enumerate() {
            spoiled::spoil(output, at);
        }
        Self::new((session, outputs))
    }

    fn written(&self, renderer: &mut dyn Renderer) -> String {
        let mut out = Vec::new();
        self.write(renderer, &mut out)
            .expect("memory can be written");
        String::from_utf8(out).expect("UTF-8")
    }

    fn write(&self, renderer: &mut dyn Renderer, out: &mut Vec<u8>) -> std::io::Result<()> {
        renderer.session(&self.session, out)?;
        for output in &self.outputs {
            match output {
                Output::Load(load) => renderer.load(load, out)?,
                Output::Unload(unload) => renderer.unload(unload, out)?,
                Output::Update(update) => renderer.update(update, out)?,
                Output::Anomaly(_) => {}
            }
        }
        renderer.summary(&self.summary, out)
    }

    /// What `report --json` prints.
    fn json(&self) -> Vec<String> {
        let text = self.written(&mut *renderer(Format::Json, Style::default()));
        text.lines().map(str::to_owned).collect()
    }
}
