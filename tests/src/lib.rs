//! What the tests of several subjects share.

pub mod leaks;
pub mod records;
#[cfg(feature = "vm")]
pub mod vm;
