"""Every figure of an analysis that has an independent road, with what that road gives."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan, sqrt
from typing import TYPE_CHECKING

from abmicro.frozen import frozen
from abmicro.marginals.marginals import Marginals
from abmicro.second_opinion.other_roads import (
    Count,
    Measure,
    Sample,
    TwoValues,
    chance_to_win,
    difference_ends,
    distance,
    lift_ends,
    log_distance,
    mean_ends,
    mean_p,
    past_slope,
    power,
    score_p,
    split_p,
)

if TYPE_CHECKING:
    from abmicro.analysis.results import Analysis, GoalResult
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.goal_totals import GoalTotals

SCORE = "Miettinen-Nurminen score"
WELCH = "Welch and Student, the wider; Fieller lift"
CLOSE = 1e-6
NO_ROAD = {
    "carry-through": "the hulls and labels of carry-through are ours; golden values hold them",
    "uneven": "skewness-corrected intervals of uneven arms",
    "sessions": "rates per session or event",
    "strata": "effects within strata",
    "prior": "chances to win under a prior that is not one beta law",
    "posterior": "chances to win of values",
    "split": "the sample ratio over phases of a ramp, or over the looks of a running test",
    "plan": "what values and margins could detect",
    "looks": "bounds of looks while a test runs",
}


@frozen
class Opinion:
    """One figure, ours and another's.

    by: what computed the other. apart: how far they are; most: how far they may be.
    """

    what: str
    by: str
    ours: float
    theirs: float
    apart: float
    most: float

    @property
    def agrees(self) -> bool:
        """Whether the two are one figure, up to rounding or the order of the method."""
        return self.apart <= self.most


@frozen
class SecondOpinion:
    """Every figure that was computed twice, and what has no second road."""

    opinions: tuple[Opinion, ...]
    without: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether all agree."""
        return all(one.agrees for one in self.opinions)


def second_opinion(analysis: Analysis, counts: JointCounts) -> SecondOpinion:
    """The figures of an analysis over all units beside those of scipy and statsmodels.

    counts: those that were analysed. They are added up by `marginals`, as for the analysis: what is
    held against one another are methods, and sums of counts are held by the engines that make them.
    Segments are left to the same methods and not repeated.
    """
    figures = _Figures(analysis.experiment, Marginals.of(analysis.experiment, counts), analysis)
    opinions = tuple(figures.opinions())
    return SecondOpinion(opinions, tuple(figures.without()))


