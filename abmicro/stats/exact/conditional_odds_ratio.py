"""Exact odds ratio given the conversions of both arms, of one table or of several strata.

Given the totals, the number of treated conversions has probability proportional to w(x) psi^x with
psi the odds ratio. An end of the interval is the psi at which the tail beyond the observed number
has the probability alpha / 2. The log odds of that tail rises with log psi and its slope is a
difference of two means, so Newton's iteration, kept in a bracket, ends in a few steps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from abmicro.frozen import frozen
from abmicro.stats.exact.fisher_tests import conditional
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.numerics import hypergeometric
from abmicro.stats.foundations.numerics.distinct import distinct_rows
from abmicro.stats.foundations.validation import Floats, within

_ROOM = 2**19  # weights worked on at once
_FAR = 2000.0  # beyond any log odds ratio
_STEP = 1e-8  # Newton's step after one this small is below rounding

Places = NDArray[np.intp]


def odds_ratio_exact(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Odds ratio with Cornfield's exact conditional interval.

    treated, control: units that reached the goal and all units, of shapes that broadcast.
    level: two-sided confidence level in (0, 1).

    Returns the sample odds ratio with its interval, of the broadcast shape. The interval leaves out
    1 where either one-sided p of `fisher` is below (1 - level) / 2. Its lower end is 0 where the
    treated conversions are as few as the totals allow, the upper infinite where they are as many.
    Where an arm has no units every field is NaN; the estimate is NaN too where none or all reached.

    Source: Cornfield (1956), Proceedings of the Third Berkeley Symposium 4:135-148.

    >>> effect = odds_ratio_exact(Binomial(56, 70), Binomial(48, 80))
    >>> print(effect.estimate.round(4), effect.low.round(4), effect.high.round(4))
    2.6667 1.2091 6.0399
    """
    return _odds_ratio(treated, control, level, counted=1.0)


