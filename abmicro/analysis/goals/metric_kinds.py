"""The sorts of goals behind one set of verbs: rates, values, and ratios counted per session.

Every array is (A treated variants, L levels, G goals of the sort); levels and margins broadcast to
it. The margin of a goal without one is zero. A loss is a change in the goal's bad direction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

import numpy as np

from abmicro.analysis.bayes.posteriors import Spending, law_of_each, spending, unknown
from abmicro.analysis.bayes.priors import prior_of
from abmicro.frozen import frozen
from abmicro.marginals.amount_parts import RatioTotals
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.means import amounts_per_unit as amounts, rates_per_session, welch
from abmicro.stats.means.bivariate_moments import PairMoments
from abmicro.stats.proportions.uneven_arms import (
    are_uneven,
    robust_difference,
    robust_lift,
    robust_ratio_test,
    robust_score_test,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.analysis.bayes.posteriors import Belief
    from abmicro.array_types import Floats, Integers
    from abmicro.experiment.model import Goal, Prior
    from abmicro.marginals.goal_totals import GoalTotals


SCORE = "Miettinen-Nurminen score"
BOTH_SCORES = "Miettinen-Nurminen score and its skewness-corrected form, the wider"
BOSCHLOO = "Boschloo exact"
AMOUNTS = "Welch and Student, the wider; Fieller lift"
SESSIONS = "Delta method and shared variance between units, the wider; Fieller lift"


class Tested(NamedTuple):
    """The words for the method, and the two-sided p of "no difference"."""

    method: NDArray[np.str_]
    p: Floats


class Guard(NamedTuple):
    """One-sided p of "the loss is at least the margin", and the lift at the level that agrees."""

    p: Floats
    lift: Effect


@frozen(eq=False)
class Rates:
    """Goals that a unit reaches or not."""

    goals: tuple[Goal, ...]
    treated_arm: Binomial
    control_arm: Binomial

    @classmethod
    def of(cls, totals: GoalTotals) -> Self:
        """The rates of the goal totals."""
        units = np.broadcast_to(totals.units[..., None], totals.reached.shape)
        return cls(
            totals.rates,
            Binomial(totals.reached[1:], units[1:]),
            Binomial(totals.reached[:1], units[:1]),
        )

    @property
    def control(self) -> Floats:
        """Rate of the control, the same for every treated variant."""
        return np.broadcast_to(_ratio(self.control_arm), self.treated_arm.reached.shape)

    @property
    def treated(self) -> Floats:
        """Rate of the treated variant."""
        return _ratio(self.treated_arm)

    def reached(self) -> tuple[Floats, Floats] | None:
        """Units of control and treated that reached the goal."""
        shape = self.treated_arm.reached.shape
        return np.broadcast_to(self.control_arm.reached, shape), self.treated_arm.reached

    @property
    def size(self) -> None:
        """Rates have no amounts."""

    @property
    def arms(self) -> tuple[Binomial, Binomial]:
        """Both variants, the treated first."""
        return self.treated_arm, self.control_arm

    def test(self) -> Tested:
        """Score test of equal rates, in uneven variants the weaker of two."""
        method = np.where(are_uneven(*self.arms), BOTH_SCORES, SCORE)
        return Tested(method, robust_score_test(*self.arms).p)

    def intervals(self, level: Floats) -> tuple[Effect, Effect]:
        """Score intervals of difference and lift."""
        return robust_difference(*self.arms, level=level), robust_lift(*self.arms, level=level)

    def guard(self, margin: Floats, level: float) -> Guard:
        """Score test of the ratio at the margin, and the score interval of the lift."""
        up = robust_ratio_test(*self.arms, null=1 - margin, alternative="greater")
        down = robust_ratio_test(*self.arms, null=1 + margin, alternative="less")
        return Guard(np.where(goes_up(self.goals), up, down), robust_lift(*self.arms, level=level))

    def belief(self, shared: Prior, level: float) -> Belief:
        """Posterior figures, each goal under its own prior or the shared one."""
        priors = [prior_of(goal, shared) for goal in self.goals]
        law = law_of_each(priors, self.treated_arm, self.control_arm)
        return law.belief(level).hoped(goes_up(self.goals))


class AutomaticRates(Rates):
    """Rates by Boschloo's exact test where a cell expects fewer than five units, else by score."""

    __slots__ = ()

    def test(self) -> Tested:
        """Exact or score test of equal rates."""
        from abmicro.stats.exact.automatic import compare  # here and below: few ask for it

        found, score = compare(*self.arms), Rates.test(self)
        method = np.where(found.exact, BOSCHLOO, score.method)
        return Tested(method, np.where(found.exact, found.p, score.p))

    def intervals(self, level: Floats) -> tuple[Effect, Effect]:
        """Intervals of difference and lift that agree with the test."""
        from abmicro.stats.exact.automatic import compare

        found, score = compare(*self.arms, level=level), Rates.intervals(self, level)
        difference, lift = (
            Effect(*(np.where(found.exact, *ends) for ends in zip(exact, other, strict=True)))
            for exact, other in zip((found.difference, found.lift), score, strict=True)
        )
        return difference, lift


