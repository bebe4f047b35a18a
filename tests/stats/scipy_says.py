"""What SciPy says of two sides."""

import numpy
from scipy import stats


def answers(base, new):
    """Every statistic that kmodtrace calculates without drawing."""
    a, b = numpy.array(base), numpy.array(new)
    pooled = numpy.concatenate([a, b])
    ties = len(numpy.unique(pooled)) < len(pooled)
    exact = not ties and len(a) * len(b) <= 900
    mann_whitney = stats.mannwhitneyu(a, b, method="exact" if exact else "asymptotic").pvalue
    pairs = min(len(a), len(b))
    # Rounded, as differences of decimals have ties that binary numbers do not.
    differences = numpy.round(b[:pairs] - a[:pairs], 3)
    kept = differences[differences != 0]
    if len(kept) == 0:
        signed_rank = 1.0
    else:
        ties = len(numpy.unique(numpy.abs(kept))) < len(kept)
        exact = not ties and len(kept) <= 50
        method = "exact" if exact else "asymptotic"
        signed_rank = stats.wilcoxon(kept, method=method, correction=not exact).pvalue
    with numpy.errstate(all="ignore"):
        welch = stats.ttest_ind(a, b, equal_var=False).pvalue
    return {
        "differences": [float(it) for it in differences],
        "median": float(numpy.median(a)),
        "mad": float(stats.median_abs_deviation(a)),
        "p95": float(numpy.quantile(a, 0.95)),
        "mann_whitney": float(1.0 if numpy.isnan(mann_whitney) else mann_whitney),
        "signed_rank": float(signed_rank),
        "welch": float(1.0 if numpy.isnan(welch) else welch),
        "false_discovery": [
            float(it)
            for it in stats.false_discovery_control([0.01, float(signed_rank), 0.04, 0.03, 0.8])
        ],
    }
