//! Statistics of durations: pure, and the same numbers for the same data on every machine.
//!
//! Durations of loads are skewed, with a hard lower end and a long tail (interrupts, other tasks), so
//! everything here rests on ranks and medians. What was weighed, and what it is used for:
//!
//! - `statrs` has the distributions ([`rank`] and [`welch`] use its normal and Student's t). Its own Mann–Whitney
//!   test is there since 0.19 (Rust 1.89) and enumerates every way to choose, which does not end for 8 loads
//!   against 1000; so the count of ways is here, in polynomial time.
//! - `rand_pcg` draws for [`bootstrap`]: its streams are specified and do not change between releases. `oorandom`
//!   and `fastrand` would do as well; the former is nearly nobody's, the latter does not promise its stream.
//! - `criterion`'s bootstrap is private to it, `hypors` and `rstats` bring data frames and matrices along;
//!   medians and quantiles are a few lines without them.
//!
//! SciPy says the same: `tests/stats` has its answers, `cargo xtask test --full` asks it anew.

pub mod bootstrap;
pub mod centre;
pub mod discovery;
pub mod rank;
pub mod serial;
pub mod welch;

pub use bootstrap::Interval;
pub use centre::{mad, median, quantile, sorted};
pub use discovery::false_discovery;
pub use rank::{mann_whitney, signed_rank};
pub use welch::welch;

/// A count as a number to calculate with.
#[must_use]
pub(crate) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
