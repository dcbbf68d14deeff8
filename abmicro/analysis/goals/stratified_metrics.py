"""The three sorts of goals where the variants are compared within strata (see `strata`).

Every stratum counts with its share of the units of both variants, as in the carry-through: the
rates of a row are post-stratified, and its difference, its lift and the lift of the ruler are
theirs. A stratum in which a variant is empty compares nothing and is left out. Arrays are those of
`figures`, with strata along one more axis at the end while they are added up.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from abmicro.analysis.bayes.posteriors import unknown
from abmicro.analysis.goals.metric_kinds import (
    AMOUNTS,
    SCORE,
    SESSIONS,
    Guard,
    MeanFigures,
    Tested,
    effective_sizes,
    goes_up,
    moments,
    pair_moments,
    session_sizes,
)
from abmicro.frozen import frozen
from abmicro.marginals.amount_parts import RatioTotals
from abmicro.stats.carry_through.stratified_rates import shares
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.means.amounts_per_unit import amounts_within
from abmicro.stats.means.rates_per_session import session_rates_within
from abmicro.stats.means.welch import Moments
from abmicro.stats.stratified.difference_score import (
    by_share,
    stratified_difference,
    stratified_score_test,
)
from abmicro.stats.stratified.mantel_haenszel import post_stratified_rate
from abmicro.stats.stratified.ratio_score import stratified_lift, stratified_ratio_score_test

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from abmicro.analysis.bayes.posteriors import Belief
    from abmicro.array_types import Floats, Integers
    from abmicro.experiment.model import Goal, Prior
    from abmicro.marginals.goal_totals import GoalTotals
    from abmicro.stats.foundations.effect import Effect


WITHIN = " within strata"
NO_POSTERIOR = "the variants are compared within strata, of which no posterior is computed"
TREATED, CONTROL = slice(1, None), slice(1)


@frozen(eq=False)
class RatesWithin:
    """Goals that a unit reaches or not; variants (A, L, G, N) without the strata left out."""

    goals: tuple[Goal, ...]
    treated_arm: Binomial
    control_arm: Binomial

    @property
    def control(self) -> Floats:
        """Post-stratified rate of the control beside each treated variant."""
        return self._rate(self.control_arm)

    @property
    def treated(self) -> Floats:
        """Post-stratified rate of the treated variant."""
        return self._rate(self.treated_arm)

    def _rate(self, variant: Binomial) -> Floats:
        units = self.treated_arm.trials + self.control_arm.trials
        return post_stratified_rate(variant, units).estimate

    def reached(self) -> tuple[Floats, Floats] | None:
        """Units of control and treated that reached the goal, in the strata that are kept."""
        return self.control_arm.reached.sum(axis=-1), self.treated_arm.reached.sum(axis=-1)

    @property
    def size(self) -> None:
        """Rates have no amounts."""

    def test(self) -> Tested:
        """Score test of equal rates over strata."""
        found = stratified_score_test(self.treated_arm, self.control_arm, weigh=by_share)
        return Tested(np.array(SCORE + WITHIN), found.p)

    def intervals(self, level: Floats) -> tuple[Effect, Effect]:
        """Score intervals of difference and lift over strata."""
        variants = self.treated_arm, self.control_arm
        return (
            stratified_difference(*variants, weigh=by_share, level=level),
            stratified_lift(*variants, weigh=by_share, level=level),
        )

    def guard(self, margin: Floats, level: float) -> Guard:
        """Score test of the ratio at the margin, and the score interval of the lift."""
        variants = self.treated_arm, self.control_arm
        test = partial(stratified_ratio_score_test, *variants, weigh=by_share)
        up = test(null=1 - margin, alternative="greater")
        down = test(null=1 + margin, alternative="less")
        p = np.where(goes_up(self.goals), up.p, down.p)
        return Guard(p, stratified_lift(*variants, weigh=by_share, level=level))

    def belief(self, shared: Prior, level: float) -> Belief:  # noqa: ARG002
        """No posterior is computed: all is NaN."""
        return unknown(np.shape(self.treated))


def rates_within(whole: GoalTotals, strata: Sequence[GoalTotals]) -> RatesWithin:
    """The rates within strata; whole: the totals of all of them together."""
    units, reached = units_of_strata(strata), stacked(one.reached for one in strata)
    kept = (units[TREATED] > 0) & (units[CONTROL] > 0)
    treated, control = (
        Binomial(
            reached[variant] * kept, np.broadcast_to(units[variant], reached[variant].shape) * kept
        )
        for variant in (TREATED, CONTROL)
    )
    return RatesWithin(whole.rates, treated, control)


def values_within(whole: GoalTotals, strata: Sequence[GoalTotals]) -> MeanFigures:
    """The values within strata."""
    units = units_of_strata(strata)
    totals, squares = (
        stacked(getattr(one, name) for one in strata) for name in ("totals", "squares")
    )
    each, share = np.broadcast_to(units, totals.shape), shares_of_strata(units)
    treated, control = (
        Moments(each[variant], totals[variant], squares[variant]) for variant in (TREATED, CONTROL)
    )
    found, size = amounts_within(treated, control, share), effective_sizes(*moments(whole))
    return MeanFigures(whole.values, AMOUNTS + WITHIN, found, size)


def ratios_within(whole: GoalTotals, strata: Sequence[GoalTotals]) -> MeanFigures:
    """The ratios within strata."""
    units = units_of_strata(strata)
    pairs = [stacked(part) for part in zip(*(one.pairs for one in strata), strict=True)]
    treated, control = (
        pair_moments(units[variant], RatioTotals(*(part[variant] for part in pairs)))
        for variant in (TREATED, CONTROL)
    )
    found = session_rates_within(treated, control, shares_of_strata(units))
    return MeanFigures(whole.ratios, SESSIONS + WITHIN, found, session_sizes(whole))


def units_of_strata(strata: Sequence[GoalTotals]) -> Integers:
    """Units of every variant and level, beside any goal, in every stratum: (V, L, 1, N)."""
    return stacked(one.units for one in strata)[:, :, None]


def kept_units(strata: Sequence[GoalTotals]) -> tuple[Integers, Integers]:
    """Units of control and treated variant in the strata that hold both: (A, L) each."""
    units = stacked(one.units for one in strata)
    kept = (units[TREATED] > 0) & (units[CONTROL] > 0)
    return (units[CONTROL] * kept).sum(axis=-1), (units[TREATED] * kept).sum(axis=-1)


def effective_units(strata: Sequence[GoalTotals]) -> Floats:
    """As how many units of each variant, (V, L), the strata tell of a rate that is the same in all.

    0 where no stratum has units of every variant.
    """
    units = stacked(one.units for one in strata)
    kept = units.all(axis=0)
    total = units.sum(axis=0) * kept
    share = total / np.maximum(total.sum(axis=-1, keepdims=True), 1)
    spread = (share**2 / np.where(kept, units, 1)).sum(axis=-1)
    return np.where(spread > 0, 1 / np.where(spread > 0, spread, 1), 0)


def shares_of_strata(units: Integers) -> Floats:
    """The share of every stratum beside each treated variant; a variance needs two units of it."""
    enough = np.where(units > 1, units, 0).astype(np.float64)
    return shares(enough[TREATED], enough[CONTROL])


def stacked(parts: Iterable[NDArray[Any]]) -> NDArray[Any]:
    """One array of every stratum as a last axis."""
    return np.stack(list(parts), axis=-1)
