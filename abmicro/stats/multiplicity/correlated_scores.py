"""Goals times arms as one family, by the law of the largest of correlated scores.

The scores of one goal against a shared control are correlated, and so are the scores of two goals
that the same units reach; the correlation of the whole family is the Kronecker product of both.
Bonferroni's and Holm's corrections pay for all hypotheses as if no two overlapped. This one pays
only for what they have apart: worth the trouble where goals correlate above about 0.5.

The chance that the largest |z| passes c is the sum over i of the chance that |z_i| does and no
other is larger. Given how the others deviate from what z_i predicts, "no other is larger" means
that |z_i| passes a threshold of its own. So each draw gives every term by a normal tail, and the
sum falls smoothly with c. All p-values and the critical value come from the same draws, hence they
agree.
"""

from __future__ import annotations

from math import isqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from abmicro.frozen import frozen
from abmicro.stats.foundations.validation import Floats, demand, whole, within
from abmicro.stats.multiplicity.dunnett_tests import loadings, passed_with

POINTS = 2**10  # of the lattice
SHIFTS = 8  # independent shifts of it, whose spread is the error
_SAME = 1e-9  # scores correlated within this of 1 are one score


@frozen(eq=False)
class MaxT:
    """A family of correlated scores; every field but `critical` and `level` has one value each.

    adjusted: p against the largest of the whole family; step_down: against those with no larger
        score, never above `adjusted`.
    error: standard error of `adjusted`, from the spread of independent shifts.
    critical: what the largest |z| passes with probability 1 - level; level: of a single interval
        with that many standard errors. It excludes the null exactly where `adjusted` < alpha.
    """

    adjusted: Floats
    step_down: Floats
    error: Floats
    critical: float
    level: float


def max_t(
    z: ArrayLike, correlation: ArrayLike, *, rng: np.random.Generator, level: float = 0.95
) -> MaxT:
    """Adjusted p-values and critical value of a family of jointly normal scores, two-sided.

    z: (m,) scores, or any shape of m values; NaN marks a hypothesis without test, which does not
        count and stays NaN.
    correlation: (m, m), in the order of z flattened; see `family_correlation`.
    rng: shifts the lattice of `POINTS` points; level: of all intervals together, in (0, 1).

    Returns p of the shape of z. The relative error is below one percent for up to forty scores,
    and smaller further out; `error` tells it. Needs memory for `POINTS * SHIFTS` times m squared
    numbers: fifteen scores take 0.1 seconds, forty 2 seconds and 1 GB.

    Raises ValueError for a matrix that is not a correlation of m scores, and for level outside
    (0, 1).

    Source: the largest of a family, Westfall and Young (1993), "Resampling-based multiple testing",
    chapter 2; the sum over who is largest, in the manner of Adler, Blanchet and Liu (2012), Annals
    of Applied Probability 22:1167-1214; lattice: Richtmyer (1951), shifted at random by Cranley and
    Patterson (1976), SIAM Journal on Numerical Analysis 13:904-914.

    >>> both = family_correlation([1000, 1000], 1000, [[1, 0.8], [0.8, 1]])
    >>> found = max_t([[2.5, 2.0], [1.1, 0.3]], both, rng=np.random.default_rng(7))
    >>> found.adjusted.round(2)
    array([[0.04, 0.13],
           [0.58, 0.99]])
    """
    scores = np.abs(np.asarray(z, dtype=np.float64))
    matrix = _correlation(correlation, scores.size)
    alpha = np.asarray(1 - within(level, "level", 0, 1))
    known = np.flatnonzero(~np.isnan(scores))
    order = known[np.argsort(scores.ravel()[known], kind="stable")]
    ascending = scores.ravel()[order]
    thresholds = _thresholds(matrix[np.ix_(order, order)], rng)
    whole_family = thresholds[..., -1:]
    by_shift = _chance(ascending, whole_family).mean(axis=1)
    adjusted = by_shift.mean(axis=0)
    stepped = _no_larger(ascending, thresholds)
    critical = _critical(alpha, whole_family)
    return MaxT(
        adjusted=_back(adjusted, order, scores),
        step_down=_back(np.minimum(stepped, adjusted), order, scores),
        error=_back(by_shift.std(axis=0, ddof=1) / np.sqrt(SHIFTS), order, scores),
        critical=critical,
        level=1 - 2 * float(ndtr(-critical)),
    )


def family_correlation(units: ArrayLike, control_units: ArrayLike, goals: ArrayLike) -> Floats:
    """Correlation of the scores of arms times goals against one control, if no arm differs.

    units: (arms,) units; control_units: of the control; goals: (goals, goals) correlation of the
        goals in one unit, see `goal_correlation`.

    Returns (arms goals, arms goals), in the order of an (arms, goals) array flattened.
    Raises ValueError for negative units and for a matrix that is not a correlation.

    >>> family_correlation([100, 100], 100, [[1, 0.4], [0.4, 1]]).round(2)
    array([[1. , 0.4, 0.5, 0.2],
           [0.4, 1. , 0.2, 0.5],
           [0.5, 0.2, 1. , 0.4],
           [0.2, 0.5, 0.4, 1. ]])
    """
    shared, _ = loadings(units, control_units)
    arms = np.outer(shared, shared)
    np.fill_diagonal(arms, 1)
    return np.asarray(np.kron(arms, _correlation(goals, len(np.atleast_1d(goals)))))


