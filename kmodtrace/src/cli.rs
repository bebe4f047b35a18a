//! The command line: arguments, and the verbs that wire everything together.

pub mod args;
pub mod doctor;
mod export;
pub mod filter;
pub mod inspect;
mod loads;
mod main;
pub mod map;
mod output;
mod pipeline;
mod recordings;
mod report;
mod run;
mod sink;

pub use main::main;
