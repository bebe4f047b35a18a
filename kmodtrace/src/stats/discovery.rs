//! Correction for asking many questions at once.

use super::number;

/// The correction of Benjamini and Hochberg (1995): of what is found below α, a share of α is found by chance; and
/// where there is nothing to find, anything is found with probability α at most. That holds for questions that are
/// independent or go the same way, as phases of a load do. In the order of what came in.
#[must_use]
pub fn false_discovery(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<(f64, usize)> = p.iter().copied().zip(0..).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut corrected = vec![1.0; p.len()];
    let mut most = 1.0_f64;
    for (place, &(value, index)) in order.iter().enumerate().rev() {
        // In this order: a factor that is 1 at least makes no value smaller.
        most = most.min(value * (number(p.len()) / number(place + 1)));
        if let Some(slot) = corrected.get_mut(index) {
            *slot = most;
        }
    }
    corrected
}