@frozen
class _Figures:
    experiment: Experiment
    marginals: Marginals
    analysis: Analysis

    @property
    def rows(self) -> list[GoalResult]:
        return [row for row in self.analysis.goals if row.segment is None]

    def opinions(self) -> Iterator[Opinion]:
        for row in self.rows:
            if row.method == SCORE and not self.analysis.strata:
                yield from _of_rate(row)
            if row.method == WELCH:
                yield from self._of_value(row)
            if row.reached is not None and self.experiment.analysis.prior.is_beta:
                yield from self._of_chance(row)
            if row.unadjusted is not None:
                yield from self._of_slope(row)
        yield from self._of_split()
        yield from self._of_power()

    def without(self) -> Iterator[str]:
        """What these data report and no second road computes."""
        rows, analysis = self.rows, self.analysis
        methods = {row.method for row in rows}
        asked = {
            "carry-through": bool(analysis.carry_through),
            "uneven": any("skew" in method.lower() for method in methods),
            "sessions": any(row.per is not None for row in rows),
            "strata": bool(analysis.strata),
            "prior": not self.experiment.analysis.prior.is_beta,
            "posterior": any(row.is_value for row in rows),
            "split": bool(self.experiment.ramp) or analysis.monitoring is not None,
            "plan": any(one.asks != "change" for one in analysis.detectable),
            "looks": analysis.monitoring is not None,
        }
        yield from (NO_ROAD[name] for name, there in asked.items() if there)

    def _of_value(self, row: GoalResult) -> Iterator[Opinion]:
        """Both tests must reject and the wider interval is shown, so the larger of each counts."""
        treated, control = self._sample(row, self._place(row.variant)), self._sample(row, 0)
        both = (False, True)
        p = max(mean_p(treated, control, equal_variances=equal) for equal in both)
        yield _compared(row, "p", "scipy, Welch and Student", row.p_value, p, log_distance)
        level = row.difference.level
        ends = [mean_ends(treated, control, level, equal_variances=equal) for equal in both]
        yield _compared(
            row, "difference, low", "statsmodels", row.difference.low, min(low for low, _ in ends)
        )
        yield _compared(
            row, "difference, high", "statsmodels", row.difference.high, max(one for _, one in ends)
        )

    def _of_chance(self, row: GoalResult) -> Iterator[Opinion]:
        prior = self.experiment.goal(row.goal).prior or self.experiment.analysis.prior
        if row.reached is None or isnan(row.probability_better) or not prior.is_beta:
            return
        if prior.baseline is not None or prior.past:
            return
        treated, control = _counts(row)
        chance = chance_to_win(treated, control, prior.a, prior.b)
        theirs = chance if row.sign > 0 else 1 - chance
        yield _compared(row, "chance to win", "scipy, quadrature", row.probability_better, theirs)

    def _of_slope(self, row: GoalResult) -> Iterator[Opinion]:
        past = self._totals.value_pasts if row.is_value else self._totals.rate_pasts
        if past is None or row.unadjusted is None:
            return
        names = [one.name for one in (self._totals.values if row.is_value else self._totals.rates)]
        at = names.index(row.goal)
        arms = [
            TwoValues(float(units), *(float(part[arm, 0, at]) for part in past))
            for arm, units in enumerate(self._totals.units[:, 0])
        ]
        theirs = past_slope(arms)
        yield _compared(row, "slope on the past", "statsmodels, WLS", row.unadjusted.slope, theirs)

    def _of_split(self) -> Iterator[Opinion]:
        check = next((one for one in self.analysis.checks if one.name == "sample_ratio"), None)
        of_one_look = not self.experiment.ramp and self.analysis.monitoring is None
        if check is None or not of_one_look or isnan(check.figure):
            return
        units = [int(one) for one in self.marginals.exposed.by_day.sum(axis=-1)]
        theirs = split_p(units, [one.share for one in self.experiment.variants])
        many = min(units) > 5_000  # where the exact law and the chi-square one are the same
        most = CLOSE if len(units) == 2 and not many else 0.05
        apart = log_distance(check.figure, theirs)
        yield Opinion("sample ratio: p", "scipy", check.figure, theirs, apart, most)

    def _of_power(self) -> Iterator[Opinion]:
        """The power that a test had for the planned lift; both are approximations of one order."""
        for one in self.analysis.detectable:
            row = next(
                (r for r in self.rows if (r.goal, r.variant) == (one.goal, one.variant)), None
            )
            if row is None or row.reached is None or one.asks != "change" or one.planned is None:
                continue
            if isnan(one.power):
                continue
            units = (row.units.treated, row.units.control)
            theirs = power(row.rate.control, one.planned, units, one.alpha)
            apart = distance(one.power, theirs)
            what = f"{one.goal}, {one.variant}: power for the planned lift"
            yield Opinion(what, "statsmodels", one.power, theirs, apart, 0.02)

    @property
    def _totals(self) -> GoalTotals:
        return self.marginals.goal_totals

    def _place(self, variant: str) -> int:
        return [one.name for one in self.experiment.variants].index(variant)

    def _sample(self, row: GoalResult, arm: int) -> Sample:
        totals = self._totals
        at = [one.name for one in totals.values].index(row.goal)
        units = int(totals.units[arm, 0])
        total, squares = float(totals.totals[arm, 0, at]), float(totals.squares[arm, 0, at])
        mean = total / units
        return Sample(units, mean, sqrt(max(squares - total * mean, 0.0) / (units - 1)))


def _of_rate(row: GoalResult) -> Iterator[Opinion]:
    treated, control = _counts(row)
    theirs = score_p(treated, control)
    yield _compared(row, "p", "statsmodels, score", row.p_value, theirs, log_distance)
    low, high = difference_ends(treated, control, row.difference.level)
    by = "scipy, constrained likelihood"
    yield _compared(row, "difference, low", by, row.difference.low, low)
    yield _compared(row, "difference, high", by, row.difference.high, high)
    if min(treated.reached, control.reached) > 0:
        low, high = lift_ends(treated, control, row.lift.level)
        yield _compared(row, "lift, low", "statsmodels, score", row.lift.low, low)
        yield _compared(row, "lift, high", "statsmodels, score", row.lift.high, high)


def _counts(row: GoalResult) -> tuple[Count, Count]:
    assert row.reached is not None  # noqa: S101 - of rates only
    return (
        Count(int(row.reached.treated), int(row.units.treated)),
        Count(int(row.reached.control), int(row.units.control)),
    )


def _compared(
    row: GoalResult, what: str, by: str, ours: float, theirs: float, apart: Measure = distance
) -> Opinion:
    name = f"{row.goal}, {row.variant}: {what}"
    return Opinion(name, by, ours, theirs, apart(ours, theirs), CLOSE)
