//! Recordings: frames (a session, raw ring records, host events), in blocks that are compressed and
//! checked by themselves. docs/format.md describes the file.

pub mod block;
mod damage;
pub mod frame;
mod reader;
mod writer;

pub use block::{Block, BlockBuilder};
pub use damage::{Counts, Damage, Place};
pub use frame::{Frame, TraceError};
pub use reader::FrameReader;
pub use writer::{BlockWriter, END_BYTES, FrameWriter, Part};
