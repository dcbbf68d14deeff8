"""Several arms against one control: the law of the largest score, by a single integral.

Scores that share a control are correlated by lambda_i lambda_j, where lambda_i^2 is arm i's part of
the units of arm and control. Given the control's deviate u they are independent, so that the chance
that any of them passes c is the integral of phi(u) [1 - prod_i (1 - q_i(u))] with q_i the chance of
arm i given u (Dunnett 1955). The integrand is smooth and falls like exp(-u^2 / 2): the trapezoidal
rule on equal steps gets all its digits with a few dozen nodes, also far out in the tail.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from abmicro.stats.foundations.effect import Alternative
from abmicro.stats.foundations.validation import Bools, Floats, demand, within

_SIDES = {"two-sided": 2, "greater": 1, "less": 1}
_TAIL = 9.0  # standard errors beyond which the normal density does not count
_LARGEST = 40.0  # scores beyond which p is 0 anyway
_STEP = 0.7  # of the nodes, by sharpness: a relative error of about exp(-2 pi^2 / 0.7^2) = 3e-18
_CERTAIN = 1 - 2.0**-53  # the largest chance that has a logarithm of its complement
_NEARLY = 1e-9  # a secant's step this small leaves an error of the order of its square
_MOST_STEPS = 30

_quiet = np.errstate(divide="ignore", invalid="ignore")  # what is certain has no logarithm


def dunnett(
    z: ArrayLike,
    units: ArrayLike,
    control_units: ArrayLike,
    *,
    alternative: Alternative = "two-sided",
) -> Floats:
    """Adjusted p-values of several arms against one control, each from the law of the largest.

    z: (..., arms) score of each arm, standard normal where it does not differ from the control.
    units: (..., arms) units of each arm; control_units: of the control, arms axis of length 1 or
        none. All of shapes that broadcast.
    alternative: "greater" looks for arms above the control, "less" for arms below.

    Returns p of the broadcast shape. A simultaneous interval with `dunnett_critical` as its number
    of standard errors excludes 0 exactly where p is below alpha. Never above Bonferroni's and never
    below the p of the arm alone. Where z is NaN or an arm has no units p is NaN and the arm does
    not count. An arm with very many times the control's units takes more nodes, so more time.

    Raises ValueError for negative units and for an unknown alternative.

    Source: Dunnett (1955), Journal of the American Statistical Association 50:1096-1121, with
    correlations of unequal sizes, for large samples.

    >>> dunnett([1.1, 1.8], [1000, 1000], 1000).round(4)
    array([0.4383, 0.1283])
    """
    score, lam, members = _scores(z, units, control_units, alternative)
    p = _any_beyond(score, lam, members[..., None, :], _SIDES[alternative])
    return np.asarray(np.where(members, p, np.nan))


def dunnett_step_down(
    z: ArrayLike,
    units: ArrayLike,
    control_units: ArrayLike,
    *,
    alternative: Alternative = "two-sided",
) -> Floats:
    """Adjusted p-values as `dunnett`, but each arm only against those with no larger score.

    Arguments, edge cases and errors as `dunnett`.

    Returns p of the broadcast shape, never above those of `dunnett` nor of Holm. No simple
    simultaneous interval belongs to it.

    Source: Marcus, Peritz and Gabriel (1976), Biometrika 63:655-660; Dunnett and Tamhane (1991),
    Statistics in Medicine 10:939-947.

    >>> dunnett_step_down([1.1, 1.8], [1000, 1000], 1000).round(4)
    array([0.2713, 0.1283])
    """
    score, lam, members = _scores(z, units, control_units, alternative)
    no_larger = score[..., None, :] <= score[..., :, None]
    p = _any_beyond(score, lam, members[..., None, :] & no_larger, _SIDES[alternative])
    # An arm is rejected only after all with larger scores.
    larger_first = np.argsort(-score, axis=-1, kind="stable")
    ordered = np.maximum.accumulate(np.take_along_axis(p, larger_first, axis=-1), axis=-1)
    np.put_along_axis(p, larger_first, ordered, axis=-1)
    return np.asarray(np.where(members, p, np.nan))


def dunnett_critical(
    units: ArrayLike,
    control_units: ArrayLike,
    *,
    alpha: ArrayLike = 0.05,
    alternative: Alternative = "two-sided",
) -> Floats:
    """The score that the largest of several arms passes by chance with probability alpha.

    units: (..., arms) units of each arm; control_units: of the control, arms axis of length 1 or
        none; arms without units do not count.
    alpha: in (0, 1), of the batch shape or a number.
    alternative: one-sided for "greater" and "less".

    Returns the critical value of the batch shape. NaN where the control or every arm has no units,
    and where alpha is so near to 1 (within 1e-9) that no value can be told from 0.
    Raises ValueError as `dunnett`, and for alpha outside (0, 1).

    Source: Dunnett (1955, 1964); the values of Dunnett (1964), Biometrics 20:482-491, at infinite
    degrees of freedom.

    >>> round(float(dunnett_critical([1000, 1000], 1000)), 4)
    2.2121
    """
    sides = _sides(alternative)
    lam, members = loadings(units, control_units)
    arms = members.sum(axis=-1, keepdims=True)
    members = (members | (arms == 0))[..., None, :]  # none at all: solved like any, but not told
    alpha, arms = np.broadcast_arrays(within(alpha, "alpha", 0, 1)[..., None], arms)

    def chance(c: Floats) -> Floats:
        return _any_beyond(c, lam, members, sides)

    c = passed_with(alpha, chance, sides=sides, hypotheses=np.maximum(arms, 1.0))
    return np.asarray(np.where(arms > 0, c, np.nan)[..., 0])


@_quiet
def passed_with(
    alpha: Floats, chance: Callable[[Floats], Floats], *, sides: int, hypotheses: Floats
) -> Floats:
    """The value that the largest of several scores passes with chance alpha.

    chance: of passing a value, for values of the shape of alpha. sides: 2 for scores in size.
    hypotheses: their number.

    The chance is that of so many independent scores, a number that hardly depends on the value; the
    one it has at the root is found by the secant method, which needs a handful of steps. Where it
    is not found, which takes an alpha next to 1, the value is NaN.

    >>> both = lambda c: 1 - (1 - 2 * ndtr(-c)) ** 2
    >>> passed_with(np.array(0.0975), both, sides=2, hypotheses=np.array(2.0)).round(3)
    np.float64(1.96)
    """

    def passed(independent: Floats) -> Floats:
        return np.asarray(-ndtri(-np.expm1(np.log1p(-alpha) / independent) / sides))

    def further(c: Floats) -> Floats:
        some, one = (np.minimum(p, _CERTAIN) for p in (chance(c), sides * ndtr(-c)))
        return passed(np.log1p(-some) / np.log1p(-one)) - c

    before = passed(hypotheses)  # an upper bound (Sidak 1967), from where the number only falls
    height = further(before)
    c, step = before + height, height
    for _ in range(_MOST_STEPS):
        new = further(c)
        change = height - new
        step = np.divide(new * (c - before), change, out=np.zeros_like(new), where=change != 0)
        before, c, height = c, c + step, new
        if np.all(np.abs(step) <= _NEARLY):
            break
    return np.where(np.abs(step) <= _NEARLY, c, np.nan)


def _scores(
    z: ArrayLike, units: ArrayLike, control_units: ArrayLike, alternative: Alternative
) -> tuple[Floats, Floats, Bools]:
    """Scores that are large where they speak against the null, loadings, and who counts."""
    sides = _sides(alternative)
    score = np.atleast_1d(np.asarray(z, dtype=np.float64))
    score = np.abs(score) if sides == 2 else -score if alternative == "less" else score
    lam, members = loadings(units, control_units)
    score, lam, members = np.broadcast_arrays(score, lam, members)
    members = members & ~np.isnan(score)
    return np.where(members, score, -np.inf), lam, members


def _sides(alternative: str) -> int:
    if alternative not in _SIDES:
        raise ValueError(f"alternative must be one of {', '.join(_SIDES)}, got {alternative!r}")
    return _SIDES[alternative]


def loadings(units: ArrayLike, control_units: ArrayLike) -> tuple[Floats, Bools]:
    """How much of each arm's score is the control's deviate, and which arms have a score.

    >>> loadings([1000, 0], 3000)
    (array([0.5, 0. ]), array([ True, False]))
    """
    n, control = np.asarray(units, np.float64), np.asarray(control_units, np.float64)
    for values, name in ((n, "units"), (control, "control_units")):
        demand((values >= 0) & np.isfinite(values), values, name, "must be finite, not negative")
    n, control = np.broadcast_arrays(np.atleast_1d(n), control)
    members = (n > 0) & (control > 0)
    return np.sqrt(np.where(members, n / np.where(members, n + control, 1), 0)), members


@_quiet
def _any_beyond(c: Floats, lam: Floats, members: Bools, sides: int) -> Floats:
    """Chance that the score of any member passes c.

    c: (..., J) values; lam: (..., K) loadings; members: (..., J or 1, K) whose scores count.
    """
    rest = np.sqrt(1 - lam**2)
    reach = _TAIL + np.fmin(np.abs(c), _LARGEST) * lam.max(axis=-1, keepdims=True, initial=0)
    # In the complex plane the integrand grows like exp(sharpness^2 y^2 / 2) along i y at most.
    sharpness = np.sqrt(1 + ((lam / rest) ** 2).sum(axis=-1))
    intervals = np.ceil(2 / _STEP * np.max(reach, initial=1) * np.max(sharpness, initial=1))
    at = np.linspace(-1, 1, int(intervals) + 1)
    u = reach[..., None] * at
    # axes: batch, value, node, arm
    shared = lam[..., None, None, :] * u[..., None]
    c, rest = np.clip(c, -_LARGEST, _LARGEST)[..., None, None], rest[..., None, None, :]
    beyond = ndtr((shared - c) / rest)
    if sides == 2:
        beyond = beyond + ndtr((-shared - c) / rest)
    beyond = np.minimum(beyond, 1) * members[..., None, :]
    any_beyond = -np.expm1(np.log1p(-beyond).sum(axis=-1))
    density = np.exp(-(u**2) / 2) * any_beyond
    total = density.sum(axis=-1) * reach * (at[1] - at[0]) / np.sqrt(2 * np.pi)
    return np.asarray(np.minimum(total, 1))
