"""What many tests are worth, and how many of their wins and agreements chance alone would give."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, ndtr

from abmicro.stats.foundations.validation import Floats, demand, whole, within


class ChanceWins(NamedTuple):
    """Wins that chance alone would give, and the share of the wins that may be of that kind."""

    expected: Floats
    share_at_most: Floats


def programme_value(quality: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> Floats:
    """Macro log lift gained per test where a change ships when its expected lift is above 0.

    quality: correlation of the guess with the true lift, from 0 to 1; 1 knows the truth.
    mean, sd: of the true macro log lifts of the changes tried, sd above 0. Shapes broadcast.

    With a mean of 0 it is 0.4 quality sd: twice the quality, twice the gain.

    >>> programme_value([0.3, 0.6, 1.0], 0.0, 0.05).round(4)
    array([0.006 , 0.012 , 0.0199])
    """
    q, centre, spread = (np.asarray(given, dtype=np.float64) for given in (quality, mean, sd))
    demand(np.asarray((q >= 0) & (q <= 1)), q, "quality", "must lie from 0 to 1")
    demand(np.asarray(spread > 0), spread, "sd", "must be above 0")
    told = q * spread
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        z = centre / told
        gained = centre * ndtr(z) + told * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return np.asarray(np.where(told > 0, gained, np.maximum(centre, 0)))


def chance_wins(tests: ArrayLike, wins: ArrayLike, *, alpha: ArrayLike = 0.05) -> ChanceWins:
    """How many of so many tests would win by chance, and what share of the wins that may be.

    tests, wins: tests, and those significantly above 0 in a two-sided test at `alpha`. Shapes
        broadcast.

    share_at_most is a bound on the average, whatever the law of the true lifts; NaN without wins.

    >>> found = chance_wins(40, 6)
    >>> print(found.expected, found.share_at_most.round(2))
    1.0 0.17
    """
    tried, won = whole(tests, "tests"), whole(wins, "wins")
    demand(np.asarray(won <= tried), won, "wins", "must not be more than the tests")
    expected = np.asarray(within(alpha, "alpha", 0, 1) / 2 * tried)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(won > 0, np.minimum(1.0, expected / won), np.nan)
    return ChanceWins(expected, share)


def chance_agreement(correlation: ArrayLike) -> Floats:
    """How often the signs of two estimates agree where nothing has an effect.

    correlation: of the two estimates, from -1 to 1, any shape.

    Source: Sheppard (1899), Philosophical Transactions A 192:101 (orthant probability).

    >>> print(chance_agreement(0.5).round(4))
    0.6667
    """
    phi = np.asarray(correlation, dtype=np.float64)
    demand(np.asarray(np.abs(phi) <= 1), phi, "correlation", "must lie from -1 to 1")
    return np.asarray(0.5 + np.arcsin(phi) / np.pi)


def chance_of_ups(tests: ArrayLike, ups: ArrayLike) -> Floats:
    """How likely so many of the tests or more go up where each does by the toss of a fair coin.

    tests, ups: tests, and those whose estimate is above 0. Shapes broadcast.

    >>> print(chance_of_ups(12, 12).round(5))
    0.00024
    """
    tried, rose = whole(tests, "tests"), whole(ups, "ups")
    demand(np.asarray(rose <= tried), rose, "ups", "must not be more than the tests")
    return _at_least(rose, tried, 0.5)


def chance_of_wins(tests: ArrayLike, wins: ArrayLike, *, alpha: ArrayLike = 0.05) -> Floats:
    """How likely so many wins or more are where nothing works, tests being independent.

    tests, wins, alpha: as in `chance_wins`. Shapes broadcast.

    >>> print(chance_of_wins(40, [1, 3]).round(3))
    [0.637 0.078]
    """
    tried, won = whole(tests, "tests"), whole(wins, "wins")
    demand(np.asarray(won <= tried), won, "wins", "must not be more than the tests")
    tail = within(alpha, "alpha", 0, 1) / 2
    return _at_least(won, tried, tail)


def _at_least(some: Floats, tried: Floats, chance: Floats | float) -> Floats:
    """How likely so many or more are of those tried, each of this chance."""
    return np.asarray(
        np.where(some > 0, betainc(np.maximum(some, 1), tried - some + 1, chance), 1.0)
    )
