"""Critical values of looks while a test runs: how far a score must lie at each of them.

One number per look serves every test, interval, guardrail and label of that look, since all their
scores gain information alike.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erf

from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.validation import Floats, demand, within
from abmicro.stats.sequential.continuation import Continuation, start, walk
from abmicro.stats.sequential.spending import Spending, spent_alpha

Sides = Literal[1, 2]
TOO_EARLY = 6.0  # a look that would ask for more is none, and spends nothing


class Kept(NamedTuple):
    """Critical values of the first looks, and alpha spent by each, as an earlier plan had them."""

    z: tuple[float, ...]
    spent: tuple[float, ...]


NOTHING_KEPT = Kept((), ())


class Boundary(NamedTuple):
    """Critical values (..., K), the confidence levels they stand for, and alpha spent so far.

    z is infinite and level NaN at a look that is too early.
    """

    z: Floats
    level: Floats
    spent: Floats


def critical_values(
    information: ArrayLike,
    clock: ArrayLike,
    *,
    alpha: float = 0.05,
    spending: Spending = "obrien_fleming",
    gamma: float | None = None,
    sides: Sides = 2,
    largest: float = TOO_EARLY,
    kept: Kept = NOTHING_KEPT,
) -> Boundary:
    """Critical values such that all looks together err with probability `alpha`.

    information: (..., K), rising, in any unit; for two rates n0 n1 / (n0 + n1).
    clock: (..., K), the share of the test behind each look, never falling; what it allows is spent
        (`spent_alpha`), half on each side of a two-sided test. Looks may be unplanned, as long as
        no result moves them.
    largest: a critical value beyond it is infinite, and its alpha waits for the next look.
    kept: of looks that have been when the plan of the others was changed.

    Raises ValueError for information that does not rise, a clock that falls, or alpha outside
    (0, 1).

    Source: Armitage, McPherson and Rowe (1969), JRSS A 132:235; Jennison and Turnbull (2000), Group
    sequential methods, ch. 19; Lan and DeMets (1983).

    >>> critical_values([1, 2, 3, 4], [0.25, 0.5, 0.75, 1]).z.round(3)
    array([4.333, 2.963, 2.359, 2.014])
    """
    within(alpha, "alpha", 0, 1)
    given, times = np.broadcast_arrays(
        np.asarray(information, dtype=np.float64), np.asarray(clock, dtype=np.float64)
    )
    rows = given.reshape(-1, given.shape[-1]), times.reshape(-1, given.shape[-1])
    demand(np.diff(rows[0], axis=-1, prepend=0) > 0, rows[0], "information", "must rise")
    demand(np.diff(rows[1], axis=-1) >= 0, rows[1][:, 1:], "clock", "must never fall")
    found = np.array(
        [
            _values(tuple(h), tuple(s), alpha, spending, gamma, sides, largest, kept)
            for h, s in zip(*rows, strict=True)
        ]
    )
    z, spent = np.moveaxis(found.reshape(*given.shape[:-1], 2, given.shape[-1]), -2, 0)
    return Boundary(z, level_of(z), spent)


def level_of(z: ArrayLike) -> Floats:
    """The confidence level of intervals that reach `z` standard errors; NaN where z is infinite.

    >>> level_of([1.959964, np.inf]).round(6)
    array([0.95,  nan])
    """
    values = np.asarray(z, dtype=np.float64)
    return np.where(np.isinf(values), np.nan, erf(values / np.sqrt(2)))


@lru_cache(maxsize=4096)
def _values(
    information: tuple[float, ...],
    clock: tuple[float, ...],
    alpha: float,
    spending: Spending,
    gamma: float | None,
    sides: Sides,
    largest: float,
    kept: Kept,
) -> tuple[list[float], list[float]]:
    """Critical values of one test, and alpha spent by each of its looks."""
    h = np.array(information)
    may = spent_alpha(np.array(clock), alpha=alpha / sides, spending=spending, gamma=gamma)
    may = _after(kept, may, alpha / sides, sides)
    spreads = [*np.sqrt(np.diff(h)), np.inf]
    standing, spent = start(), 0.0
    values, shares = [], []
    for look, (at, allowed, spread) in enumerate(zip(h, may, spreads, strict=True)):
        if look < len(kept.z):
            z = kept.z[look]
        else:
            z = _critical(standing, at, allowed - spent, (-largest * (sides == 1), largest))
        spent = allowed if np.isfinite(z) else spent
        values.append(z)
        shares.append(sides * float(spent))
        if np.isfinite(z):
            bound = z * float(np.sqrt(at))
            standing = standing.after(at, -bound if sides == 2 else -np.inf, bound, float(spread))
    return values, shares


def _after(kept: Kept, may: Floats, alpha: float, sides: Sides) -> Floats:
    """What may be spent by each look: that of the kept ones, then the rest over the new clock."""
    looks = len(kept.z)
    if not looks:
        return may
    spent = np.array(kept.spent) / sides
    left = alpha - may[looks - 1]
    share = (may[looks:] - may[looks - 1]) / left if left > 0 else np.zeros(len(may) - looks)
    return np.concatenate([spent, spent[-1] + (alpha - spent[-1]) * share])


def _critical(
    standing: Continuation, information: float, left: float, ends: tuple[float, float]
) -> float:
    """What the next look's score must exceed to spend what is left; infinite beyond the ends."""
    if left <= 0:
        return np.inf

    def thrift(z: Floats, _: Floats) -> Floats:
        tail = standing.beyond(information, z * np.sqrt(information))
        return np.asarray(np.log(left) - np.log(np.maximum(tail, 1e-300)))

    return float(root(thrift, *(np.array([end]) for end in ends))[0])


def classical_values(
    looks: int, *, alpha: float = 0.05, shape: Literal["pocock", "obrien_fleming"], sides: Sides = 2
) -> Floats:
    """Critical values (K,) of evenly spaced looks: alike (Pocock), or falling as 1/sqrt(look).

    Source: Pocock (1977), Biometrika 64:191; O'Brien and Fleming (1979), Biometrics 35:549.

    >>> classical_values(5, shape="pocock").round(3)
    array([2.413, 2.413, 2.413, 2.413, 2.413])
    """
    within(alpha, "alpha", 0, 1)
    h = np.arange(1, looks + 1.0)
    form = np.ones(looks) if shape == "pocock" else np.sqrt(looks / h)

    def kept(constants: Floats, _: Floats) -> Floats:
        return np.array([alpha - _error(h, one * form, sides) for one in constants])

    return np.asarray(root(kept, np.array([0.1]), np.array([TOO_EARLY]))[0] * form)


def _error(information: Floats, z: Floats, sides: Sides) -> float:
    """The chance that any look finds a score beyond its critical value where nothing is."""
    bounds = z * np.sqrt(information)
    lows = -bounds if sides == 2 else np.full_like(bounds, -np.inf)
    standings = walk(start(), information, lows, bounds)
    steps = zip(standings, information, bounds, strict=True)
    return sides * float(sum(one.beyond(h, bound) for one, h, bound in steps))
