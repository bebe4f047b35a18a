//! Correction for asking many questions at once.

use super::number;

/// Holm's correction (1979): p-values such that "any of them below α" happens by chance with probability α at
/// most, however the questions depend on each other. In the order of what came in.
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    let value = |index: usize| p.get(index).copied().unwrap_or(1.0);
    order.sort_by(|&a, &b| value(a).total_cmp(&value(b)));
    let mut corrected = vec![1.0; p.len()];
    let mut least = 0.0_f64;
    for (place, index) in order.into_iter().enumerate() {
        least = least.max((value(index) * number(p.len() - place)).min(1.0));
        if let Some(slot) = corrected.get_mut(index) {
            *slot = least;
        }
    }
    corrected
}