def goal_correlation(counts: ArrayLike, patterns: ArrayLike) -> Floats:
    """How two goals hang together in one unit: phi, pooled within the arms.

    counts: (arms, cells) units. patterns: (cells, goals), true where the units of a cell reached a
        goal.

    Returns (goals, goals). A goal that none or all reached is counted as unrelated to the others.
    Raises ValueError for counts that are negative or fractional.

    >>> patterns = [[False, False], [True, False], [True, True]]
    >>> goal_correlation([[80, 10, 10], [80, 10, 10]], patterns).round(4)
    array([[1.    , 0.6667],
           [0.6667, 1.    ]])
    """
    cells, reached = whole(counts, "counts"), np.asarray(patterns, dtype=np.float64)
    units = np.maximum(cells.sum(axis=-1, keepdims=True), 1)
    of_arm = cells @ reached
    covariance = reached.T @ (cells.sum(axis=0)[:, None] * reached) - of_arm.T @ (of_arm / units)
    variance = np.diagonal(covariance)
    varies = variance > _SAME
    scale = np.sqrt(np.where(varies, variance, 1))
    phi = np.where(np.outer(varies, varies), covariance / np.outer(scale, scale), 0)
    np.fill_diagonal(phi, 1)
    return np.asarray(np.clip(phi, -1, 1))


def _correlation(given: ArrayLike, size: int) -> Floats:
    matrix = np.asarray(given, dtype=np.float64)
    if matrix.shape != (size, size):
        raise ValueError(f"correlation must be of shape {(size, size)}, got {matrix.shape}")
    demand(np.abs(matrix) <= 1 + _SAME, matrix, "correlation", "must lie in [-1, 1]")
    demand(np.abs(matrix - matrix.T) < _SAME, matrix, "correlation", "must be symmetric")
    own = np.diagonal(matrix)
    demand(np.abs(own - 1) < _SAME, own, "correlation", "must have a diagonal of ones")
    least = np.linalg.eigvalsh(matrix).min(initial=0)
    demand(least > -1e-6, least, "correlation", "must have no negative eigenvalue")
    return matrix


def _thresholds(correlation: Floats, rng: np.random.Generator) -> Floats:
    """What |z_i| must pass to be the largest of the first k + 1: (shifts, points, i, k)."""
    deviates = _deviates(correlation, rng)
    apart = deviates[..., None, :] - correlation * deviates[..., :, None]
    above, below = 1 - correlation, 1 + correlation
    same = (above < _SAME) | (below < _SAME)
    passed = np.maximum(apart / np.where(same, 1, above), -apart / np.where(same, 1, below))
    # Of several scores that are one the first stands for all.
    earlier = np.where(np.tri(len(correlation), k=-1), np.inf, -np.inf)
    return np.maximum.accumulate(np.where(same, earlier, passed), axis=-1)


def _deviates(correlation: Floats, rng: np.random.Generator) -> Floats:
    """Normal scores with this correlation at the points of shifted lattices."""
    values, vectors = np.linalg.eigh(correlation)
    root = (vectors * np.sqrt(np.maximum(values, 0)))[:, ::-1]  # the lattice's best axes first
    size = len(correlation)
    steps = np.outer(np.arange(1, POINTS + 1), np.sqrt(_primes(size)))
    uniform = (steps + rng.random((SHIFTS, 1, size))) % 1
    return np.asarray(ndtri(np.clip(uniform, 1e-15, 1 - 1e-15)) @ root.T)


def _primes(count: int) -> list[int]:
    found: list[int] = []
    candidate = 2
    while len(found) < count:
        if all(candidate % prime for prime in found if prime <= isqrt(candidate)):
            found.append(candidate)
        candidate += 1
    return found


def _chance(c: Floats, thresholds: Floats) -> Floats:
    """Chance that the largest |z| passes each of K values: (shifts, points, K).

    thresholds: (shifts, points, m, K or 1).
    """
    return np.asarray(2 * ndtr(-np.maximum(c, thresholds)).sum(axis=-2))


def _no_larger(ascending: Floats, thresholds: Floats) -> Floats:
    """Step-down p: of each score among those no larger, and not below that of a larger one."""
    last = np.searchsorted(ascending, ascending, side="right") - 1
    members = np.arange(last.size)[:, None] <= last
    p = _chance(ascending, np.where(members, thresholds[..., last], np.inf)).mean(axis=(0, 1))
    return np.asarray(np.maximum.accumulate(p[::-1])[::-1])


def _critical(alpha: Floats, thresholds: Floats) -> float:
    """What the largest |z| passes with chance alpha, on the same draws as every p."""
    hypotheses = np.array(float(thresholds.shape[-2]))
    if hypotheses == 0:
        return float(np.nan)

    def chance(c: Floats) -> Floats:
        return np.asarray(_chance(c[None], thresholds).mean())

    return float(passed_with(alpha, chance, sides=2, hypotheses=hypotheses))


def _back(values: Floats, order: NDArray[np.intp], scores: Floats) -> Floats:
    placed = np.full(scores.size, np.nan)
    placed[order] = np.minimum(values, 1)
    return placed.reshape(scores.shape)
