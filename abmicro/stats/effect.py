"""An estimate with its interval, and the quantile that draws the interval."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtrit

from abmicro.stats.arguments import Floats, within


class Effect(NamedTuple):
    """An estimate with the ends of its interval, each a float or an array of one shape."""

    estimate: Floats
    low: Floats
    high: Floats


def critical(level: ArrayLike, df: ArrayLike | None = None) -> Floats:
    """How many standard errors a two-sided interval reaches to either side.

    level: two-sided confidence level in (0, 1), any shape.
    df: degrees of freedom of Student's t; None for the normal law.

    >>> round(float(critical(0.95)), 6), round(float(critical(0.95, 10)), 6)
    (1.959964, 2.228139)
    """
    tail = (1 - within(level, "level", 0, 1)) / 2
    quantile = ndtri(tail) if df is None else stdtrit(df, tail)
    return np.asarray(-quantile, dtype=np.float64)
