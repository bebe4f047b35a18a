//! What the tests of several subjects share.

pub mod records;
#[cfg(feature = "vm")]
pub mod vm;
