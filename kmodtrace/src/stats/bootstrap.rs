//! How far a difference of medians could be elsewhere: the percentile bootstrap.
//!
//! Each side draws from a stream of its own, seeded by its values. So a comparison the other way round gives the
//! mirror image, and the same data give the same interval everywhere.

use std::cmp::Ordering;

use rand_pcg::{
    Pcg64Mcg,
    rand_core::{RngCore as _, SeedableRng as _},
};

use super::{median, number, quantile, sorted};

/// Both ends of a confidence interval.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// True if 0 lies outside.
    #[must_use]
    pub fn excludes_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }

    /// The middle part of what was drawn.
    fn middle(drawn: impl IntoIterator<Item = f64>, level: f64) -> Self {
        let drawn = sorted(drawn);
        let tail = (1.0 - level) / 2.0;
        // Counted from both ends alike, so that the mirror image is exact.
        let mirrored: Vec<f64> = drawn.iter().rev().map(|value| -value).collect();
        Self {
            low: quantile(&drawn, tail),
            high: -quantile(&mirrored, tail),
        }
    }
}

/// Draws at most this often, and fewer where there are many values: then the interval is narrow anyway.
const MOST_DRAWS: usize = 1000;
const LEAST_DRAWS: usize = 200;
const MOST_VALUES: usize = 4_000_000;

/// Interval of the median of `new` less that of `base`; both in any order, neither empty.
#[must_use]
pub fn medians(base: &[f64], new: &[f64], level: f64) -> Interval {
    let draws = draws(base.len().max(new.len()));
    let (base, new) = (resampled(base, draws), resampled(new, draws));
    Interval::middle(
        new.into_iter().zip(base).map(|(new, base)| new - base),
        level,
    )
}

/// Interval of the median of one set of values, for instance of differences.
#[must_use]
pub fn one_median(values: &[f64], level: f64) -> Interval {
    let these = sorted(values.iter().copied());
    let mirrored = sorted(values.iter().map(|value| -value));
    // The mirror image is drawn alike.
    if these.partial_cmp(&mirrored) == Some(Ordering::Less) {
        let Interval { low, high } = one_median(&mirrored, level);
        return Interval {
            low: -high,
            high: -low,
        };
    }
    Interval::middle(resampled(&these, draws(these.len())), level)
}

/// Interval of the median over boots of the medians of their loads, `new` less `base`: first boots are drawn, then
/// loads in each, as loads of one boot have more in common than those of two.
#[must_use]
pub fn boots(base: &[Vec<f64>], new: &[Vec<f64>], level: f64) -> Interval {
    let most = base.iter().chain(new).map(Vec::len).sum();
    let draws = draws(most);
    let (base, new) = (nested(base, draws), nested(new, draws));
    Interval::middle(
        new.into_iter().zip(base).map(|(new, base)| new - base),
        level,
    )
}

fn draws(values: usize) -> usize {
    (MOST_VALUES / values.max(1)).clamp(LEAST_DRAWS, MOST_DRAWS)
}

/// Medians of so many samples with replacement.
fn resampled(values: &[f64], draws: usize) -> Vec<f64> {
    let values = sorted(values.iter().copied());
    let mut stream = stream(&values);
    let mut counts = vec![0_u32; values.len()];
    (0..draws)
        .map(|_| drawn_median(&values, &mut counts, &mut stream))
        .collect()
}

fn nested(boots: &[Vec<f64>], draws: usize) -> Vec<f64> {
    let mut boots: Vec<Vec<f64>> = boots
        .iter()
        .map(|boot| sorted(boot.iter().copied()))
        .collect();
    boots.sort_by(|a, b| {
        a.iter()
            .map(|v| v.to_bits())
            .cmp(b.iter().map(|v| v.to_bits()))
    });
    let mut stream = stream(&boots.concat());
    let mut counts = Vec::new();
    let draw = |stream: &mut Pcg64Mcg, counts: &mut Vec<u32>| {
        let chosen = (0..boots.len()).filter_map(|_| boots.get(below(boots.len(), stream)));
        let chosen: Vec<&Vec<f64>> = chosen.collect();
        let medians = chosen.into_iter().map(|boot| {
            counts.clear();
            counts.resize(boot.len(), 0);
            drawn_median(boot, counts, stream)
        });
        median(&sorted(medians))
    };
    (0..draws).map(|_| draw(&mut stream, &mut counts)).collect()
}

/// The median of as many values as there are, drawn with replacement; `counts` is all 0, before and after.
fn drawn_median(sorted: &[f64], counts: &mut [u32], stream: &mut Pcg64Mcg) -> f64 {
    let n = sorted.len();
    for _ in 0..n {
        if let Some(count) = counts.get_mut(below(n, stream)) {
            *count += 1;
        }
    }
    // Places of the two values in the middle, which are one for an odd number.
    let (low, high) = (n.saturating_sub(1) / 2, n / 2);
    let (mut seen, mut sum, mut found) = (0_usize, 0.0, 0);
    for (&value, count) in sorted.iter().zip(counts) {
        let until = seen + *count as usize;
        let inside = |place: usize| usize::from(seen <= place && place < until);
        let here = inside(low) + inside(high);
        sum += value * number(here);
        found += here;
        seen = until;
        *count = 0;
    }
    if found == 0 { 0.0 } else { sum / number(found) }
}

/// A number below `n`, each as likely but for one part in 2³².
fn below(n: usize, stream: &mut Pcg64Mcg) -> usize {
    let n = n as u128;
    usize::try_from((u128::from(stream.next_u64()) * n) >> 64).unwrap_or(0)
}

/// A stream that these values have for their own (FNV-1a over their bits).
fn stream(values: &[f64]) -> Pcg64Mcg {
    let bytes = values
        .iter()
        .flat_map(|value| value.to_bits().to_le_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    Pcg64Mcg::seed_from_u64(hash)
}
