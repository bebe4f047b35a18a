//! Where values lie, and how far apart.

use super::number;

/// The values in ascending order.
#[must_use]
pub fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The median of values in ascending order; 0 if there are none.
#[must_use]
pub fn median(sorted: &[f64]) -> f64 {
    quantile(sorted, 0.5)
}

/// A quantile of values in ascending order, interpolated between the two next to it (type 7 of Hyndman and Fan,
/// as `numpy.quantile` has it); 0 if there are none.
#[must_use]
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let place = q.clamp(0.0, 1.0) * number(last);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a slice: not negative, and no longer than it"
    )]
    let below = (place.floor() as usize).min(last);
    let above = (below + 1).min(last);
    let part = place - number(below);
    let (Some(&low), Some(&high)) = (sorted.get(below), sorted.get(above)) else {
        return 0.0;
    };
    // So that a median of two and the mirror image of any quantile come out the same from both ends.
    low * (1.0 - part) + high * part
}

/// The median of the distances from the median: no factor that makes it a standard deviation.
#[must_use]
pub fn mad(values: &[f64]) -> f64 {
    let centre = median(values);
    median(&sorted(values.iter().map(|value| (value - centre).abs())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_few_values() {
        assert!(median(&[]).abs() < 1e-12);
        assert!((median(&[3.0]) - 3.0).abs() < 1e-12);
        assert!((median(&[1.0, 2.0]) - 1.5).abs() < 1e-12);
        assert!((quantile(&[0.0, 10.0, 20.0], 0.95) - 19.0).abs() < 1e-9);
        assert!((mad(&[1.0, 2.0, 3.0, 4.0, 100.0]) - 1.0).abs() < 1e-12);
    }
}
