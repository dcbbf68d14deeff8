"""What prior and data together say of the rates of two variants: one set of verbs for every prior.

All arrays are of the shape of the counts; "better" and "loss" mean a higher treated rate here, the
direction of a goal is seen to where the figures are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from abmicro.analysis.bayes.priors import rate_law
from abmicro.frozen import frozen
from abmicro.stats.bayes import beta_binomial
from abmicro.stats.bayes.comparison import compare
from abmicro.stats.bayes.hdi import lift_density_interval
from abmicro.stats.bayes.priors import lift_prior
from abmicro.stats.bayes.priors.lift_prior import lift_posterior
from abmicro.stats.bayes.priors.mixture import Mixture, compare_mixtures, mixture_posterior, robust
from abmicro.stats.bayes.priors.prior import JEFFREYS
from abmicro.stats.bayes.value_per_unit import ValueLaw, compare_values, normal_values
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.numerics.beta_distribution import Beta
from abmicro.stats.foundations.numerics.distinct import distinct_rows
from abmicro.stats.means.welch import Moments

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from abmicro.array_types import Floats
    from abmicro.experiment.goals.prior import Prior


@frozen(eq=False)
class Belief:
    """Chance that treated is better, what either choice loses on average, and by how much."""

    better: Floats
    loss: Floats
    loss_of_control: Floats
    difference: Effect
    lift: Effect

    def hoped(self, rises: NDArray[np.bool_]) -> Belief:
        """The same with "better" in the good direction of each goal along the last axis."""
        return replace(
            self,
            better=np.where(rises, self.better, 1 - self.better),
            loss=np.where(rises, self.loss, self.loss_of_control),
            loss_of_control=np.where(rises, self.loss_of_control, self.loss),
        )


class RatePairPosterior(Protocol):
    """The joint law of the rates of a treated variant and the control."""

    def belief(self, level: float) -> Belief:
        """Chance, losses and equal-tailed credible intervals."""

    def lift_above(self, lift: ArrayLike) -> Floats:
        """Probability that the lift exceeds a bound."""

    def densest_lift(self, level: float) -> Effect:
        """Shortest interval of the lift."""


@frozen(eq=False)
class Independent:
    """Both rates have beta laws of their own."""

    treated: Beta
    control: Beta

    def belief(self, level: float) -> Belief:
        """From quadratures, once for each pair of laws: segments often share small counts."""
        laws = self.treated.a, self.treated.b, self.control.a, self.control.b
        together = np.broadcast_arrays(*laws)
        pairs, places = distinct_rows(np.stack([part.ravel() for part in together], axis=1))
        ta, tb, ca, cb = pairs.T
        treated, control = Beta(ta, tb), Beta(ca, cb)
        found = compare(treated, control, level=level)
        difference = beta_binomial.difference_interval(treated, control, level=level)
        figures = (found.probability_better, found.loss, found.control_loss, *difference)
        each = np.array([*figures, *found.lift])[:, places].reshape(9, *together[0].shape)
        better, loss, loss_of_control = each[:3]
        return Belief(better, loss, loss_of_control, Effect(*each[3:6]), Effect(*each[6:]))

    def lift_above(self, lift: ArrayLike) -> Floats:
        """From one quadrature."""
        return beta_binomial.lift_above(self.treated, self.control, lift)

    def densest_lift(self, level: float) -> Effect:
        """Equal densities at both ends."""
        return lift_density_interval(self.treated, self.control, level=level)


@frozen(eq=False)
class Doubted:
    """Both rates have a beta law that the data may have overruled by a vague one."""

    treated: Mixture
    control: Mixture

    def belief(self, level: float) -> Belief:
        """Weighted over the pairs of parts; `difference` is NaN."""
        found = compare_mixtures(self.treated, self.control, level=level)
        return _of_lift(found.chance, found.loss, found.loss_control, found.lift)

    def lift_above(self, lift: ArrayLike) -> Floats:
        """Weighted over the pairs of parts."""
        ours, theirs = self.treated, self.control
        above = beta_binomial.lift_above(
            Beta(ours.laws.a[..., :, None], ours.laws.b[..., :, None]),
            Beta(theirs.laws.a[..., None, :], theirs.laws.b[..., None, :]),
            np.asarray(lift)[..., None, None],
        )
        weights = ours.weights[..., :, None] * theirs.weights[..., None, :]
        return np.asarray((weights * above).sum(axis=(-2, -1)))

    def densest_lift(self, level: float) -> Effect:
        """From a grid."""
        return _densest(self, level)


@frozen(eq=False)
class Tied:
    """The log lift is normal before the data, the rate of control has a beta law."""

    treated: Binomial
    control: Binomial
    rate: Beta
    lift_sd: float

    def belief(self, level: float) -> Belief:
        """From nested quadratures; `difference` is NaN."""
        found = lift_posterior(
            self.treated, self.control, lift_sd=self.lift_sd, prior=self.rate, level=level
        )
        return _of_lift(found.chance, found.loss, found.loss_control, found.lift)

    def lift_above(self, lift: ArrayLike) -> Floats:
        """From the same quadratures."""
        return lift_prior.lift_prior_above(
            self.treated, self.control, lift, lift_sd=self.lift_sd, prior=self.rate
        )

    def densest_lift(self, level: float) -> Effect:
        """From a grid."""
        return _densest(self, level)


@frozen(eq=False)
class Spending:
    """Mean values per unit, each the rate of the units that spend times what they spend.

    Jeffreys' prior for the rate, none for the values; `difference` is NaN.
    """

    treated: ValueLaw
    control: ValueLaw

    def belief(self, level: float) -> Belief:
        """From characteristic functions."""
        found = compare_values(self.treated, self.control, level=level)
        return _of_lift(found.chance, found.loss, found.loss_control, found.lift)


def spending(variant: Moments, spenders: ArrayLike) -> ValueLaw:
    """The law of the mean value per unit of (variants, L levels, M goals), with `spenders` of them.

    Only the first level, all units, is made known: each comparison takes milliseconds.
    """
    law = normal_values(variant.units, Moments(spenders, variant.total, variant.squares))
    first = np.arange(law.known.shape[-2])[:, None] == 0
    return replace(law, known=law.known & first)


@frozen(eq=False)
class Several:
    """Laws of groups of goals, put together along the last axis.

    columns: where the goals of each law stand.
    """

    laws: tuple[RatePairPosterior, ...]
    columns: tuple[tuple[int, ...], ...]

    def belief(self, level: float) -> Belief:
        """Of every law in turn."""
        found = [one.belief(level) for one in self.laws]
        return Belief(
            better=self._joined(one.better for one in found),
            loss=self._joined(one.loss for one in found),
            loss_of_control=self._joined(one.loss_of_control for one in found),
            difference=self._joined_ends(one.difference for one in found),
            lift=self._joined_ends(one.lift for one in found),
        )

    def lift_above(self, lift: ArrayLike) -> Floats:
        """Of every law in turn; lift: (...) or, a bound for each goal, (..., goals)."""
        goals = sum(map(len, self.columns))
        bounds = np.broadcast_to(lift, np.broadcast_shapes(np.shape(lift), (goals,)))
        parts = zip(self.laws, self.columns, strict=True)
        return self._joined(law.lift_above(bounds[..., list(at)]) for law, at in parts)

    def densest_lift(self, level: float) -> Effect:
        """Of every law in turn."""
        return self._joined_ends(one.densest_lift(level) for one in self.laws)

    def _joined(self, parts: Iterable[Floats]) -> Floats:
        order = np.argsort(np.concatenate([*self.columns]))
        return np.concatenate([*parts], axis=-1)[..., order]

    def _joined_ends(self, parts: Iterable[Effect]) -> Effect:
        return Effect(*map(self._joined, zip(*parts, strict=True)))


def law(prior: Prior, treated: Binomial, control: Binomial) -> RatePairPosterior:
    """The law of both rates after their data."""
    rate, variants = rate_law(prior), (treated, control)
    if prior.lift_sd is not None:
        return Tied(treated, control, rate, prior.lift_sd)
    if prior.vague is not None:
        doubted = robust(rate, weight=1 - prior.vague, vague=JEFFREYS)
        return Doubted(
            *(mixture_posterior(doubted, variant.reached, variant.trials) for variant in variants)
        )
    return _independent(rate, treated, control)


def law_of_each(priors: Sequence[Prior], treated: Binomial, control: Binomial) -> RatePairPosterior:
    """The law of every goal along the last axis under its own prior; beta laws are one together."""
    columns: dict[Prior | None, list[int]] = {}
    for at, prior in enumerate(priors):
        columns.setdefault(None if prior.is_beta else prior, []).append(at)
    laws: list[RatePairPosterior] = []
    for shared, goals in columns.items():
        variants = (variant.at(..., goals) for variant in (treated, control))
        if shared is None:
            rates = [rate_law(priors[at]) for at in goals]
            a, b = (np.array([float(getattr(rate, name)) for rate in rates]) for name in ("a", "b"))
            laws.append(_independent(Beta(a, b), *variants))
        else:
            laws.append(law(shared, *variants))
    return Several(tuple(laws), tuple(map(tuple, columns.values()))) if len(laws) > 1 else laws[0]


def _independent(rate: Beta, treated: Binomial, control: Binomial) -> Independent:
    """Both rates after their data, from one beta law or one for each goal."""
    return Independent(*(beta_binomial.updated(rate, variant) for variant in (treated, control)))


def unknown(shape: tuple[int, ...]) -> Belief:
    """A belief of which nothing is given: all is NaN."""
    nothing = np.full(shape, np.nan)
    ends = Effect(nothing, nothing, nothing)
    return Belief(nothing, nothing, nothing, ends, ends)


def _of_lift(better: Floats, loss: Floats, loss_of_control: Floats, lift: Effect) -> Belief:
    """A belief whose difference is not given."""
    unknown = np.full_like(better, np.nan)
    return Belief(better, loss, loss_of_control, Effect(unknown, unknown, unknown), lift)


def _densest(law: Doubted | Tied, level: float) -> Effect:
    """Shortest interval of the lift, from the probabilities of a grid over nearly all of it.

    Between the 121 points of the grid, even on the log scale, the law is taken for a straight line;
    the ends are off by about a thousandth of the interval.
    """
    median, low, high = law.belief(level).lift
    logs = np.log1p(np.maximum(low, np.nextafter(-1, 0))), np.log1p(high)
    room = 0.6 * (logs[1] - logs[0])
    grid = np.linspace(logs[0] - room, logs[1] + room, 121)
    below = 1 - law.lift_above(np.expm1(grid))
    tails = np.linspace(0, 1 - level, 61)
    ends = np.expm1(
        [
            [np.interp(tails + inside, share, x) for inside in (0, level)]
            for x, share in zip(*(part.reshape(121, -1).T for part in (grid, below)), strict=True)
        ]
    )
    shortest = np.argmin(ends[:, 1] - ends[:, 0], axis=-1)
    found = np.take_along_axis(ends, shortest[:, None, None], axis=-1)[..., 0].T
    return Effect(median, *found.reshape(2, *median.shape))
