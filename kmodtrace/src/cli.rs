//! The command line: arguments, and the verbs that wire everything together.

pub mod args;
mod bench;
pub mod compare;
pub mod doctor;
mod export;
pub mod filter;
pub mod inspect;
mod loads;
pub mod ls;
mod main;
pub mod map;
mod output;
#[cfg(feature = "packaging")]
pub mod packaging;
mod pipeline;
mod recorder;
mod recordings;
mod report;
mod run;
mod sink;

pub use main::main;
