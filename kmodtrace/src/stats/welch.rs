//! Welch's t-test: for the few numbers that each stand for a whole boot.

use statrs::distribution::{ContinuousCDF as _, StudentsT};

use super::number;

/// The probability, two-sided, of means this far apart if both sides have the same, by Welch's t-test with
/// Satterthwaite's degrees of freedom. 1 where a side has fewer than two values or none of them differ.
#[must_use]
pub fn welch(base: &[f64], new: &[f64]) -> f64 {
    if base.len() < 2 || new.len() < 2 {
        return 1.0;
    }
    let ((mean_a, var_a), (mean_b, var_b)) = (moments(base), moments(new));
    let (a, b) = (var_a / number(base.len()), var_b / number(new.len()));
    if a + b <= 0.0 {
        return if mean_a == mean_b { 1.0 } else { 0.0 };
    }
    let t = (mean_b - mean_a).abs() / (a + b).sqrt();
    let freedom =
        (a + b).powi(2) / (a * a / (number(base.len()) - 1.0) + b * b / (number(new.len()) - 1.0));
    StudentsT::new(0.0, 1.0, freedom).map_or(1.0, |dist| (2.0 * dist.sf(t)).min(1.0))
}

/// Mean and variance (of the sample).
fn moments(values: &[f64]) -> (f64, f64) {
    let n = number(values.len());
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, squares / (n - 1.0))
}
