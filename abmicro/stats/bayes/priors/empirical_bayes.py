"""A beta prior learnt from past experiments: how rates differed between them, beyond chance."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma, expit

from abmicro.frozen import frozen
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.numerics.beta_distribution import Beta
from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.validation import Bools, Floats

_WEAKEST = 1e-3  # strength below which rates are either 0 or 1
_STRONGEST = 1e4  # times the largest experiment: more strength cannot be told from infinite
_ODDS = 40.0  # log odds of a mean rate are searched up to that


@frozen(eq=False)
class Past:
    """What past experiments say about the rate of the next one; of the batch shape.

    mean: of the rates. strength: units the prior is worth; infinite where the rates differ no more
    than chance would have it. experiments: how many had units; units: of all of them.
    """

    mean: Floats
    strength: Floats
    experiments: NDArray[np.intp]
    units: Floats

    def prior(self, *, at_most: ArrayLike | None = None) -> Beta:
        """The beta prior, its strength no larger than `at_most` units.

        The default is all units of the past experiments: the mean is known no better than that.

        >>> prior = from_past([30, 31, 29], [1000, 1000, 1000]).prior()
        >>> float(prior.a), float(prior.b)
        (90.0, 2910.0)
        """
        strength = np.minimum(self.strength, self.units if at_most is None else at_most)
        return Beta(self.mean * strength, (1 - self.mean) * strength)


def from_past(reached: ArrayLike, trials: ArrayLike) -> Past:
    """The beta prior under which past counts were likeliest.

    reached, trials: units that reached the goal and all units of each past experiment, (..., K)
        with the experiments along the last axis; take one arm of each, the control. Those without
        units are left out.

    Returns the maximum of the beta-binomial marginal likelihood.
    Raises ValueError for counts that are negative, fractional or above trials; for fewer than two
    experiments with units; where no unit, or every unit, reached the goal; and where every
    experiment was all or nothing, so that a unit says all about its experiment.

    Source: marginal likelihood: Skellam (1948), Journal of the Royal Statistical Society B
    10:257-261; whether any strength is finite: Tarone (1979), Biometrika 66:585-590.

    >>> past = from_past([30, 55, 21, 40, 62], [1000, 1000, 1000, 1000, 1000])
    >>> round(float(past.mean), 4), round(float(past.strength), 1)
    (0.0416, 192.7)
    """
    counts = Binomial(reached, trials)
    x, n = np.broadcast_arrays(counts.reached, counts.trials)
    if x.ndim == 0:
        raise ValueError("past experiments need an axis of their own, got one pair of counts")
    experiments, units = (n > 0).sum(axis=-1), n.sum(axis=-1)
    pooled = x.sum(axis=-1) / np.maximum(units, 1)
    _refuse(experiments < 2, experiments, "needs two past experiments with units, got {}")
    _refuse((pooled == 0) | (pooled == 1), pooled, "a prior of a rate that was always {} is none")
    varies = np.asarray(_excess(x, n, pooled) > 0)
    decided = np.all((x == 0) | (x == n), axis=-1)
    _refuse(varies & decided, pooled, "past experiments that are all or nothing tell no prior")
    mean, strength = np.array(pooled), np.full(pooled.shape, np.inf)
    rows = _PastCounts(x[varies], n[varies])
    found = rows.likeliest()
    strength[varies] = found
    mean[varies] = np.where(np.isinf(found), pooled[varies], expit(rows.best_odds(found)))
    return Past(mean, strength, experiments, units)


def _excess(x: Floats, n: Floats, pooled: Floats) -> Floats:
    """Slope of the likelihood along 1 / strength at infinite strength; above 0 rates do differ."""
    pairs = x * (x - 1) / pooled[..., None] + (n - x) * (n - x - 1) / (1 - pooled[..., None])
    return np.asarray((pairs - n * (n - 1)).sum(axis=-1))


def _refuse(wrong: Bools, values: NDArray[Any], message: str) -> None:
    """Raise if anything is wrong, with the first value that is."""
    if wrong.any():
        raise ValueError(message.format(np.asarray(values)[wrong].flat[0]))


@frozen(eq=False)
class _PastCounts:
    """Counts (rows, K) and where their likelihood is highest."""

    x: Floats
    n: Floats

    def likeliest(self) -> Floats:
        """Strength of each row, where the likelihood along the best mean of each strength ends up.

        Infinite where it still grows at the largest strength searched.
        """
        largest = np.log(_STRONGEST * self.n.max(axis=-1, initial=1))

        def slope(log_strength: Floats, at: Floats) -> Floats:
            part, strength = self.rows(at), np.exp(log_strength)
            odds = part.best_odds(strength)
            hit, missed, both = part.growth(odds, strength)
            return np.asarray(both - expit(odds) * hit - expit(-odds) * missed)

        return np.asarray(np.exp(root(slope, np.full(len(self.x), np.log(_WEAKEST)), largest)))

    def best_odds(self, strength: Floats) -> Floats:
        """Log odds of the likeliest mean at each strength; the likelihood is log-concave in it."""
        finite = np.where(np.isinf(strength), 1, strength)

        def slope(odds: Floats, at: Floats) -> Floats:
            hit, missed, _ = self.rows(at).growth(odds, finite[at.astype(np.intp)])
            return missed - hit

        edge = np.full(len(finite), _ODDS)
        return root(slope, -edge, edge)

    def rows(self, at: Floats) -> _PastCounts:
        """Some of the rows."""
        return _PastCounts(self.x[at.astype(np.intp)], self.n[at.astype(np.intp)])

    def growth(self, odds: Floats, strength: Floats) -> tuple[Floats, Floats, Floats]:
        """By how much digamma grows over hits, misses and all units, each summed."""
        pairs = (
            (strength * expit(odds), self.x),
            (strength * expit(-odds), self.n - self.x),
            (strength, self.n),
        )
        hit, missed, both = (
            (digamma(start[:, None] + count) - digamma(start)[:, None]).sum(axis=-1)
            for start, count in pairs
        )
        return hit, missed, both
