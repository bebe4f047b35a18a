//! Comparisons: for people, for programs, for pull requests.

pub(super) mod json;
mod markdown;
mod text;
mod words;

pub use json::{COMPARE_SCHEMA, compare_json};
pub use markdown::compare_markdown;
pub use text::compare_text;
