"""Roots of many functions at once, each between two ends of opposite sign."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from abmicro.stats.foundations.validation import Floats

_WIDTH = 1e-13  # of the root or of the first bracket, whichever is larger in effect


def root(
    f: Callable[[Floats, Floats], Floats], low: Floats, high: Floats, *, width: float = _WIDTH
) -> Floats:
    """A root of each function between its ends; an end itself where no sign changes.

    f: heights at points (K,) of the functions with numbers (K,), which need not be all; increasing.
    low, high: ends, (G,), low <= high. width: of the answer, as a part of the first bracket.

    Where a function is not below 0 at its lower end that end is returned, and infinity where it is
    below 0 at its upper end.

    Source: Chandrupatla (1997), Advances in Engineering Software 28:145-149.

    >>> goals = np.array([2.0, 3.0])
    >>> root(lambda x, at: x**2 - goals[at.astype(int)], np.zeros(2), np.full(2, 9.0)).round(6)
    array([1.414214, 1.732051])
    """
    every = np.arange(len(low), dtype=np.float64)
    f_low, f_high = f(low, every), f(high, every)
    answer = np.where(f_low >= 0, low, np.where(f_high < 0, np.inf, high))
    left = np.flatnonzero((f_low < 0) & (f_high > 0))
    a, b, fa, fb = low[left], high[left], f_low[left], f_high[left]
    t = np.full(len(left), 0.5)
    tolerance = width * (b - a)
    while len(left):
        x = a + t * (b - a)
        fx = f(x, left.astype(np.float64))
        same = (fx < 0) == (fa < 0)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = x, fx
        nearer = np.where(np.abs(fa) < np.abs(fb), a, b)
        least = (tolerance + 4e-16 * np.abs(nearer)) / np.abs(b - a)
        done = (least > 0.5) | (fa == 0)
        if np.logical_or.reduce(done):
            answer[left[done]] = np.where(fa == 0, a, nearer)[done]
            left, a, b, c, fa, fb, fc, least, tolerance = (
                each[~done] for each in (left, a, b, c, fa, fb, fc, least, tolerance)
            )
        t = np.minimum(np.maximum(_inverse_quadratic(a, b, c, fa, fb, fc), least), 1 - least)
    return answer


def _inverse_quadratic(
    a: Floats, b: Floats, c: Floats, fa: Floats, fb: Floats, fc: Floats
) -> Floats:
    """Where between a and b to look next: by interpolation if that is safe, else halfway."""
    xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
    safe = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
    fa, fb, fc = np.where(safe, fa, 0.0), np.where(safe, fb, 1.0), np.where(safe, fc, 2.0)
    near = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
    return np.where(safe, near, 0.5)
