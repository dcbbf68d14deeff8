"""Bootstrap and permutation of joint counts: units are redrawn as whole cells, not one by one.

A unit is fully described by its arm and its cell (which goals it reached). Drawing n units with
replacement is one multinomial draw over the cells of the arm; shuffling the units over the arms is
one hypergeometric draw per cell. A draw so costs the number of cells, whatever the traffic, and
keeps how the goals hang together.

A statistic is any function of counts (..., arms, cells) that keeps the leading axes: it sees all
draws in one call. `reached` turns cells into goals:

>>> patterns = np.array([[False, False], [True, False], [True, True]])  # cells x goals
>>> def difference(counts):
...     rates = reached(counts, patterns) / counts.sum(axis=-1, keepdims=True)
...     return rates[..., 1, :] - rates[..., 0, :]
>>> counts = [[880, 90, 30], [850, 105, 45]]
>>> effect = bca(counts, difference, rng=np.random.default_rng(7))
>>> print(effect.estimate.round(3), effect.low.round(3), effect.high.round(3))
[0.03  0.015] [ 0.001 -0.001] [0.06  0.032]
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from abmicro.frozen import frozen
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.validation import Floats, demand, whole, within

Statistic = Callable[[Floats], Floats]

DRAWS = 10_000
MOST_UNITS = 10**9  # that the hypergeometric generator shuffles
_TIE = 1e-9  # relative; statistics of equally extreme draws may round apart

_quiet = np.errstate(divide="ignore", invalid="ignore")  # a draw without conversions: inf or NaN


@frozen(eq=False)
class Permutation:
    """How often shuffled arms gave a statistic at least as large as the observed one.

    observed: the statistics of the counts as they are, a family along the last axis.
    p: of each on its own; adjusted: against the largest of the family in each shuffle.
    """

    observed: Floats
    p: Floats
    adjusted: Floats


def reached(counts: ArrayLike, patterns: ArrayLike) -> Floats:
    """Units that reached each goal: the masked sums over cells.

    counts: (..., cells). patterns: (cells, goals), true where the units of a cell reached a goal.

    >>> reached([[80, 15, 5]], [[False, False], [True, False], [True, True]])
    array([[20.,  5.]])
    """
    # As one product of two matrices; a stack of small ones is five times slower.
    return np.tensordot(np.asarray(counts, np.float64), np.asarray(patterns, np.float64), axes=1)


def bootstrap_counts(counts: ArrayLike, *, rng: np.random.Generator, draws: int = DRAWS) -> Floats:
    """Counts of units drawn again with replacement within each arm.

    counts: (..., arms, cells) units. rng: the generator. draws: how many, at least 1.

    Returns (draws, ..., arms, cells). The units of each arm stay as they are.
    Raises ValueError for counts that are negative or fractional and for draws below 1.

    >>> bootstrap_counts([[90, 10], [0, 0]], rng=np.random.default_rng(1), draws=3).sum(axis=-1)
    array([[100.,   0.],
           [100.,   0.],
           [100.,   0.]])
    """
    cells = _cells(counts, draws)
    units = cells.sum(axis=-1)
    none = units[..., None] == 0
    shares = np.where(none, 1 / cells.shape[-1], cells / np.where(none, 1, units[..., None]))
    return rng.multinomial(units.astype(np.int64), shares, (draws, *units.shape)).astype(float)


def permuted_counts(counts: ArrayLike, *, rng: np.random.Generator, draws: int = DRAWS) -> Floats:
    """Counts of the same units dealt out to the arms anew.

    counts: (..., arms, cells) units. rng: the generator. draws: how many, at least 1.

    Returns (draws, ..., arms, cells). The units of each arm and of each cell stay as they are.
    Raises ValueError as `bootstrap_counts`, and for `MOST_UNITS` units or more.

    >>> dealt = permuted_counts([[90, 10], [80, 20]], rng=np.random.default_rng(1), draws=2)
    >>> dealt.sum(axis=-2)
    array([[170.,  30.],
           [170.,  30.]])
    """
    cells = _cells(counts, draws)
    total = cells.sum(axis=(-2, -1))
    demand(total < MOST_UNITS, total, "counts", f"must be below {MOST_UNITS} units to be shuffled")
    dealt = np.empty((draws, *cells.shape), dtype=np.int64)
    pool = np.broadcast_to(cells.sum(axis=-2), dealt[..., 0, :].shape).astype(np.int64)
    for arm in range(cells.shape[-2] - 1):
        dealt[..., arm, :] = _dealt(pool, cells[..., arm, :].sum(axis=-1), rng)
        pool -= dealt[..., arm, :]
    dealt[..., -1, :] = pool
    return dealt.astype(float)


def percentile(
    counts: ArrayLike,
    statistic: Statistic,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = DRAWS,
) -> Effect:
    """A statistic with the percentile interval of the bootstrap.

    counts: (..., arms, cells) units. statistic: see the head of this module.
    rng: the generator; level: two-sided confidence level in (0, 1); draws: how many.

    Returns the statistic of the counts, and the order statistics of its draws that leave out half
    of 1 - level at either end, rounded outwards. An end may be infinite where draws are; all is NaN
    where a draw is NaN. Raises ValueError as `bootstrap_counts` and for level outside (0, 1).

    Source: Efron (1979), Annals of Statistics 7:1-26; Efron and Tibshirani (1993), "An introduction
    to the bootstrap", chapter 13.

    >>> share = lambda counts: counts[..., 0, 1] / counts[..., 0, :].sum(axis=-1)
    >>> effect = percentile([[90, 10]], share, rng=np.random.default_rng(7))
    >>> [float(value) for value in effect]
    [0.1, 0.05, 0.16]
    """
    tail = (1 - within(level, "level", 0, 1)) / 2
    estimate, drawn = _bootstrap(counts, statistic, rng, draws)
    return _between(estimate, drawn, tail, 1 - tail)


@_quiet
def bca(
    counts: ArrayLike,
    statistic: Statistic,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = DRAWS,
) -> Effect:
    """A statistic with the bias-corrected and accelerated interval of the bootstrap.

    Arguments and errors as `percentile`. The acceleration comes from leaving out one unit of every
    cell in turn.

    Returns what `percentile` returns, with ends moved for bias and skewness: right to the second
    order where the percentile interval is to the first. All is NaN where a draw is NaN, where every
    draw lies on one side of the statistic, or where it has no value without one of the units.

    Source: Efron (1987), Journal of the American Statistical Association 82:171-185; several
    samples: Davison and Hinkley (1997), "Bootstrap methods and their application", eq. 5.21, 3.14.

    >>> share = lambda counts: counts[..., 0, 1] / counts[..., 0, :].sum(axis=-1)
    >>> effect = bca([[90, 10]], share, rng=np.random.default_rng(7))
    >>> [float(value) for value in effect]
    [0.1, 0.05, 0.17]
    """
    z = ndtri((1 - within(level, "level", 0, 1)) / 2)
    estimate, drawn = _bootstrap(counts, statistic, rng, draws)
    below = (drawn < estimate).mean(axis=0) + (drawn == estimate).mean(axis=0) / 2
    bias = ndtri(np.where(np.isnan(estimate), np.nan, below))
    acceleration = _acceleration(whole(counts, "counts"), statistic)
    low, high = (ndtr(bias + (bias + end) / (1 - acceleration * (bias + end))) for end in (z, -z))
    return _between(estimate, drawn, low, high)


def permutation_test(
    counts: ArrayLike, statistic: Statistic, *, rng: np.random.Generator, draws: int = DRAWS
) -> Permutation:
    """Test that all arms are alike, by dealing their units out anew.

    counts: (..., arms, cells) units. statistic: see the head of this module; large values speak
        against alike arms, and its last axis is the family, e.g. the goals.
    rng: the generator; draws: how many.

    Returns p-values that hold for any counts, since the observed deal is one of the draws: no p is
    below 1 / (draws + 1). The adjusted p bound the chance of any false finding in the family and
    use how its statistics hang together. A draw that is NaN counts as large; an observed NaN has no
    p and leaves the family.

    Raises ValueError as `permuted_counts`, and for a statistic without family axis.

    Source: Phipson and Smyth (2010), Statistical Applications in Genetics and Molecular Biology
    9(1):39; the largest of a family: Westfall and Young (1993), "Resampling-based multiple
    testing", section 2.3.

    >>> gain = lambda counts: counts[..., 1, 1:] - counts[..., 0, 1:]
    >>> found = permutation_test([[95, 5], [80, 20]], gain, rng=np.random.default_rng(7))
    >>> found.p.round(3)
    array([0.001])
    """
    cells = _cells(counts, draws)
    observed = _of(statistic, cells)
    if observed.ndim != cells.ndim - 1:
        raise ValueError(
            f"statistic must give one axis per family, got {observed.shape} for {cells.shape}"
        )
    shuffled = _of(statistic, permuted_counts(cells, rng=rng, draws=draws))
    known = ~np.isnan(observed)
    shuffled = np.where(np.isnan(shuffled), np.inf, shuffled)
    largest = np.where(known, shuffled, -np.inf).max(axis=-1, keepdims=True)
    bar = observed - _TIE * np.abs(observed)

    def p(against: Floats) -> Floats:
        return np.where(known, (1 + (against >= bar).sum(axis=0)) / (draws + 1), np.nan)

    return Permutation(observed, p(shuffled), p(largest))


def _cells(counts: ArrayLike, draws: int) -> Floats:
    cells = whole(counts, "counts")
    if cells.ndim < 2 or 0 in cells.shape:
        raise ValueError(f"counts needs an axis of arms and one of cells, got {cells.shape}")
    if draws < 1:
        raise ValueError(f"draws must be at least 1, got {draws}")
    return cells


@_quiet
def _of(statistic: Statistic, counts: Floats) -> Floats:
    return np.asarray(statistic(counts), dtype=np.float64)


def _dealt(pool: NDArray[np.int64], units: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    """A hand of so many units from the pool of cells: each cell's part given those before it."""
    hand = np.empty_like(pool)
    wanted = np.broadcast_to(units, pool.shape[:-1]).astype(np.int64)
    others = pool.sum(axis=-1)
    for cell in range(pool.shape[-1]):
        others = others - pool[..., cell]
        hand[..., cell] = rng.hypergeometric(pool[..., cell], others, wanted)
        wanted = wanted - hand[..., cell]
    return hand


