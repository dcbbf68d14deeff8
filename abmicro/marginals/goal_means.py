"""Means of goals over units, and the standard deviations of those that are no rates."""

from __future__ import annotations

from math import isnan, nan, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abmicro.stats.means.past_values import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.marginals.goal_totals import GoalTotals


class GoalMeans(NamedTuple):
    """By goal name: rates and means over units; standard deviations of values and ratios.

    saved: of goals with a value from before, the share of the variance that it predicts.
    """

    means: dict[str, float]
    sds: dict[str, float]
    saved: dict[str, float]


def goal_means(totals: GoalTotals, variants: slice) -> GoalMeans:
    """The means of some variants together, over all units; NaN where they have none."""
    units = int(totals.units[variants, 0].sum()) or nan
    means, sds = dict[str, float](), dict[str, float]()
    for goal, reached in zip(totals.rates, totals.reached[variants, 0].sum(axis=0), strict=True):
        means[goal.name] = float(reached) / units
    sums = zip(
        totals.values,
        totals.totals[variants, 0].sum(axis=0),
        totals.squares[variants, 0].sum(axis=0),
        strict=True,
    )
    for goal, total, square in sums:
        means[goal.name] = float(total) / units
        sds[goal.name] = sqrt(max(float(square) / units - means[goal.name] ** 2, 0.0))
    for at, goal in enumerate(totals.ratios):
        pair = (float(part[variants, 0, at].sum()) / units for part in totals.pairs)
        means[goal.name], sds[goal.name] = _ratio(*pair)
    return GoalMeans(means, sds, dict(_saved(totals, variants, units)))


def _saved(totals: GoalTotals, variants: slice, units: float) -> Iterator[tuple[str, float]]:
    """The squared correlation of every goal with its value from before, within variants.

    0 where it is whole, as that of two units always is: no plan can rest on that.
    """
    for goals, pasts in ((totals.rates, totals.rate_pasts), (totals.values, totals.value_pasts)):
        for at, goal in enumerate(goals if pasts is not None else ()):
            if goal.before is None or pasts is None or isnan(units):
                continue
            y, x, yy, xx, yx = (part[variants, 0, at] for part in pasts)
            n = np.maximum(totals.units[variants, 0], 1)
            of_both = ((yx - y * x / n).sum(), (yy - y**2 / n).sum(), (xx - x**2 / n).sum())
            product, spread, past = map(float, of_both)
            saved = product**2 / (spread * past) if spread > 0 < past else 0.0
            yield goal.name, saved if saved < WHOLE else 0.0


def _ratio(y: float, x: float, yy: float, xx: float, xy: float) -> tuple[float, float]:
    """A ratio of means, and the standard deviation over units by the delta method.

    y, x: means over units of what is counted and of what it is set against; then of their products.
    """
    if not x > 0:
        return nan, nan
    rate = y / x
    return rate, sqrt(max(yy - 2 * rate * xy + rate**2 * xx, 0.0)) / x
