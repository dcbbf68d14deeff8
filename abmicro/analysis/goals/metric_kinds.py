"""The sorts of goals behind one set of verbs: rates, values, and ratios counted per session.

Every array is (A treated arms, L levels, G goals of the sort); levels and margins broadcast to it.
The margin of a goal without one is zero. A loss is a change in the goal's bad direction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, Self

import numpy as np

from abmicro.analysis.bayes.posteriors import Spending, law_of_each, spending, unknown
from abmicro.analysis.bayes.priors import prior_of
from abmicro.stats.exact.automatic import compare
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.means import amounts_per_unit as amounts, delta_method, welch
from abmicro.stats.means.bivariate_moments import PairMoments
from abmicro.stats.proportions import miettinen_nurminen

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from abmicro.analysis.bayes.posteriors import Belief
    from abmicro.experiment.model import Goal, Prior
    from abmicro.marginals.goal_totals import GoalTotals, RatioTotals

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


SCORE = "Miettinen-Nurminen score"
BOSCHLOO = "Boschloo exact"
AMOUNTS = "Welch and Student, the wider; Fieller lift"
DELTA = "Delta method between units, Fieller lift"


class Tested(NamedTuple):
    """The words for the method, and the two-sided p of "no difference"."""

    method: NDArray[np.str_]
    p: Floats


class Guard(NamedTuple):
    """One-sided p of "the loss is at least the margin", and the lift at the level that agrees."""

    p: Floats
    lift: Effect


@dataclass(frozen=True, slots=True, eq=False)
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
        """Rate of the control, the same for every treated arm."""
        return np.broadcast_to(_ratio(self.control_arm), self.treated_arm.reached.shape)

    @property
    def treated(self) -> Floats:
        """Rate of the treated arm."""
        return _ratio(self.treated_arm)

    def reached(self) -> tuple[Floats, Floats] | None:
        """Units of control and treated that reached the goal."""
        shape = self.treated_arm.reached.shape
        return np.broadcast_to(self.control_arm.reached, shape), self.treated_arm.reached

    @property
    def size(self) -> None:
        """Rates have no amounts."""

    def test(self) -> Tested:
        """Score test of equal rates."""
        return Tested(
            np.array(SCORE), miettinen_nurminen.score_test(self.treated_arm, self.control_arm).p
        )

    def intervals(self, level: Floats) -> tuple[Effect, Effect]:
        """Score intervals of difference and lift."""
        arms = self.treated_arm, self.control_arm
        return miettinen_nurminen.difference(*arms, level=level), miettinen_nurminen.lift(
            *arms, level=level
        )

    def guard(self, margin: Floats, level: float) -> Guard:
        """Score test of the ratio at the margin, and the score interval of the lift."""
        arms = self.treated_arm, self.control_arm
        up = miettinen_nurminen.ratio_score_test(*arms, null=1 - margin, alternative="greater")
        down = miettinen_nurminen.ratio_score_test(*arms, null=1 + margin, alternative="less")
        p = np.where(goes_up(self.goals), up.p, down.p)
        return Guard(p, miettinen_nurminen.lift(*arms, level=level))

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
        found = compare(self.treated_arm, self.control_arm)
        return Tested(np.where(found.exact, BOSCHLOO, SCORE), found.p)

    def intervals(self, level: Floats) -> tuple[Effect, Effect]:
        """Intervals of difference and lift that agree with the test."""
        found = compare(self.treated_arm, self.control_arm, level=level)
        return found.difference, found.lift


@dataclass(frozen=True, slots=True, eq=False)
class _Means:
    """Goals with a mean and its error per arm; method, difference, lift, noninferiority: how."""

    method: ClassVar[str]
    difference: ClassVar[Callable[..., Any]]
    lift: ClassVar[Callable[..., Effect]]
    noninferiority: ClassVar[Callable[..., Floats]]

    goals: tuple[Goal, ...]

    @property
    def arms(self) -> tuple[Any, ...]:
        """What the functions take."""
        raise NotImplementedError

    def test(self) -> Tested:
        """Test of equal means or ratios."""
        return Tested(np.array(self.method), self.difference(*self.arms).p)

    def intervals(self, level: Floats) -> tuple[Effect, Effect]:
        """Interval of the difference that agrees with the test, Fieller's of the lift."""
        found = self.difference(*self.arms, level=level)
        return Effect(found.estimate, found.low, found.high), self.lift(*self.arms, level=level)

    def guard(self, margin: Floats, level: float) -> Guard:
        """Test of the contrast at the margin, and Fieller's interval of the lift."""
        up = self.noninferiority(*self.arms, null=-margin, alternative="greater")
        down = self.noninferiority(*self.arms, null=margin, alternative="less")
        p = np.where(goes_up(self.goals), up, down)
        return Guard(p, self.lift(*self.arms, level=level))


