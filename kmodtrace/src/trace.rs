//! The recording format: frames that hold a session header, raw ring records and host events.

pub mod frame;
