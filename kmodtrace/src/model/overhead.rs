//! What tracing costs.

/// What kmodtrace's eBPF programs cost a load: their own time, without the kernel's way to them and back.
///
/// The program that ends a load, the largest, runs behind its end and is not part of it. Time in which somebody else had
/// the CPU in the middle of a program counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Overhead {
    /// Hits of probes in the load whose programs had something to do; `None` if they were not counted.
    pub hits: Option<u64>,
    /// Time that the programs took inside the load, ns; `None` as long as no load of the run was measured.
    pub ns: Option<u64>,
    /// True if the time was measured in this very load; else it is what as many hits took in those that were: the first
    /// [`MEASURED_FIRST`](kmodtrace_common::config::MEASURED_FIRST) on each CPU, then one of
    /// [`MEASURED_OF`](kmodtrace_common::config::MEASURED_OF).
    pub measured: bool,
}

impl Overhead {
    /// Together with that of another load, as far as each is known.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let sum = |one: Option<u64>, other| {
            let known = one.into_iter().chain(other);
            known.reduce(u64::saturating_add)
        };
        Self {
            hits: sum(self.hits, other.hits),
            ns: sum(self.ns, other.ns),
            measured: self.measured && other.measured,
        }
    }
}