@frozen(eq=False)
class MeanFigures:
    """Goals with a mean and its errors per variant: amounts per unit, and rates per session.

    found: both variants with their errors. size: as how many equal amounts (of a rate per session:
    units that weigh alike) those of control and treated variant vary. law: of the posterior, where
    one is computed.
    """

    goals: tuple[Goal, ...]
    method: str
    found: amounts.Amounts
    size: tuple[Floats, Floats]
    law: Spending | None = None

    @property
    def control(self) -> Floats:
        """Mean of the control."""
        return np.broadcast_to(self.found.welch[1].mean, np.shape(self.treated))

    @property
    def treated(self) -> Floats:
        """Mean of the treated variant."""
        return self.found.welch[0].mean

    def reached(self) -> tuple[Floats, Floats] | None:
        """Means are not reached."""
        return None

    def test(self) -> Tested:
        """Test of equal means."""
        return Tested(np.array(self.method), amounts.amount_difference(self.found).p)

    def intervals(self, level: Floats) -> tuple[Effect, Effect]:
        """Interval of the difference that agrees with the test, Fieller's of the lift."""
        found = amounts.amount_difference(self.found, level=level)
        lift = amounts.amount_lift(self.found, level=level)
        return Effect(found.estimate, found.low, found.high), lift

    def guard(self, margin: Floats, level: float) -> Guard:
        """Test of the contrast at the margin, and Fieller's interval of the lift."""
        up = amounts.amount_noninferiority(self.found, null=-margin, alternative="greater")
        down = amounts.amount_noninferiority(self.found, null=margin, alternative="less")
        p = np.where(goes_up(self.goals), up, down)
        return Guard(p, amounts.amount_lift(self.found, level=level))

    def belief(self, shared: Prior, level: float) -> Belief:  # noqa: ARG002
        """Posterior figures over all units; NaN where none are computed."""
        if self.law is None:
            return unknown(np.shape(self.treated))
        return self.law.belief(level).hoped(goes_up(self.goals))


def values(totals: GoalTotals) -> MeanFigures:
    """The values of the goal totals."""
    treated, control = moments(totals)
    law = Spending(spending(treated, totals.spenders[1:]), spending(control, totals.spenders[:1]))
    found, size = amounts.amounts(treated, control), effective_sizes(treated, control)
    return MeanFigures(totals.values, AMOUNTS, found, size, law)


def ratios(totals: GoalTotals) -> MeanFigures:
    """The ratios of the goal totals."""
    treated, control = pair_arms(totals)
    found = rates_per_session.session_rates(treated, control)
    return MeanFigures(totals.ratios, SESSIONS, found, session_sizes(totals))


def moments(totals: GoalTotals) -> tuple[welch.Moments, welch.Moments]:
    """The moments of the values of treated variants and control."""
    units = np.broadcast_to(totals.units[..., None], totals.totals.shape)
    treated, control = (
        welch.Moments(units[at], totals.totals[at], totals.squares[at])
        for at in (slice(1, None), slice(1))
    )
    return treated, control


def effective_sizes(treated: welch.Moments, control: welch.Moments) -> tuple[Floats, Floats]:
    """Effective numbers of amounts of control and treated variant, of one shape."""
    of_treated = amounts.effective_size(treated)
    return np.broadcast_to(amounts.effective_size(control), of_treated.shape), of_treated


def session_sizes(totals: GoalTotals) -> tuple[Floats, Floats]:
    """Units that weigh alike by their sessions; of amounts per session, by those if fewer."""
    treated, control = pair_arms(totals)
    by_session = effective_sizes(treated.x, control.x)
    by_amount = effective_sizes(treated.y, control.y)
    valued = np.array([goal.is_value for goal in totals.ratios], dtype=bool)
    control_size, treated_size = (
        np.where(valued, np.minimum(one, other), one)
        for one, other in zip(by_session, by_amount, strict=True)
    )
    return control_size, treated_size


def pair_arms(totals: GoalTotals) -> tuple[PairMoments, PairMoments]:
    """The moments of the ratios of treated variants and control."""
    treated, control = (
        pair_moments(totals.units[at][..., None], RatioTotals(*(part[at] for part in totals.pairs)))
        for at in (slice(1, None), slice(1))
    )
    return treated, control


def pair_moments(units: Integers, pairs: RatioTotals) -> PairMoments:
    """The moments of what is counted and of what it is set against; units broadcast to both."""
    each = np.broadcast_to(units, pairs.y.shape)
    y, x = (
        welch.Moments(each, total, squares)
        for total, squares in ((pairs.y, pairs.y_squares), (pairs.x, pairs.x_squares))
    )
    return PairMoments(y, x, pairs.products)


def goes_up(goals: tuple[Goal, ...]) -> NDArray[np.bool_]:
    """Which goals are the better the more there is of them."""
    return np.array([goal.sign > 0 for goal in goals], dtype=bool)


def _ratio(variant: Binomial) -> Floats:
    return np.asarray(variant.reached / welch.or_nan(variant.trials, 0))


class Figures(Protocol):
    """The verbs of a sort of goals."""

    @property
    def goals(self) -> tuple[Goal, ...]:
        """The goals of the sort."""

    @property
    def control(self) -> Floats:
        """Rate or mean of the control."""

    @property
    def treated(self) -> Floats:
        """Rate or mean of the treated variant."""

    def reached(self) -> tuple[Floats, Floats] | None:
        """Units of control and treated that reached the goal, where units do."""

    @property
    def size(self) -> tuple[Floats, Floats] | None:
        """As how many equal amounts or units control and treated variant count; None of rates."""

    def test(self) -> Tested:
        """Test of no difference."""

    def intervals(self, level: Floats) -> tuple[Effect, Effect]:
        """Intervals of difference and lift that agree with the test."""

    def guard(self, margin: Floats, level: float) -> Guard:
        """Test against the margin, and the interval of the lift that agrees with it."""

    def belief(self, shared: Prior, level: float) -> Belief:
        """Posterior figures; NaN where none are computed."""


def rates(totals: GoalTotals, method: str) -> Rates:
    """The rates of the goal totals by the method of the definition, `score` or `automatic`."""
    sort = {"score": Rates, "automatic": AutomaticRates}[method]
    return sort.of(totals)
