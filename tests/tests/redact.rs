//! `--redact`: no kernel address comes through, and everything that fits together still does.

#[path = "redact/any.rs"]
mod any;
#[path = "redact/exports.rs"]
mod exports;
#[path = "redact/frames.rs"]
mod frames;
#[path = "redact/held.rs"]
mod held;
#[path = "redact/recordings.rs"]
mod recordings;
#[path = "redact/run.rs"]
mod run;
#[path = "redact/story.rs"]
mod story;
