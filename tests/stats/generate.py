"""Writes what SciPy says of a few fixed sets of values: data for the unit tests of `stats`.

    python generate.py > expected.json
"""

import json
import sys

import numpy
import scipy

from scipy_says import answers


def sets():
    """Sides that differ in size, spread, ties."""
    yield [5.0, 1.0, 4.0], [9.0, 7.0, 8.0, 6.5]
    yield [1.0, 2.0, 2.0, 3.0, 8.0], [2.0, 3.0, 3.0, 9.0, 9.0, 10.0]
    yield [1.0] * 6, [1.0] * 5
    random = numpy.random.default_rng(6)
    for m, n, step in [(8, 8, 0), (12, 30, 0), (30, 30, 0), (30, 30, 50), (9, 200, 10), (64, 64, 1)]:
        base = random.lognormal(10, 0.2, m)
        new = random.lognormal(10.05, 0.2, n)
        if step:
            base, new = (numpy.round(side / step / 20) * step * 20 for side in (base, new))
        yield [round(float(it), 3) for it in base], [round(float(it), 3) for it in new]


def main():
    cases = [{"base": a, "new": b, **answers(a, b)} for a, b in sets()]
    json.dump({"scipy": scipy.__version__, "cases": cases}, sys.stdout, indent=None)
    print()


main()