def _bootstrap(
    counts: ArrayLike, statistic: Statistic, rng: np.random.Generator, draws: int
) -> tuple[Floats, Floats]:
    drawn = bootstrap_counts(counts, rng=rng, draws=draws)
    return _of(statistic, whole(counts, "counts")), _of(statistic, drawn)


def _between(estimate: Floats, drawn: Floats, low: Floats, high: Floats) -> Effect:
    """The draws at two shares of their order, rounded outwards; NaN sorts last and spoils all."""
    ordered, last = np.sort(drawn, axis=0), len(drawn) - 1
    spoilt = np.isnan(ordered[-1]) | np.isnan(low) | np.isnan(high) | np.isnan(estimate)

    def draw_at(share: Floats, outwards: np.ufunc) -> Floats:
        rank = outwards(np.where(spoilt, 0.5, share) * (last + 2)) - 1
        at = np.clip(rank, 0, last).astype(np.intp)
        return np.where(spoilt, np.nan, np.take_along_axis(ordered, at[None], axis=0)[0])

    return Effect(estimate, draw_at(low, np.floor), draw_at(high, np.ceil))


@_quiet
def _acceleration(cells: Floats, statistic: Statistic) -> Floats:
    """A sixth of the skewness of the influence of single units, by leaving each out."""
    arms, kinds = cells.shape[-2:]
    one = np.eye(arms * kinds).reshape(arms, kinds, *[1] * (cells.ndim - 2), arms, kinds)
    without = _of(statistic, np.maximum(cells - one, 0))
    weight = np.moveaxis(cells, (-2, -1), (0, 1))
    weight = weight.reshape(*weight.shape, *[1] * (without.ndim - weight.ndim))
    present = weight > 0
    without = np.where(present, without, 0)
    mean = (weight * without).sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
    influence = np.where(present, mean - without, 0)
    cubes, squares = ((weight * influence**power).sum(axis=(0, 1)) for power in (3, 2))
    return np.asarray(cubes / (6 * np.where(squares > 0, squares, 1) ** 1.5))
