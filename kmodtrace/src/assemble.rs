//! Events to loads: pure, total.

mod anomaly;
mod assembler;
mod build;
mod cgroups;
mod facts;
mod freed;
mod helpers;
mod iterations;
pub mod ledger;
mod material;
mod open;
mod overhead;
mod processes;
mod recent;
mod rivals;
mod unload;

pub use anomaly::Anomaly;
pub use assembler::{Assembler, Output};
