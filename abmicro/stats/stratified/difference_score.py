"""Score interval and test of a difference of two rates over strata.

Every stratum's variance is that of the rates of largest likelihood with the difference in question,
as in `difference`, of which this is the extension: with one stratum both are the same. How strata
are weighed is the choice of a function: `by_size` (Mantel and Haenszel; the default, whose test at
no difference is `cochran_mantel_haenszel`), `by_variance` (Miettinen and Nurminen) and `by_share`
(the mean effect over all units).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations import score_statistic
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Alternative, Effect, ScoreTest, critical, scored
from abmicro.stats.foundations.two_by_two import Tables, tables
from abmicro.stats.foundations.validation import Floats, within

_CLOSE = 1e-11  # after a step shorter than this, in standard errors, the secant is exact
_ROUNDING = 1e-15
_SETTLED, _ROUNDS = 1e-14, 100
_TINY = 1e-300  # instead of a divisor that is zero

Weigh = Callable[[Tables, Floats, Floats], Floats]
"""Tables, rates (2, ..., S) of treated and control and 1 - rates to weights (..., S)."""


def by_size(t: Tables, rates: Floats, missed: Floats) -> Floats:  # noqa: ARG001
    """Weights of Mantel and Haenszel: nt nc / (nt + nc), whatever the rates."""
    return t.size


def by_share(t: Tables, rates: Floats, missed: Floats) -> Floats:  # noqa: ARG001
    """Units of the stratum: the mean effect over all units; NaN where just one arm is empty."""
    return np.where((t.size > 0) | (t.units == 0), t.units, np.nan)


def by_variance(t: Tables, rates: Floats, missed: Floats) -> Floats:
    """Weights of Miettinen and Nurminen: inverse to the variance at the arms' common rates.

    The common rates are means over strata by these same weights, which begin as `by_size` and
    settle within a few rounds.

    Source: Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226, section 5.
    """
    weight, units = t.size, np.maximum(np.stack([t.nt, t.nc]), 1)
    for _ in range(_ROUNDS):
        share = weight / np.maximum(weight.sum(axis=-1, keepdims=True), _TINY)
        reached, other = ((share * part).sum(axis=-1, keepdims=True) for part in (rates, missed))
        spread = reached * other
        both = spread.sum(axis=0)
        part = np.where(both > 0, spread / np.where(both > 0, both, 1), 0.5)
        before, weight = weight, np.where(t.size > 0, 1 / (part / units).sum(axis=0), 0)
        if np.all(np.abs(weight - before) <= _SETTLED * weight):
            break
    return weight


def stratified_difference(
    treated: Binomial, control: Binomial, /, *, weigh: Weigh = by_size, level: ArrayLike = 0.95
) -> Effect:
    """Common difference of two rates over strata with the score interval, the default.

    treated, control: units that reached the goal and all units, strata along the last axis.
    weigh: how strata are weighed.
    level: two-sided confidence level in (0, 1), of the shape without strata.

    Returns treated minus control. The interval holds the nulls that `stratified_score_test` does
    not reject at 1 - level; it is proper with none or all reached too. Where a few units carry much
    weight, these can lie apart, with a rejected 0 between: the interval then stays on the side of 0
    on which the estimate lies, so it leaves out 0 exactly where the test rejects it. A stratum in
    which an arm is empty is left out (but see `by_share`). NaN where that leaves none.

    Source: Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226; with weights of Mantel
    and Haenszel: Klingenberg (2014), Statistics in Medicine 33:2968-2983.

    >>> arms = Binomial([12, 10], [40, 600]), Binomial([9, 2], [100, 200])
    >>> [round(float(value), 4) for value in stratified_difference(*arms)]
    [0.0392, 0.0142, 0.0679]
    """
    t, reach = tables(treated, control), critical(level)
    errors = np.stack(np.broadcast_arrays(0 * reach, reach, -reach, t.nt[..., 0])[:3])
    t = t.over(errors.shape)
    compared = t.size > 0
    lowest = np.where(compared, t.differences, np.inf).min(axis=-1)
    highest = np.where(compared, t.differences, -np.inf).max(axis=-1)
    known = np.where(compared.any(axis=-1), 1, np.nan)
    low, high = np.where(errors > 0, -1, lowest) * known, np.where(errors < 0, 1, highest) * known
    cells = Tables(*(count.reshape(-1, count.shape[-1]) for count in t))
    found = _crossing(cells, weigh, *(part.ravel() for part in (errors, low, high)))
    return Effect(*found.reshape(errors.shape))


def stratified_score_test(
    treated: Binomial,
    control: Binomial,
    /,
    *,
    null: ArrayLike = 0.0,
    weigh: Weigh = by_size,
    alternative: Alternative = "two-sided",
) -> ScoreTest:
    """Test that the common difference over strata is `null`: what `stratified_difference` inverts.

    treated, control: units that reached the goal and all units, strata along the last axis.
    null: difference under the hypothesis in (-1, 1), of the shape without strata.
    weigh: how strata are weighed.
    alternative: "greater" looks for a difference above the null, "less" for one below.

    Returns score and p-value. At null 0 with `by_size` this is `cochran_mantel_haenszel`; with one
    stratum it is `score_test`. Where the counts equal the null exactly z is 0; both fields are NaN
    where no stratum has units of both arms.

    Source: Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226.

    >>> arms = Binomial([12, 10], [40, 600]), Binomial([9, 2], [100, 200])
    >>> test = stratified_score_test(*arms, null=0.01, alternative="greater")
    >>> round(float(test.z), 4), round(float(test.p), 4)
    (2.2693, 0.0116)
    """
    t, null = tables(treated, control), within(null, "null", -1, 1)
    null = np.broadcast_to(null, np.broadcast_shapes(null.shape, t.nt.shape[:-1]))
    found = _at(t.over(null.shape), null, weigh)
    gap, noise = found.estimate - null, found.error > 0
    still = np.where(gap == 0, 0, np.copysign(np.inf, gap)) * np.where(np.isnan(gap), np.nan, 1)
    z = np.where(noise, gap / np.where(noise, found.error, 1), still)
    return scored(z, alternative)


class _Point(NamedTuple):
    """The weighed difference and its standard error under a null."""

    estimate: Floats
    error: Floats


def _at(t: Tables, null: Floats, weigh: Weigh) -> _Point:
    compared, units = t.size > 0, np.stack([t.nt, t.nc])
    rates, missed = (
        np.where(compared, part, 0)
        for part in score_statistic.difference_rates(*t, null[..., None])
    )
    variance = (rates * missed / np.maximum(units, 1)).sum(axis=0)
    variance = variance * t.units / np.maximum(t.units - 1, 1)
    weight = weigh(t, rates, missed)
    total = weight.sum(axis=-1, keepdims=True)
    share = weight / np.where(total > 0, total, np.nan)
    estimate = (share * t.differences).sum(axis=-1)
    return _Point(estimate, np.sqrt((share**2 * variance).sum(axis=-1)))


def _crossing(t: Tables, weigh: Weigh, errors: Floats, low: Floats, high: Floats) -> Floats:
    """The null in [low, high] that lies so many standard errors below the estimate made there.

    t: tables of the cells (C, S). The others are (C,); low and high are written over.

    The secant method, kept inside a bracket: the distance looked at is nearly a line of slope -1.
    It is also zero where the error is, at an estimate that none or all reached: that is the inner
    end of the bracket and not what is looked for. Cells that have settled leave the search. The
    first null that is tried is 0, and an end never crosses it against the test.
    """
    null = np.where((low < 0) & (high > 0), 0, (low + high) / 2)
    before, height_before = null.copy(), np.zeros_like(null)
    live = np.flatnonzero(low <= high)
    while live.size:
        at, many = null[live], errors[live]
        found = _at(Tables(*(count[live] for count in t)), at, weigh)
        height = found.estimate - at - many * found.error
        above = (height > 0) | ((height == 0) & (many <= 0))
        low[live], high[live] = np.where(above, at, low[live]), np.where(above, high[live], at)
        step = _secant(at - before[live], height - height_before[live], height)
        settled = np.abs(step) <= _CLOSE * found.error + _ROUNDING * np.abs(at)
        settled = (settled & ((found.error > 0) | (many == 0))) | np.isnan(height)
        inside = (low[live] < at + step) & (at + step < high[live])
        middle = (low[live] + high[live]) / 2
        before[live], height_before[live] = at, height
        null[live] = np.where(inside | settled, at + step, middle)
        live = live[~settled & (low[live] < middle) & (middle < high[live])]
    return null


def _secant(run: Floats, rise: Floats, height: Floats) -> Floats:
    """The step that would bring a falling line to zero; as if of slope -1 where none is known."""
    falls = run * rise < 0
    return np.where(falls, -height * run / np.where(falls, rise, 1), height)
