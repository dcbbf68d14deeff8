"""Goals without what a value from before the exposure predicts of them (CUPED).

The row of such a goal is that of an amount, of 0 and 1 for a rate, from which the prediction is
taken off; a rate is judged so once enough units of every variant have reached it, else as any rate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from abmicro.analysis.goals.metric_kinds import (
    Figures,
    Guard,
    MeanFigures,
    Tested,
    pair_moments,
)
from abmicro.analysis.goals.stratified_metrics import (
    CONTROL,
    TREATED,
    WITHIN,
    shares_of_strata,
    stacked,
    units_of_strata,
)
from abmicro.frozen import frozen
from abmicro.marginals.amount_parts import ENOUGH_FOR_PAST, RatioTotals
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.means.amounts_per_unit import Amounts, amounts_within
from abmicro.stats.means.past_values import prediction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abmicro.analysis.bayes.posteriors import Belief
    from abmicro.array_types import Bools, Floats
    from abmicro.experiment.model import Goal, Prior
    from abmicro.marginals.goal_totals import GoalTotals


LESS_PAST = "Welch and Student less what the past predicts (CUPED), the wider; Fieller lift"
POSTERIOR_AS_IT_IS = "chance to win and expected loss are those of the goal with all its past"


class AsItIs(NamedTuple):
    """Beside adjusted figures those without: where there are any, what was taken off, the test.

    All of shape (A, L, G): variants, levels, goals.
    """

    holds: Bools
    slope: Floats
    saved: Floats
    p: Floats
    difference: Effect
    lift: Effect


@frozen(eq=False)
class PastAdjusted:
    """A sort of goals, some of which are judged without what their past predicts.

    plain: all goals as they are; adjusted: all as amounts less their past; holds: (A, L, G) where
    the latter count. slope: of the prediction; saved: share of the variance that it takes off.
    """

    plain: Figures
    adjusted: MeanFigures
    holds: Bools
    slope: Floats
    saved: Floats

    @property
    def goals(self) -> tuple[Goal, ...]:
        """The goals of the sort."""
        return self.plain.goals

    @property
    def control(self) -> Floats:
        """Rate or mean of the control, less what its past predicts."""
        return np.where(self.holds, self.adjusted.control, self.plain.control)

    @property
    def treated(self) -> Floats:
        """Rate or mean of the treated variant, less what its past predicts."""
        return np.where(self.holds, self.adjusted.treated, self.plain.treated)

    def reached(self) -> tuple[Floats, Floats] | None:
        """Units that reached the goal, as they are."""
        return self.plain.reached()

    @property
    def size(self) -> tuple[Floats, Floats] | None:
        """As how many equal amounts those of each variant count."""
        return self.plain.size

    def test(self) -> Tested:
        """Test of no difference."""
        one, other = self.adjusted.test(), self.plain.test()
        method = np.where(self.holds, one.method, other.method)
        return Tested(method, np.where(self.holds, one.p, other.p))

    def intervals(self, level: Floats) -> tuple[Effect, Effect]:
        """Intervals of difference and lift that agree with the test."""
        one, other = self.adjusted.intervals(level), self.plain.intervals(level)
        return self._chosen(one[0], other[0]), self._chosen(one[1], other[1])

    def guard(self, margin: Floats, level: float) -> Guard:
        """Test against the margin, and the interval of the lift that agrees with it."""
        one, other = self.adjusted.guard(margin, level), self.plain.guard(margin, level)
        return Guard(np.where(self.holds, one.p, other.p), self._chosen(one.lift, other.lift))

    def belief(self, shared: Prior, level: float) -> Belief:
        """Posterior figures of the goals as they are."""
        return self.plain.belief(shared, level)

    def as_it_is(self, level: Floats) -> AsItIs:
        """The figures of the goals as they are, and what was taken off."""
        slope = np.broadcast_to(self.slope, self.holds.shape)
        test = self.plain.test().p
        return AsItIs(self.holds, slope, self.saved, test, *self.plain.intervals(level))

    def _chosen(self, one: Effect, other: Effect) -> Effect:
        return Effect(*(np.where(self.holds, *pair) for pair in zip(one, other, strict=True)))


def with_past(
    plain: Figures,
    sort: Literal["rates", "values"],
    whole: GoalTotals,
    strata: Sequence[GoalTotals] = (),
) -> Figures:
    """The sort with its adjusted goals; unchanged where no goal of it has a value from before."""
    cells = strata or (whole,)
    pasts = [one.rate_pasts if sort == "rates" else one.value_pasts for one in cells]
    known = [past for past in pasts if past is not None]
    if not known:
        return plain
    units = units_of_strata(cells)
    pairs = RatioTotals(*(stacked(part) for part in zip(*known, strict=True)))
    by = prediction(pair_moments(units, pairs))
    share = shares_of_strata(units) if strata else np.ones(1)
    treated, control = (
        pair_moments(units[variant], RatioTotals(*(part[variant] for part in pairs)))
        for variant in (TREATED, CONTROL)
    )
    raw = amounts_within(treated.y, control.y, share)
    less = amounts_within(by.off(treated), by.off(control), share)
    saved = np.asarray(1 - _noise(less) / _noise(raw))
    method = LESS_PAST + WITHIN * bool(strata)
    size = (np.full(saved.shape, np.inf),) * 2 if plain.size is None else plain.size
    adjusted = MeanFigures(plain.goals, method, less, size)
    holds = np.broadcast_to(_holds(plain.goals, sort, whole), saved.shape)
    return PastAdjusted(plain, adjusted, holds, by.slope, saved)


def _holds(goals: tuple[Goal, ...], sort: str, whole: GoalTotals) -> Bools:
    """Goals with a past; rates once enough units of every variant have reached them: (L, G)."""
    has = np.array([goal.before is not None for goal in goals], dtype=bool)
    if sort == "values":
        return has
    return np.asarray(has & (whole.reached.min(axis=0) >= ENOUGH_FOR_PAST))


def _noise(found: Amounts) -> Floats:
    """Squared error of the difference; NaN where there is none."""
    treated, control = found.welch
    noise = np.asarray(treated.squared_error + control.squared_error)
    return np.where(noise > 0, noise, np.nan)
