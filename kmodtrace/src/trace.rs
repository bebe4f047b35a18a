//! The recording format: frames that hold a session header, raw ring records and host events.

pub mod frame;
mod reader;
mod writer;

pub use frame::{Frame, TraceError};
pub use reader::FrameReader;
pub use writer::FrameWriter;
