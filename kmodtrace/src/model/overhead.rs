//! What tracing costs.

/// What kmodtrace's eBPF programs cost a load: their own time, without the kernel's way to them and back.
///
/// The program that ends a load, the largest, runs behind its end and is not part of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Overhead {
    /// Hits of probes that belong to the load.
    pub hits: u64,
    /// Time that the programs took inside the load, ns; `None` as long as no load of the run was measured.
    pub ns: Option<u64>,
    /// True if the time was measured in this very load; else it is what as many hits took in those that were: the first
    /// [`MEASURED_FIRST`](kmodtrace_common::config::MEASURED_FIRST) on each CPU, then one of
    /// [`MEASURED_OF`](kmodtrace_common::config::MEASURED_OF).
    pub measured: bool,
}

impl Overhead {
    /// With that of another load.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let ns = match (self.ns, other.ns) {
            (Some(one), Some(other)) => Some(one.saturating_add(other)),
            (one, other) => one.or(other),
        };
        Self {
            hits: self.hits.saturating_add(other.hits),
            ns,
            measured: self.measured && other.measured,
        }
    }
}
