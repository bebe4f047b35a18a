//! Two sets of loads, side by side: what changed, and whether it is more than noise. Pure.
//!
//! [`sample`] is what is kept of a load, [`samples`] all of a side.

pub mod sample;
pub mod samples;

pub use sample::{Build, Ended, Key, LeftOut, Mark, Phases, Sample, Side};
pub use samples::{Group, Samples};
