//! What the tests of several subjects share.

pub mod failures;
pub mod hostile;
pub mod leaks;
pub mod many;
pub mod opened;
pub mod recordings;
pub mod records;
pub mod schemas;
#[cfg(feature = "vm")]
pub mod sides;
pub mod spoiled;
pub mod told;
#[cfg(feature = "vm")]
pub mod vm;
