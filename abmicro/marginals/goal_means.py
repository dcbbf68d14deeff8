"""Means of goals over units, and the standard deviations of those that are no rates."""

from __future__ import annotations

from math import nan, sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from abmicro.marginals.goal_totals import GoalTotals


class GoalMeans(NamedTuple):
    """By goal name: rates and means over units; standard deviations of values and ratios."""

    means: dict[str, float]
    sds: dict[str, float]


def goal_means(totals: GoalTotals, arms: slice) -> GoalMeans:
    """The means of some arms together, over all units; NaN where they have none."""
    units = int(totals.units[arms, 0].sum()) or nan
    means, sds = dict[str, float](), dict[str, float]()
    for goal, reached in zip(totals.rates, totals.reached[arms, 0].sum(axis=0), strict=True):
        means[goal.name] = float(reached) / units
    sums = zip(
        totals.values,
        totals.totals[arms, 0].sum(axis=0),
        totals.squares[arms, 0].sum(axis=0),
        strict=True,
    )
    for goal, total, square in sums:
        means[goal.name] = float(total) / units
        sds[goal.name] = sqrt(max(float(square) / units - means[goal.name] ** 2, 0.0))
    for at, goal in enumerate(totals.ratios):
        pair = (float(part[arms, 0, at].sum()) / units for part in totals.pairs)
        means[goal.name], sds[goal.name] = _ratio(*pair)
    return GoalMeans(means, sds)


def _ratio(y: float, x: float, yy: float, xx: float, xy: float) -> tuple[float, float]:
    """A ratio of means, and the standard deviation over units by the delta method.

    y, x: means over units of what is counted and of what it is set against; then of their products.
    """
    if not x > 0:
        return nan, nan
    rate = y / x
    return rate, sqrt(max(yy - 2 * rate * xy + rate**2 * xx, 0.0)) / x
