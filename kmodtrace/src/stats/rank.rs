//! Rank tests: do two sets of values, or pairs of values, differ?

use statrs::distribution::{ContinuousCDF as _, Normal};

use super::number;

/// Exact tests count ways up to this many pairs of values, or ranks: beyond, the normal distribution is as good.
const MOST_PAIRS: usize = 900;
const MOST_RANKS: usize = 50;

/// The Mann–Whitney U test (Wilcoxon's rank-sum test), two-sided: the probability of ranks that are this unequal if
/// both sides are drawn alike. Exact for few values without ties, else by the normal distribution, corrected for ties
/// and continuity. 1 where a side is empty.
#[must_use]
pub fn mann_whitney(base: &[f64], new: &[f64]) -> f64 {
    let (m, n) = (base.len(), new.len());
    if m == 0 || n == 0 {
        return 1.0;
    }
    let all: Vec<f64> = base.iter().chain(new).copied().collect();
    let (ranks, ties) = ranks(&all);
    let sum: f64 = ranks.iter().take(m).sum();
    let (m_, n_) = (number(m), number(n));
    let u = sum - m_ * (m_ + 1.0) / 2.0;
    let u = u.max(m_ * n_ - u);
    if ties == 0.0 && m.saturating_mul(n) <= MOST_PAIRS {
        return (2.0 * exact_u(m, n, m_ * n_ - u)).min(1.0);
    }
    let count = m_ + n_;
    let variance = m_ * n_ / 12.0 * (count + 1.0 - ties / (count * (count - 1.0)));
    normal(u - m_ * n_ / 2.0, variance)
}

/// Wilcoxon's signed-rank test, two-sided: the probability of differences that are this unequal in sign if either sign
/// is as likely. Differences of 0 say nothing and are left out. Exact for few without ties, else by the normal
/// distribution, corrected for ties and continuity. 1 where nothing is left.
#[must_use]
pub fn signed_rank(differences: &[f64]) -> f64 {
    let kept: Vec<f64> = differences.iter().copied().filter(|&d| d != 0.0).collect();
    if kept.is_empty() {
        return 1.0;
    }
    let distances: Vec<f64> = kept.iter().map(|d| d.abs()).collect();
    let (ranks, ties) = ranks(&distances);
    let n = number(kept.len());
    let positive: f64 = ranks
        .iter()
        .zip(&kept)
        .filter(|&(_, &d)| d > 0.0)
        .map(|(rank, _)| rank)
        .sum();
    let all = n * (n + 1.0) / 2.0;
    let less = positive.min(all - positive);
    if ties == 0.0 && kept.len() <= MOST_RANKS {
        return (2.0 * exact_w(kept.len(), less)).min(1.0);
    }
    let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - ties / 48.0;
    normal(all / 2.0 - less, variance)
}

/// The smallest p-value that [`mann_whitney`] can give for so many values without ties: both sides apart.
#[must_use]
pub fn least_mann_whitney(m: usize, n: usize) -> f64 {
    if m.saturating_mul(n) <= MOST_PAIRS {
        return (2.0 * exact_u(m, n, 0.0)).min(1.0);
    }
    let (m, n) = (number(m), number(n));
    normal(m * n / 2.0, m * n * (m + n + 1.0) / 12.0)
}

/// The smallest p-value that [`signed_rank`] can give for so many pairs without ties: all of one sign.
#[must_use]
pub fn least_signed_rank(n: usize) -> f64 {
    if n <= MOST_RANKS {
        return (2.0 * exact_w(n, 0.0)).min(1.0);
    }
    let n = number(n);
    normal(n * (n + 1.0) / 4.0, n * (n + 1.0) * (2.0 * n + 1.0) / 24.0)
}

/// Mean ranks in the order of what came in, and the sum of t³ - t over groups of t equal values.
pub(super) fn ranks(values: &[f64]) -> (Vec<f64>, f64) {
    let mut order: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut ranks = vec![0.0; values.len()];
    let (mut ties, mut before) = (0.0, 0);
    for group in order.chunk_by(|a, b| a.0 == b.0) {
        let t = number(group.len());
        for &(_, index) in group {
            if let Some(rank) = ranks.get_mut(index) {
                *rank = number(before) + (t + 1.0) / 2.0;
            }
        }
        ties += t * t * t - t;
        before += group.len();
    }
    (ranks, ties)
}

/// Twice the upper tail beyond a deviation from the mean, with the correction for continuity.
fn normal(deviation: f64, variance: f64) -> f64 {
    if variance <= 0.0 {
        return 1.0;
    }
    let z = (deviation - 0.5) / variance.sqrt();
    (2.0 * Normal::standard().sf(z)).min(1.0)
}

/// P(U ≤ u) where every order of m and n values is as likely: how many of them have which U
/// (Mann and Whitney 1947, the recurrence over the largest value).
fn exact_u(m: usize, n: usize, u: f64) -> f64 {
    let size = m * n + 1;
    // ways[j][u] for i values of one side (grown in the outer loop) and j of the other.
    let mut ways = vec![vec![0.0_f64; size]; n + 1];
    for row in &mut ways {
        row[0] = 1.0;
    }
    for i in 1..=m {
        let mut next = vec![vec![0.0_f64; size]; n + 1];
        next[0][0] = 1.0;
        for j in 1..=n {
            for u in 0..=i * j {
                // The largest of all belongs to the one side, and is larger than the j others; or to the other.
                let this = if u >= j { ways[j][u - j] } else { 0.0 };
                next[j][u] = this + next[j - 1][u];
            }
        }
        ways = next;
    }
    share(&ways[n], u)
}

/// P(W ≤ w) where every sign of n ranks is as likely.
fn exact_w(n: usize, w: f64) -> f64 {
    let mut ways = vec![0.0_f64; n * (n + 1) / 2 + 1];
    ways[0] = 1.0;
    for rank in 1..=n {
        for sum in (rank..ways.len()).rev() {
            ways[sum] += ways[sum - rank];
        }
    }
    share(&ways, w)
}

/// The share of the ways up to a value.
fn share(ways: &[f64], most: f64) -> f64 {
    let all: f64 = ways.iter().sum();
    let within = ways.iter().zip(0..).filter(|&(_, at)| number(at) <= most);
    within.map(|(ways, _)| ways).sum::<f64>() / all
}
