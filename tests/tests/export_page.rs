//! The page and the picture of `export`: whole, equal to `--json`, and closed to hostile strings. What they do in a
//! browser is `tests/browser`'s.

#[path = "export_page/html.rs"]
mod html;
#[path = "export_page/svg.rs"]
mod svg;

use std::ops::Deref;

use kmodtrace::render::{Format, Renderer, Style, renderer};
use kmodtrace_tests::{hostile, recordings, spoiled, told::Told};

/// A run, to be written as a page or a picture.
struct Run(Told);

impl Deref for Run {
    type Target = Told;

    fn deref(&self) -> &Told {
        &self.0
    }
}

impl Run {
    fn recorded(kernel: &str) -> Self {
        Self(Told::of(recordings::frames(kernel)))
    }

    /// With hostile strings in what is told, all of them.
    fn spoiled() -> Self {
        Self(spoiled::told("6.12"))
    }

    /// With hostile strings in what the kernel sent.
    fn hostile(kernel: &str) -> Self {
        Self(Told::of(hostile::frames(kernel)))
    }

    fn written(&self, renderer: &mut dyn Renderer) -> String {
        let mut out = Vec::new();
        self.write(renderer, &mut out)
            .expect("memory can be written");
        String::from_utf8(out).expect("UTF-8")
    }

    /// What `report --json` prints.
    fn json(&self) -> Vec<String> {
        let text = self.written(&mut *renderer(Format::Json, Style::default()));
        text.lines().map(str::to_owned).collect()
    }
}
