//! Events to loads: pure, total.

mod anomaly;
mod assembler;
mod build;
mod freed;
mod helpers;
pub mod ledger;
mod open;
mod recent;

pub use anomaly::Anomaly;
pub use assembler::{Assembler, Output};
