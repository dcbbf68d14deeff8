"""What not to promise: how far findings exaggerate, and how many of them are none."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from abmicro.stats.foundations.effect import density
from abmicro.stats.foundations.validation import Floats, broadcastable, demand, numbers, within
from abmicro.stats.power.power import bar_of


class WinnersCurse(NamedTuple):
    """What findings of a test are like, given the true effect.

    power: probability of a finding in either direction.
    sign_error: part of the findings that have the wrong direction (type S).
    exaggeration: mean of their sizes over the true size (type M).
    """

    power: Floats
    sign_error: Floats
    exaggeration: Floats


class Wins(NamedTuple):
    """Expected numbers of wins that are true, and of wins without an effect."""

    true: Floats
    false: Floats

    @property
    def total(self) -> Floats:
        """Expected number of wins."""
        return self.true + self.false


def winners_curse(effect: ArrayLike, se: ArrayLike, *, alpha: ArrayLike = 0.05) -> WinnersCurse:
    """How often the findings of a two-sided test have the wrong sign, and how far they exaggerate.

    effect: true effect on the scale of the estimate. se: positive, its standard error, such as
    `Design.standard_error`. alpha: error rate in (0, 1).

    Returns arrays of the broadcast shape. Without an effect half the findings have either sign and
    the exaggeration is infinite. Raises ValueError for arguments out of range.

    Source: Gelman and Carlin (2014), Perspectives on Psychological Science 9:641-651; closed form:
    Lu, Qiu and Deng (2019), British Journal of Mathematical and Statistical Psychology 72:1-17.

    >>> found = winners_curse(0.002, 0.0015)
    >>> round(float(found.power), 3), round(float(found.exaggeration), 2)
    (0.266, 1.93)
    """
    given = np.asarray(numbers(effect, "effect"), dtype=np.float64)
    demand(np.isfinite(given), given, "effect", "must be finite")
    error, bar = within(se, "se", 0, np.inf), bar_of(alpha)
    broadcastable(effect=given, se=error, alpha=bar)
    size = np.abs(given) / error
    right, wrong = ndtr(size - bar), ndtr(-size - bar)
    power = right + wrong
    # Mean size of a finding, in standard errors, times its probability.
    mean = density(size - bar) + density(size + bar) + size * (right - wrong)
    with np.errstate(divide="ignore"):
        return WinnersCurse(power, wrong / power, np.divide(mean, size * power))


def false_positive_risk(
    true_share: ArrayLike, *, power: ArrayLike = 0.8, alpha: ArrayLike = 0.05
) -> Floats:
    """Probability that a win of a two-sided test is none: that there is no effect.

    true_share: part of all tests that have the planned effect, in [0, 1]; a belief, not data.
    power: probability that such a test wins, in (0, 1). alpha: error rate in (0, 1); only its half
        that makes wins counts.

    Returns the probability of the broadcast shape. Raises ValueError for arguments out of range.

    Source: Kohavi, Deng and Vermeer (2022), A/B Testing Intuition Busters, KDD, section 4.

    >>> print(false_positive_risk(0.10).round(3))
    0.22
    """
    wins = expected_wins(1, true_share, power=power, alpha=alpha)
    return wins.false / wins.total


def expected_wins(
    tests: ArrayLike,
    true_share: ArrayLike,
    *,
    power: ArrayLike = 0.8,
    alpha: ArrayLike = 0.05,
) -> Wins:
    """How many of so many two-sided tests will win, and how many of these wins are none.

    tests: number of tests, positive. true_share, power, alpha: as `false_positive_risk`.

    Returns expected numbers of the broadcast shape. Raises ValueError for arguments out of range.

    >>> wins = expected_wins(10, 0.2)
    >>> round(float(wins.true), 2), round(float(wins.false), 2)
    (1.6, 0.2)
    """
    many = within(tests, "tests", 0, np.inf)
    share = np.asarray(numbers(true_share, "true_share"), dtype=np.float64)
    demand((share >= 0) & (share <= 1), share, "true_share", "must lie between 0 and 1")
    won, error = within(power, "power", 0, 1), within(alpha, "alpha", 0, 1)
    broadcastable(tests=many, true_share=share, power=won, alpha=error)
    return Wins((many * share * won)[()], (many * (1 - share) * error / 2)[()])
