"""Two rates compared by the method that fits their counts, with an interval that agrees.

Where every cell of the table expects five units the score test decides and its intervals are shown.
Where one expects fewer, Boschloo's exact test decides, which such a table can have at any size:
rates that the data rule out for a millionth of error are not searched. Fisher's mid-P, the usual
way out for large arms, is therefore not needed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.exact.barnard_boschloo import boschloo
from abmicro.stats.exact.boschloo_interval import lower_bounds
from abmicro.stats.exact.fisher_tests import conditional
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.numerics.distinct import distinct_rows
from abmicro.stats.foundations.validation import Bools, Floats, within
from abmicro.stats.proportions.miettinen_nurminen import difference, lift, score_test

FEW = 5.0  # units expected in a cell, below which the exact test decides
FORGONE = 1e-6  # error spent on not searching the common rates that the data rule out


class TwoSampleResult(NamedTuple):
    """Which test decided, its two-sided p, and intervals of difference and lift that agree."""

    exact: Bools
    p: Floats
    difference: Effect
    lift: Effect


def compare(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> TwoSampleResult:
    """Test that two rates are equal, with intervals of difference and lift that agree with it.

    treated, control: units that reached the goal and all units, of shapes that broadcast.
    level: two-sided confidence level in (0, 1).

    Returns arrays of the broadcast shape. Where each cell of the table expects at least five units
    these are `score_test`, `difference` and `lift`. Elsewhere `exact` is true: p is that of
    `boschloo` with 1e-6 forgone, valid at any counts, hence never below 2e-6. Its intervals are the
    score intervals with the end next to 0 put right: if p < 1 - level that end is the smallest
    effect Boschloo's test does not reject, else the intervals reach to 0. So either interval leaves
    out 0 exactly where p < 1 - level. Where an arm has no units every number is NaN.

    Each distinct small table takes hundredths of a second, more at some 1e5 conversions.

    Source: expected counts: Campbell (2007), Statistics in Medicine 26:3661-3675; Boschloo's test
    with forgone rates: Lydersen, Fagerland and Laake (2009), Statistics in Medicine 28:1159-1175.

    >>> found = compare(Binomial([9, 90], [100, 1000]), Binomial([1, 50], [100, 1000]))
    >>> found.exact, found.p.round(4)
    (array([False, False]), array([0.0096, 0.0005]))
    """
    alpha = 1 - within(level, "level", 0, 1)
    xt, nt, nc, total = conditional(treated, control)
    ends = difference(treated, control, level=level), lift(treated, control, level=level)
    p = score_test(treated, control).p + 0 * alpha
    exact = np.broadcast_to(_smallest_expected(nt, nc, total) < FEW, np.shape(p))
    columns = (xt, nt, total - xt, nc, alpha, *ends[0][1:], *ends[1][1:])
    cells = [np.broadcast_to(column, np.shape(p))[exact] for column in columns]
    found = [np.array(np.broadcast_to(each, np.shape(p))) for each in (p, *columns[5:])]
    if exact.any():
        for whole, part in zip(found, _exact(*cells), strict=True):
            whole[exact] = part
    p, low, high, least, most = found
    return TwoSampleResult(
        exact, p[()], Effect(ends[0].estimate, low, high), Effect(ends[1].estimate, least, most)
    )


def _smallest_expected(nt: Floats, nc: Floats, total: Floats) -> Floats:
    """Units expected in the emptiest cell when the rates are equal; infinite without units."""
    units = nt + nc
    rarer = np.minimum(total, units - total)
    cells = np.minimum(nt, nc) * rarer
    return np.where(units > 0, cells / np.maximum(units, 1), np.inf)


def _exact(
    xt: Floats, nt: Floats, xc: Floats, nc: Floats, alpha: Floats, *score: Floats
) -> tuple[Floats, ...]:
    """p, and the ends of difference and lift from those of the score intervals; all (C,)."""
    arms = Binomial(xt, nt), Binomial(xc, nc)
    upper = boschloo(*arms, alternative="greater", forgone=FORGONE)
    lower = boschloo(*arms, alternative="less", forgone=FORGONE)
    p, gains = np.minimum(2 * np.minimum(upper, lower), 1), upper < lower
    low, high, least, most = score
    rejected = p < alpha
    columns = (column[rejected] for column in (xt, nt, xc, nc, alpha, gains))
    bounds = np.full((2, len(p)), np.nan)
    if rejected.any():
        bounds[:, rejected] = _bounds(*columns)
    gain, ratio = bounds
    gained, lost = rejected & gains, rejected & ~gains
    return (
        p,
        np.where(gained, gain, np.where(lost, low, np.minimum(low, 0))),
        np.where(lost, -gain, np.where(gained, high, np.maximum(high, 0))),
        np.where(gained, ratio - 1, np.where(lost, least, np.minimum(least, 0))),
        np.where(lost, 1 / ratio - 1, np.where(gained, most, np.maximum(most, 0))),
    )


def _bounds(xt: Floats, nt: Floats, xc: Floats, nc: Floats, alpha: Floats, gains: Bools) -> Floats:
    """The smallest difference [0] and ratio [1] not rejected of tables that are, (2, C).

    Towards where each lies; distinct tables are worked on together.
    """
    ahead = (*(np.where(gains, one, other) for one, other in ((xt, xc), (nt, nc))),)
    behind = (*(np.where(gains, one, other) for one, other in ((xc, xt), (nc, nt))),)
    rows, places = distinct_rows(np.stack([*ahead, *behind, alpha / 2], axis=1))
    found = lower_bounds(*rows.T, forgone=FORGONE)[:, places]
    return np.maximum(found, np.nextafter([[0.0], [1.0]], [[1.0], [2.0]]))  # as the test says
