//! How far a benchmark has come, for people who wait for it.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line at the bottom of the terminal; nothing elsewhere. It is drawn between loads only: nothing here runs
/// while one does.
#[derive(Debug)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Of so many loads.
    pub(super) fn new(loads: usize, quiet: bool) -> Self {
        let shown = !quiet && io::stderr().is_terminal();
        let target = if shown {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(loads as u64), target);
        let look = "{msg:18} {wide_bar} {pos}/{len} loads, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(look) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self(bar)
    }

    /// What is done now.
    pub(super) fn doing(&self, what: &'static str) {
        self.0.set_message(what);
    }

    /// One more load is done.
    pub(super) fn step(&self) {
        self.0.inc(1);
    }

    /// Says something above the line.
    pub(super) fn say(&self, say: impl FnOnce()) {
        self.0.suspend(say);
    }

    /// Takes the line away.
    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
