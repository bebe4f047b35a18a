//! Values that follow one another and are alike say less than as many that do not.

use statrs::distribution::{ContinuousCDF as _, Normal};

use super::number;

/// Correlation beyond this is taken for this.
const MOST: f64 = 0.9;

/// By how much runs of values, each in order of time, say less than independent ones: a factor of standard errors, 1
/// if neighbours have nothing to do with each other. From the correlation of ranks of neighbours,
/// as in an autoregressive process of first order.
#[must_use]
pub fn inflation(runs: &[Vec<f64>]) -> f64 {
    let (mut with, mut of, mut pairs) = (0.0, 0.0, 0_usize);
    for run in runs {
        let ranks = centred_ranks(run);
        with += ranks
            .iter()
            .zip(ranks.iter().skip(1))
            .map(|(a, b)| a * b)
            .sum::<f64>();
        of += ranks.iter().map(|rank| rank * rank).sum::<f64>();
        pairs += ranks.len().saturating_sub(1);
    }
    if of <= 0.0 || pairs == 0 {
        return 1.0;
    }
    // Of unrelated values it is -1/n on average.
    let correlation = with / of + 1.0 / number(pairs);
    let correlation = correlation.clamp(0.0, MOST);
    ((1.0 + correlation) / (1.0 - correlation)).sqrt()
}

/// A two-sided p-value of a test whose standard error is larger by this factor.
#[must_use]
pub fn weakened(p: f64, factor: f64) -> f64 {
    if factor <= 1.0 || p >= 1.0 || p <= 0.0 {
        return p;
    }
    let normal = Normal::standard();
    let z = -normal.inverse_cdf(p / 2.0) / factor;
    (2.0 * normal.sf(z)).min(1.0)
}

/// Ranks less their mean.
fn centred_ranks(values: &[f64]) -> Vec<f64> {
    let (ranks, _) = super::rank::ranks(values);
    let mean = (number(values.len()) + 1.0) / 2.0;
    ranks.into_iter().map(|rank| rank - mean).collect()
}
