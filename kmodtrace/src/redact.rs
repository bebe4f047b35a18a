//! Takes kernel addresses out of frames, before anything records or prints them: pure.
//!
//! Which fields are addresses is declared where the fields are: in
//! [`kmodtrace_common::wire::meaning`] for records, in [`crate::catalogue::values`] for marks. What takes
//! the place of an address:
//!
//! - inside of the memory of a module whose load was seen: the distance from the lowest address of
//!   that memory, plus 2³² times the load's number in the recording. Two loads never share such an
//!   address, so whatever fits together by address (regions, sections, permissions, memory freed later)
//!   still does;
//! - any other: a small number that stands for it wherever it comes again, so that links hold
//!   (request and start of a helper process, image copy and its free);
//! - of a symbol that was looked up: [`WITHHELD`];
//! - in text (parameters, command lines, `/proc/modules`): the same distance in as many digits, zeros
//!   outside of the module.
//!
//! A load's lowest address is only known when the load ends, so its records are held back until then;
//! nothing is told of a load before anyway. Memory is bounded: see [`Redactor`]. What is redacted already
//! is not changed again.

mod address;
mod held;
mod host;
mod modules;
mod record;
mod redactor;
mod text;

pub use address::{WITHHELD, is_kernel_address};
pub use redactor::Redactor;
