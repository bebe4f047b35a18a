//! What the loads of a benchmark say, one module at a time. Pure.
//!
//! [`Collected`] is what came in; [`Figures`] are medians and their spread, the loads that lie far out, and what the
//! tracer itself costs. Which of two modules is faster is told by [`crate::compare`].

mod collected;
mod figures;
mod outliers;

pub use collected::{Collected, Seen};
pub use figures::{Cost, Figures, LEVEL, Spread};
pub use outliers::{Cause, OUTLIER_MADS, Outlier};
