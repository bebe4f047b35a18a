//! What tracing cost.

use serde::Deserialize;

/// What tracing cost a load.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Overhead {
    /// Hits of probes.
    pub hits: Option<u64>,
    /// Time of the programs, ns.
    pub ns: Option<u64>,
    /// True if it was measured in that load.
    pub measured: bool,
}