def odds_ratio_midp(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Odds ratio with the mid-P conditional interval, which the test `fisher_midp` inverts.

    treated, control: units that reached the goal and all units, of shapes that broadcast.
    level: two-sided confidence level in (0, 1).

    Returns the sample odds ratio with its interval, of the broadcast shape; at the edges as
    `odds_ratio_exact`. The interval leaves out 1 exactly where the two-sided p of `fisher_midp` is
    below 1 - level.

    Source: Mehta and Walsh (1992), The American Statistician 46:146-150.

    >>> effect = odds_ratio_midp(Binomial(56, 70), Binomial(48, 80))
    >>> print(effect.low.round(4), effect.high.round(4))
    1.2762 5.6709
    """
    return _odds_ratio(treated, control, level, counted=0.5)


@frozen(eq=False)
class CommonOdds:
    """The exact p that a common odds ratio is 1, and the odds ratio with its interval."""

    p: Floats
    estimate: Floats
    low: Floats
    high: Floats


def common_odds_ratio(
    treated: Binomial, control: Binomial, /, *, level: float = 0.95
) -> CommonOdds:
    """Odds ratio common to all strata, with its exact conditional interval and test.

    treated, control: units that reached the goal and all units, strata along the last axis, any
    batch axes before it.
    level: two-sided confidence level in (0, 1).

    Returns the two-sided p (of all sums no likelier than the observed one), the conditional maximum
    likelihood estimate and Cornfield's interval, of the batch shape. The estimate and the lower end
    are 0, or estimate and upper end infinite, where the treated conversions of every stratum are as
    few, or as many, as its totals allow; NaN where the totals leave no choice. A stratum in which
    an arm has no units says nothing.

    Source: Gart (1970), Biometrika 57:471-475; Zelen (1971), Biometrika 58:129-137.

    >>> found = common_odds_ratio(Binomial([12, 10], [40, 600]), Binomial([9, 2], [100, 200]))
    >>> print(found.estimate.round(4), found.low.round(4), found.high.round(4), found.p.round(4))
    3.4367 1.363 9.1239 0.0067
    """
    tail = (1 - within(level, "level", 0, 1)) / 2
    xt, nt, nc, total = (np.atleast_1d(each) for each in conditional(treated, control))
    batch, strata = xt.shape[:-1], xt.shape[-1]
    told = np.minimum(nt, nc) > 0  # else without conversions, it changes nothing
    columns = np.where(told, xt, 0), nt, nc, np.where(told, total, 0)
    rows, places = distinct_rows(np.concatenate(columns, axis=-1).reshape(-1, 4 * strata))
    cells = rows.reshape(-1, 4, strata).swapaxes(0, 1)
    width = _most(cells) - _least(cells) + 1
    size, found = strata * width.max(axis=1) + width.sum(axis=1), np.empty((4, len(rows)))
    order = np.argsort(size)
    while order.size:
        taken = size[order] * np.arange(1, len(order) + 1)
        many = max(int(np.searchsorted(taken, _ROOM)), 1)
        block, order = order[:many], order[many:]
        found[:, block] = _common(cells[:, block], float(tail))
    return CommonOdds(*(field[places].reshape(batch)[()] for field in found))


def _odds_ratio(
    treated: Binomial, control: Binomial, level: ArrayLike, *, counted: float
) -> Effect:
    xt, nt, nc, total = conditional(treated, control)
    tail = (1 - within(level, "level", 0, 1)) / 2
    xt, nt, nc, total, tail = np.broadcast_arrays(xt, nt, nc, total, tail)
    low = _lower(xt, nt, nc, total, tail, counted)
    high = -_lower(total - xt, nc, nt, total, tail, counted)
    empty = np.minimum(nt, nc) == 0
    xc = total - xt
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = (xt / (nt - xt)) / (xc / (nc - xc))
    low, high = (np.where(empty, np.nan, np.exp(end)) for end in (low, high))
    return Effect(estimate[()], low[()], high[()])


def _lower(
    x: Floats, nt: Floats, nc: Floats, total: Floats, tail: Floats, counted: float
) -> Floats:
    """Log odds ratio at which x or more (x counting as much as `counted`) have probability tail.

    Cells are worked on from the narrowest law to the widest, some at a time.
    """
    z = -ndtri(tail)
    cells = [cell + 0.5 for cell in (x, total - x, nt - x, nc - total + x)]
    spread = 1 / np.sqrt(sum(1 / cell for cell in cells)) + z
    width = np.ceil((z + 10) * spread + 40)
    least, most = np.maximum(total - nc, 0), np.minimum(total, nt)
    answer = np.full(x.size, -np.inf)
    start = np.log(cells[0] * cells[3] / (cells[1] * cells[2]))
    columns = [np.ravel(c) for c in (x, nt, nc, total, tail, start)]
    reach = np.minimum(np.ravel(width), np.ravel(most - least)).astype(np.intp) + 1
    order = np.argsort(reach)
    order = order[np.ravel(x > least)[order]]
    while order.size:
        rows = max(int(np.searchsorted(np.cumsum(reach[order]), _ROOM)), 1)
        block, order = order[:rows], order[rows:]
        answer[block] = _lower_block([c[block] for c in columns], int(reach[block].max()), counted)
    return answer.reshape(x.shape)


def _lower_block(columns: list[Floats], reach: int, counted: float) -> Floats:
    x, nt, nc, total, tail, start = columns
    steps = np.arange(reach)
    x, nt, spare, total = x[:, None], nt[:, None], (nc - total)[:, None], total[:, None]
    up, down = x + steps, x - steps
    with np.errstate(divide="ignore", invalid="ignore"):  # past its ends the law has weight 0
        more = np.log((nt - up) * (total - up) / ((up + 1) * (spare + up + 1)))
        fewer = np.log(down * (spare + down) / ((nt - down + 1) * (total - down + 1)))
        sides = [
            np.where(np.logical_and.accumulate(np.isfinite(each), axis=1), each, -np.inf)
            for each in (more, fewer)
        ]
    return _root(np.cumsum(sides[0], axis=1), np.cumsum(sides[1], axis=1), tail, start, counted)


def _root(more: Floats, fewer: Floats, tail: Floats, start: Floats, counted: float) -> Floats:
    """Log odds ratio at which the tail has its probability.

    more, fewer: log weights of 1, 2, ... conversions more and fewer than observed, (C, K).
    """
    steps = np.arange(1.0, more.shape[1] + 1), np.arange(1.0, fewer.shape[1] + 1)
    own = [np.log(share) if share > 0 else -np.inf for share in (counted, 1 - counted)]
    goal = np.log(tail) - np.log1p(-tail)
    answer, left = start.copy(), np.arange(len(start), dtype=np.intp)
    low, high, at = start - _FAR, start + _FAR, start
    while left.size:
        above, mean_above = _log_mean(more + steps[0] * at[:, None], steps[0], own[0])
        below, mean_below = _log_mean(fewer - steps[1] * at[:, None], steps[1], own[1])
        miss = above - below - goal
        low, high = np.where(miss < 0, at, low), np.where(miss < 0, high, at)
        moved = at - miss / (mean_above + mean_below)
        moved = np.where((moved >= low) & (moved <= high), moved, (low + high) / 2)
        answer[left] = moved
        on = np.abs(moved - at) > _STEP * np.maximum(np.abs(at), 1)
        at = moved
        if not on.all():
            left = left[on]
            low, high, at, more, fewer, goal = (
                each[on] for each in (low, high, at, more, fewer, goal)
            )
    return answer


def _log_mean(weights: Floats, steps: Floats, own: float) -> tuple[Floats, Floats]:
    """Log of the sum of weights with one at step 0, and their mean step."""
    most = np.maximum(weights.max(axis=1, initial=-np.inf), own)[:, None]
    parts = np.exp(weights - most)
    summed = parts.sum(axis=1) + np.exp(own - most[:, 0])
    return np.log(summed) + most[:, 0], parts @ steps / summed


def _least(cells: Floats) -> Floats:
    """The fewest treated conversions that the totals allow."""
    return np.asarray(np.maximum(cells[3] - cells[2], 0))


def _most(cells: Floats) -> Floats:
    """The most treated conversions that the totals allow."""
    return np.asarray(np.minimum(cells[3], cells[1]))


def _common(cells: Floats, tail: float) -> Floats:
    """p, estimate and ends (4, R) of sets of strata, through the law of each sum.

    cells: (4, R, S) treated conversions, units of treated and control, conversions of both.
    """
    least, most, tilt = _least(cells), _most(cells), _tilt(*cells)
    width = (most - least).max(axis=0).astype(np.intp) + 1
    steps, first = np.arange(width.max()), least[..., None]
    inside = steps <= (most - least)[..., None]
    columns = (each[..., None] for each in cells[1:])
    log = hypergeometric.log_pmf(first + np.where(inside, steps, 0), *columns)
    log = np.where(inside, log + tilt[:, None, None] * steps, -np.inf)
    parts, law = np.exp(log - log.max(axis=2, keepdims=True)), np.ones((len(tilt), 1))
    for stratum, reach in enumerate(width):
        law = _of_sum(law, parts[:, stratum, :reach])
    with np.errstate(divide="ignore"):
        log = np.log(law) - tilt[:, None] * np.arange(law.shape[1])
    at, last = ((each - least).sum(axis=1).astype(np.intp) for each in (cells[0], most))
    relative = log - np.take_along_axis(log, at[:, None], axis=1)
    return np.array([_p_no_likelier(relative), *_common_odds(relative, at, last, tilt, tail)])


def _tilt(xt: Floats, nt: Floats, nc: Floats, total: Floats) -> Floats:
    """A log odds ratio near the common one (R,): there no weight that matters underflows."""
    xc, told = total - xt, (np.minimum(nt, nc) > 0) / np.maximum(nt + nc, 1)
    gain = ((xt + 0.5) * (nc - xc + 0.5) * told).sum(axis=1)
    loss = ((xc + 0.5) * (nt - xt + 0.5) * told).sum(axis=1)
    return np.asarray(np.log(np.where(gain > 0, gain, 1) / np.where(loss > 0, loss, 1)))


def _of_sum(one: Floats, other: Floats) -> Floats:
    """Laws of sums of two independent numbers, (R, L) and (R, W) to (R, L + W - 1)."""
    if one.shape[1] == 1:
        return one * other
    width = other.shape[1]
    padded = np.zeros((len(one), one.shape[1] + 2 * width - 2))
    padded[:, width - 1 : width - 1 + one.shape[1]] = one
    windows = np.lib.stride_tricks.sliding_window_view(padded, width, axis=1)
    return np.asarray(np.einsum("rlw,rw->rl", windows, other[:, ::-1]))


def _p_no_likelier(relative: Floats) -> Floats:
    """The p of observed sums from log weights relative to theirs, (R, L)."""
    top = relative.max(axis=1, keepdims=True)
    weight = np.exp(relative - top)
    some = np.where(relative <= hypergeometric.TIE, weight, 0)
    return np.asarray(some.sum(axis=1) / weight.sum(axis=1))


def _common_odds(
    relative: Floats, at: Places, last: Places, start: Floats, tail: float
) -> tuple[Floats, ...]:
    """Estimates and ends from log weights (R, L) of sums observed at places `at` of 0 to `last`."""
    inner = (at > 0) & (at < last)
    log_ratio, error = start.copy(), np.zeros(len(start))
    log_ratio[inner], error[inner] = _most_likely(relative[inner], at[inner], start[inner])
    low, high = at > 0, at < last
    more, fewer = (_beyond(relative, at, side) for side in (1, -1))
    tails, reach = np.full(low.sum() + high.sum(), tail), -ndtri(tail) * error
    near = np.concatenate([(log_ratio - reach)[low], -(log_ratio + reach)[high]])
    towards, away = (
        np.concatenate([one[low], other[high]]) for one, other in ((more, fewer), (fewer, more))
    )
    ends = np.full((2, len(at)), [[-np.inf], [np.inf]])
    found = _root(towards, away, tails, near, 1.0)
    ends[0, low], ends[1, high] = found[: low.sum()], -found[low.sum() :]
    estimate = np.where(inner, np.exp(log_ratio), np.where(low, np.inf, 0))
    return np.where(last > 0, estimate, np.nan), *np.exp(ends)


def _beyond(relative: Floats, at: Places, side: int) -> Floats:
    """Log weights of 1, 2, ... more (side 1) or fewer (-1) than the observed sums, (R, K)."""
    length = relative.shape[1]
    places = at[:, None] + side * np.arange(1, max(length - int(at.min()), int(at.max()) + 1))
    there = (places >= 0) & (places < length)
    inside = np.arange(len(at))[:, None], np.where(there, places, 0)
    return np.where(there, relative[inside], -np.inf)


def _most_likely(relative: Floats, at: Places, start: Floats) -> tuple[Floats, Floats]:
    """Log odds ratios (R,) under which the mean is the observed sum, and their standard errors."""
    x, (answer, spread) = np.arange(relative.shape[1]), np.full((2, len(at)), np.nan)
    left, psi = np.arange(len(at)), start
    low, high = np.full((2, len(at)), [[-_FAR], [_FAR]])
    while left.size:
        log = relative[left] + psi[:, None] * x
        weight = np.exp(log - log.max(axis=1, keepdims=True))
        weight /= weight.sum(axis=1, keepdims=True)
        mean = weight @ x
        spread[left] = (weight * (x - mean[:, None]) ** 2).sum(axis=1)
        short = at[left] - mean
        low, high = np.where(short > 0, psi, low), np.where(short > 0, high, psi)
        moved = psi + short / np.maximum(spread[left], 1e-300)
        moved = np.where((moved >= low) & (moved <= high), moved, (low + high) / 2)
        answer[left] = moved
        on = np.abs(moved - psi) > _STEP * np.maximum(np.abs(moved), 1)
        left = left[on]
        psi, low, high = (each[on] for each in (moved, low, high))
    return answer, 1 / np.sqrt(spread)
