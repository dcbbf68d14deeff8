"""Exact odds ratio given the conversions of both arms, of one table or of several strata.

Given the totals, the number of treated conversions has probability proportional to w(x) psi^x with
psi the odds ratio. An end of the interval is the psi at which the tail beyond the observed number
has the probability alpha / 2. The log odds of that tail rises with log psi and its slope is a
difference of two means, so Newton's iteration, kept in a bracket, ends in a few steps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp, ndtri

from abmicro.frozen import frozen
from abmicro.stats.exact.fisher_tests import conditional
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.numerics import hypergeometric
from abmicro.stats.foundations.validation import Floats, within

_ROOM = 2**19  # weights worked on at once
_FAR = 2000.0  # beyond any log odds ratio
_STEP = 1e-8  # Newton's step after one this small is below rounding


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
    batch = xt.shape[:-1]
    sums = [
        _common(cell, float(tail))
        for cell in np.stack([xt, nt, nc, total]).reshape(4, -1, xt.shape[-1]).swapaxes(0, 1)
    ]
    return CommonOdds(*(np.reshape(field, batch)[()] for field in np.transpose(sums)))


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
        left = left[on]
        low, high, at, more, fewer, goal = (
            each[on] for each in (low, high, moved, more, fewer, goal)
        )
    return answer


def _log_mean(weights: Floats, steps: Floats, own: float) -> tuple[Floats, Floats]:
    """Log of the sum of weights with one at step 0, and their mean step."""
    most = np.maximum(weights.max(axis=1, initial=-np.inf), own)[:, None]
    parts = np.exp(weights - most)
    summed = parts.sum(axis=1) + np.exp(own - most[:, 0])
    return np.log(summed) + most[:, 0], parts @ steps / summed


def _common(strata: Floats, tail: float) -> tuple[float, float, float, float]:
    """p, estimate and ends for one set of strata, through the law of the sum over strata."""
    xt, nt, nc, total = strata[:, (strata[1] > 0) & (strata[2] > 0)]
    tilt = _tilt(xt, nt, nc, total)
    least, law = 0.0, np.ones(1)
    for n, m, t in zip(nt, nc, total, strict=True):
        first, last = max(t - m, 0), min(t, n)
        x = np.arange(first, last + 1)
        log = hypergeometric.log_pmf(x, n, m, t) + tilt * x
        log -= log.max()
        law = np.convolve(law, np.exp(log))
        least += first
    x = np.arange(len(law))
    with np.errstate(divide="ignore"):
        log = np.log(law) - tilt * x
    at = int(xt.sum() - least)
    return _p_no_likelier(log, at), *_common_odds(log, at, tail)


def _tilt(xt: Floats, nt: Floats, nc: Floats, total: Floats) -> float:
    """A log odds ratio near the common one: there no weight that matters underflows."""
    xc = total - xt
    gain = ((xt + 0.5) * (nc - xc + 0.5) / (nt + nc)).sum()
    loss = ((xc + 0.5) * (nt - xt + 0.5) / (nt + nc)).sum()
    return float(np.log(gain / loss)) if gain > 0 else 0.0


def _p_no_likelier(log: Floats, at: int) -> float:
    same = log <= log[at] + hypergeometric.TIE
    return float(np.exp(logsumexp(log[same]) - logsumexp(log)))


def _common_odds(log: Floats, at: int, tail: float) -> tuple[float, float, float]:
    """Estimate and ends from the log weights of the sum, observed at place `at`."""
    if len(log) == 1:
        return np.nan, 0.0, np.inf
    relative = log - log[at]
    more, fewer = relative[at + 1 :][None], relative[:at][::-1][None]
    one, start = np.array([tail]), np.zeros(1)
    low = np.exp(_root(more, fewer, one, start, 1.0))[0] if at > 0 else 0.0
    high = np.exp(-_root(fewer, more, one, start, 1.0))[0] if at < len(log) - 1 else np.inf
    return _most_likely(log, at), float(low), float(high)


def _most_likely(log: Floats, at: int) -> float:
    """The odds ratio under which the mean is the observed sum."""
    if at in (0, len(log) - 1):
        return 0.0 if at == 0 else np.inf
    x, psi, low, high = np.arange(len(log)), 0.0, -_FAR, _FAR
    step = np.inf
    while abs(step) > _STEP * max(abs(psi), 1):
        weight = np.exp(log + psi * x - (log + psi * x).max())
        weight /= weight.sum()
        mean = weight @ x
        low, high = (psi, high) if mean < at else (low, psi)
        moved = psi + (at - mean) / max(weight @ (x - mean) ** 2, 1e-300)
        moved = moved if low <= moved <= high else (low + high) / 2
        psi, step = moved, moved - psi
    return float(np.exp(psi))
