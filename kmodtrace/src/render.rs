//! Loads to text and JSON: model in, bytes out, nothing else.
//!
//! Renderers neither look at the terminal nor at the environment nor at a clock; what they may use
//! is a [`Style`]. Every string from outside is escaped ([`printable`], [`json_text`]).
//! `docs/output.md` documents the formats.

mod bench;
mod brief;
mod canvas;
mod compare;
mod errno;
mod escape;
mod facts;
mod flags;
mod inspect;
mod json;
mod listing;
mod map;
mod mark;
mod module_map;
mod number;
mod renderer;
#[cfg(feature = "schema")]
pub mod schema;
mod style;
mod summary;
mod terminal;

pub use bench::{BENCH_SCHEMA, BenchReport};
pub use brief::Brief;
pub use compare::{COMPARE_SCHEMA, compare_json, compare_markdown, compare_text};
pub use errno::errno_name;
pub use escape::{json_text, printable};
pub(crate) use facts::{hexadecimal, known, syscall_name};
pub use flags::flag_names;
pub use inspect::{
    Against, INSPECT_SCHEMA, Inspection, Views, differences, inspect_json, inspect_text,
};
pub use json::{Json, LOAD_SCHEMA, SUMMARY_SCHEMA, UNLOAD_SCHEMA, UPDATE_SCHEMA};
pub use listing::{Listing, RECORDING_SCHEMA, listing_json, listing_text};
pub use module_map::{MAP_SCHEMA, ModuleMap, map_gdb, map_json, map_text};
pub use number::time_text;
pub use renderer::{Format, Renderer, renderer};
pub use style::Style;
pub use terminal::Terminal;
