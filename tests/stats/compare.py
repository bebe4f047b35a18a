"""Asks kmodtrace and SciPy the same about random values, with and without ties.

    python compare.py EXAMPLE

EXAMPLE is the program of `tests/examples/statistics.rs`: it reads sides as lines of JSON and answers in lines of JSON.
The bootstrap's intervals are compared with SciPy's by how often they hold the truth.
"""

import json
import subprocess
import sys

import numpy

from scipy_says import answers

CASES = 3000
ALIKE = 1e-9
KEYS = ("median", "mad", "p95", "mann_whitney", "signed_rank", "welch")


def random_sides(random):
    """Two sides of any size, some with ties, some apart."""
    m, n = (int(it) for it in random.integers(1, 70, 2))
    apart = random.choice([0.0, 0.0, 0.1, 2.0])
    base, new = random.lognormal(10, 0.3, m), random.lognormal(10 + apart, 0.3, n)
    step = random.choice([0, 0, 1000, 20000])
    if step:
        base, new = numpy.round(base / step) * step, numpy.round(new / step) * step
    return [round(float(it), 3) for it in base], [round(float(it), 3) for it in new]


def main():
    random = numpy.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else None)
    seed = random.bit_generator.seed_seq.entropy
    sides = [random_sides(random) for _ in range(CASES)]
    expected = [answers(a, b) for a, b in sides]
    lines = "".join(
        json.dumps({"base": a, "new": b, "differences": it["differences"]}) + "\n"
        for (a, b), it in zip(sides, expected)
    )
    said = subprocess.run(
        [sys.argv[1]], input=lines, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert len(said) == CASES, f"{len(said)} answers"
    held = 0
    for (a, b), wanted, line in zip(sides, expected, said):
        got = json.loads(line)
        for key in KEYS:
            difference = abs(got[key] - wanted[key])
            # Differences of sides without spread are noise of rounding: t is infinite or not a number.
            if key == "welch" and numpy.std(a) + numpy.std(b) < 1e-6:
                continue
            limit = ALIKE * max(1.0, abs(wanted[key]))
            assert difference <= limit, f"{key}: {got[key]}, SciPy {wanted[key]} of {a} {b} (seed {seed})"
        low, high = got["interval"]
        observed = numpy.median(b) - numpy.median(a)
        held += low <= observed <= high
    # The percentile bootstrap is centred on what was observed.
    assert held >= 0.99 * CASES, f"the interval holds the observed difference {held} times"
    covered = coverage(random)
    print(f"{CASES} pairs of sides as SciPy has them, intervals cover {covered:.1%}")


def coverage(random, tries=1500, size=30):
    """How often the interval holds the true difference of medians."""
    sides = [
        [[float(it) for it in random.lognormal(10, 0.3, size)] for _ in range(2)]
        for _ in range(tries)
    ]
    lines = "".join(json.dumps({"base": a, "new": b, "differences": []}) + "\n" for a, b in sides)
    said = subprocess.run(
        [sys.argv[1]], input=lines, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    intervals = [json.loads(line)["interval"] for line in said]
    covered = sum(low <= 0 <= high for low, high in intervals) / tries
    assert 0.92 <= covered <= 0.99, f"95% intervals cover the truth {covered:.1%} of the time"
    return covered


main()