@dataclass(frozen=True, slots=True, eq=False)
class Values(_Means):
    """Goals that a unit adds to.

    found: both arms with their errors. size: effective numbers of amounts, control and treated.
    """

    method = AMOUNTS
    difference = staticmethod(amounts.amount_difference)
    lift = staticmethod(amounts.amount_lift)
    noninferiority = staticmethod(amounts.amount_noninferiority)

    found: amounts.Amounts
    size: tuple[Floats, Floats]
    law: Spending | None

    @classmethod
    def of(cls, totals: GoalTotals) -> Values:
        """The values of the goal totals."""
        treated, control = moments(totals)
        law = Spending(
            spending(treated, totals.spenders[1:]), spending(control, totals.spenders[:1])
        )
        found = amounts.amounts(treated, control)
        return cls(totals.values, found, effective_sizes(treated, control), law)

    @property
    def arms(self) -> tuple[Any, ...]:
        """Both arms with their errors."""
        return (self.found,)

    @property
    def control(self) -> Floats:
        """Mean per unit of the control."""
        return np.broadcast_to(self.found.welch[1].mean, np.shape(self.treated))

    @property
    def treated(self) -> Floats:
        """Mean per unit of the treated arm."""
        return self.found.welch[0].mean

    def reached(self) -> tuple[Floats, Floats] | None:
        """Values are not reached."""
        return None

    def belief(self, shared: Prior, level: float) -> Belief:  # noqa: ARG002
        """Posterior figures over all units; NaN within segments, where they would take long."""
        if self.law is None:
            return unknown(np.shape(self.treated))
        return self.law.belief(level).hoped(goes_up(self.goals))


@dataclass(frozen=True, slots=True, eq=False)
class Ratios(_Means):
    """Goals that are counted per session or event, the sample still being of units."""

    method = DELTA
    difference = staticmethod(delta_method.clustered_difference)
    lift = staticmethod(delta_method.clustered_lift)
    noninferiority = staticmethod(delta_method.clustered_noninferiority)

    treated_arm: delta_method.RowRate
    control_arm: delta_method.RowRate

    @property
    def arms(self) -> tuple[Any, ...]:
        """Both arms."""
        return self.treated_arm, self.control_arm

    @classmethod
    def of(cls, totals: GoalTotals) -> Ratios:
        """The ratios of the goal totals."""
        found = delta_method.clustered_rate(pair_moments(totals.units[..., None], totals.pairs))
        arms = (
            delta_method.RowRate(found.rate[at], found.error[at])
            for at in (slice(1, None), slice(1))
        )
        return cls(totals.ratios, *arms)

    @property
    def control(self) -> Floats:
        """Rate of the control per session or event."""
        return np.broadcast_to(self.control_arm.rate, self.treated_arm.rate.shape)

    @property
    def treated(self) -> Floats:
        """Rate of the treated arm per session or event."""
        return self.treated_arm.rate

    @property
    def size(self) -> None:
        """None is told of ratios."""

    def reached(self) -> tuple[Floats, Floats] | None:
        """Units do not reach a ratio."""
        return None

    def belief(self, shared: Prior, level: float) -> Belief:  # noqa: ARG002
        """No posterior is computed: all is NaN."""
        return unknown(self.treated_arm.rate.shape)


def moments(totals: GoalTotals) -> tuple[welch.Moments, welch.Moments]:
    """The moments of the values of treated arms and control."""
    units = np.broadcast_to(totals.units[..., None], totals.totals.shape)
    treated, control = (
        welch.Moments(units[at], totals.totals[at], totals.squares[at])
        for at in (slice(1, None), slice(1))
    )
    return treated, control


def effective_sizes(treated: welch.Moments, control: welch.Moments) -> tuple[Floats, Floats]:
    """Effective numbers of amounts of control and treated arm, of one shape."""
    of_treated = amounts.effective_size(treated)
    return np.broadcast_to(amounts.effective_size(control), of_treated.shape), of_treated


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


def _ratio(arm: Binomial) -> Floats:
    return np.asarray(arm.reached / welch.or_nan(arm.trials, 0))


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
        """Rate or mean of the treated arm."""

    def reached(self) -> tuple[Floats, Floats] | None:
        """Units of control and treated that reached the goal, where units do."""

    @property
    def size(self) -> tuple[Floats, Floats] | None:
        """As how many equal amounts those of control and treated arm count, where they are."""

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
