"""One rate and two rates from counts: intervals and tests that cannot contradict each other.

`difference` and `lift` are the score intervals of Miettinen and Nurminen; `score_test` and
`ratio_score_test` are the tests they invert, so an interval leaves out a value exactly when its
test has p < 1 - level. `wilson` and `newcombe` are closed forms. Every argument may be an array;
the shapes broadcast, e.g. arms (V - 1, S, G) against a control (1, S, G) and levels (G,).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfinv, ndtr

from abmicro.stats import score

Floats = NDArray[np.float64]
Alternative = Literal["two-sided", "greater", "less"]
_Counts = tuple[Floats, Floats, Floats, Floats]  # reached and trials, treated then control

_TAILS = {
    "two-sided": lambda z: 2 * ndtr(-np.abs(z)),
    "greater": lambda z: ndtr(-z),
    "less": ndtr,
}

_quiet = np.errstate(divide="ignore", invalid="ignore")  # arms without units: NaN, no warning


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Binomial:
    """Units that reached a goal and all units of the arm, as whole numbers.

    reached, trials: numbers or arrays of shapes that broadcast, 0 <= reached <= trials < 2**53.
    Both are kept as read-only floats, which hold such counts exactly.

    Raises ValueError naming argument and value for anything else.

    >>> Binomial(56, 70).trials
    array(70.)
    >>> Binomial([2, 3], 2)
    Traceback (most recent call last):
        ...
    ValueError: reached must not exceed trials, got 3 of 2
    """

    reached: Floats
    trials: Floats

    def __init__(self, reached: ArrayLike, trials: ArrayLike) -> None:
        x, n = _counts("reached", reached), _counts("trials", trials)
        _check_shapes(reached=x, trials=n)
        if (excess := x > n).any():
            first, of = (array[excess][0] for array in np.broadcast_arrays(x, n))
            raise ValueError(f"reached must not exceed trials, got {first:.0f} of {of:.0f}")
        object.__setattr__(self, "reached", x)
        object.__setattr__(self, "trials", n)


class Effect(NamedTuple):
    """An estimate with the ends of its interval: three floats, or three arrays of one shape."""

    estimate: Floats
    low: Floats
    high: Floats


class ScoreTest(NamedTuple):
    """A standard normal score, positive where the estimate lies above the null, and its p."""

    z: Floats
    p: Floats


@_quiet
def wilson(arm: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Rate of one arm with Wilson's score interval.

    arm: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns the rate as a fraction, of the broadcast shape. The lower end is exactly 0 where none
    reached and the upper exactly 1 where all did. Where an arm has no units every field is NaN.

    Source: Wilson (1927), Journal of the American Statistical Association 22:209-212; here in a
    form in which neither end cancels at small rates.

    >>> effect = wilson(Binomial(81, 263))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.2553 0.3662
    """
    critical = _critical(level)
    x, n = arm.reached, arm.trials
    _check_shapes(arm=x + n, level=critical)
    margin = _wilson_margin(x, n, critical)
    low = x / n * x / (x + margin)
    high = x / n + (n - x) / n * margin / (n - x + margin)
    return _effect(x / n, low, high)


@_quiet
def newcombe(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Difference of two rates with Newcombe's hybrid score interval, a closed form.

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns treated minus control as a fraction (not percent), of the broadcast shape. With none or
    all reached the interval is still proper. Where an arm has no units every field is NaN.

    Source: Newcombe (1998), Statistics in Medicine 17:873-890, method 10.

    >>> effect = newcombe(Binomial(56, 70), Binomial(48, 80))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.0524 0.3339
    """
    critical = _critical(level)
    xt, nt, xc, nc = _two_arms(treated, control, level=critical)
    below_treated, above_treated = _wilson_reach(xt, nt, critical)
    below_control, above_control = _wilson_reach(xc, nc, critical)
    estimate = score.difference_of_rates(xt, nt, xc, nc)
    low = estimate - np.hypot(below_treated, above_control)
    high = estimate + np.hypot(above_treated, below_control)
    return _effect(estimate, np.maximum(low, -1), np.minimum(high, 1))


@_quiet
def difference(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Difference of two rates with the score interval of Miettinen and Nurminen, the default.

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns treated minus control as a fraction (not percent), of the broadcast shape. The interval
    holds the nulls that `score_test` does not reject at 1 - level; it is proper with none or all
    reached too. Where an arm has no units every field is NaN.

    Source: Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226.

    >>> effect = difference(Binomial(56, 70), Binomial(48, 80))
    >>> print(effect.estimate.round(4), effect.low.round(4), effect.high.round(4))
    0.2 0.0528 0.3382
    """
    critical = _critical(level)
    counts = _two_arms(treated, control, level=critical)
    estimate = score.difference_of_rates(*counts)
    below, above = score.difference_reach(*counts, np.square(critical) * _inflation(counts))
    return _effect(estimate, np.maximum(estimate - below, -1), np.minimum(estimate + above, 1))


@_quiet
def lift(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Relative difference of two rates with the score interval of Miettinen and Nurminen.

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns treated / control - 1 as a fraction (0.05 is five percent more), of the broadcast shape.
    The interval holds the lifts whose ratio `ratio_score_test` does not reject at 1 - level. Its
    lower end is -1 where no treated unit reached the goal. Its upper end is infinite where no
    control unit did, and then the estimate is infinite too, or NaN if no treated unit did either.
    Where an arm has no units every field is NaN.

    Source: Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226.

    >>> effect = lift(Binomial(244, 10_000), Binomial(200, 10_000))
    >>> print(effect.estimate.round(4), effect.low.round(4), effect.high.round(4))
    0.22 0.0143 0.4674
    """
    critical = _critical(level)
    counts = _two_arms(treated, control, level=critical)
    low, high = score.ratio_ends(*counts, np.square(critical) * _inflation(counts)) - 1
    return _effect(score.lift_of_rates(*counts), low, high)


@_quiet
def score_test(
    treated: Binomial,
    control: Binomial,
    /,
    *,
    null: ArrayLike = 0.0,
    alternative: Alternative = "two-sided",
) -> ScoreTest:
    """Test that treated minus control rate equals `null`: the test that `difference` inverts.

    treated, control: units that reached the goal and all units.
    null: difference under the hypothesis, as a fraction in (-1, 1).
    alternative: "greater" looks for a difference above the null, "less" for one below.

    Returns score and p-value, of the broadcast shape. At null 0 the squared score is the (N - 1)
    chi-square of the table. Where the counts equal the null exactly, also with none or all reached
    in both arms, z is 0. Where an arm has no units both fields are NaN.

    Source: Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226; the hypothesis with a
    margin: Farrington and Manning (1990), Statistics in Medicine 9:1447-1454, times (N - 1)/N.

    >>> test = score_test(Binomial(78, 100), Binomial(80, 100), null=-0.1, alternative="greater")
    >>> print(test.z.round(4), test.p.round(4))
    1.3796 0.0839
    """
    null = _between("null", null, -1, 1)
    counts = _two_arms(treated, control, null=null)
    return _test(score.difference_statistic(*counts, null), counts, alternative)


@_quiet
def ratio_score_test(
    treated: Binomial,
    control: Binomial,
    /,
    *,
    null: ArrayLike = 1.0,
    alternative: Alternative = "two-sided",
) -> ScoreTest:
    """Test that treated over control rate equals `null`: the test that `lift` inverts.

    treated, control: units that reached the goal and all units.
    null: ratio under the hypothesis, in (1e-100, 1e100), e.g. 0.98 for a guardrail whose goal may
    lose two percent.
    alternative: "greater" looks for a ratio above the null, "less" for one below.

    Returns score and p-value, of the broadcast shape. At null 1 the same as `score_test` at 0.
    Where no unit reached the goal in either arm there is no evidence about a ratio: z is 0. Where
    an arm has no units both fields are NaN.

    Source: Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226; the hypothesis with a
    margin: Farrington and Manning (1990), Statistics in Medicine 9:1447-1454, times (N - 1)/N.

    >>> test = ratio_score_test(Binomial(78, 100), Binomial(80, 100), null=0.9)
    >>> print(test.z.round(4), test.p.round(4))
    1.0787 0.2807
    """
    null = _between("null", null, 1e-100, 1e100)
    counts = _two_arms(treated, control, null=null)
    return _test(score.ratio_statistic(*counts, null), counts, alternative)


def tail(z: Floats, alternative: Alternative) -> Floats:
    """The p-value of a standard normal score.

    Raises ValueError for another alternative.

    >>> round(float(tail(np.float64(1.96), "two-sided")), 4)
    0.05
    """
    if alternative not in _TAILS:
        raise ValueError(f"alternative must be one of {', '.join(_TAILS)}, got {alternative!r}")
    return np.asarray(_TAILS[alternative](z))[()]


def _two_arms(treated: Binomial, control: Binomial, **choice: Floats) -> _Counts:
    counts = treated.reached, treated.trials, control.reached, control.trials
    _check_shapes(
        **{"treated.reached": counts[0], "treated.trials": counts[1]},
        **{"control.reached": counts[2], "control.trials": counts[3]},
        **choice,
    )
    return counts


def _effect(estimate: Floats, low: Floats, high: Floats) -> Effect:
    return Effect(np.broadcast_to(estimate, np.shape(low))[()], low, high)


def _test(z: Floats, counts: _Counts, alternative: Alternative) -> ScoreTest:
    z = z / np.sqrt(_inflation(counts))
    return ScoreTest(z, tail(z, alternative))


def _inflation(counts: _Counts) -> Floats:
    """N / (N - 1), by which Miettinen and Nurminen widen the variance."""
    units = counts[1] + counts[3]
    return units / (units - 1)


def _wilson_margin(x: Floats, n: Floats, critical: Floats) -> Floats:
    """What moves x towards the middle: the ends are x/n * x/(x + margin) and its mirror image."""
    margin: Floats = critical * (critical / 2 + np.sqrt(x * (n - x) / n + np.square(critical / 2)))
    return margin


def _wilson_reach(x: Floats, n: Floats, critical: Floats) -> tuple[Floats, Floats]:
    """How far Wilson's interval reaches below and above x/n, without subtracting rates."""
    margin = _wilson_margin(x, n, critical)
    return x / n * margin / (x + margin), (n - x) / n * margin / (n - x + margin)


def _critical(level: ArrayLike) -> Floats:
    critical: Floats = np.sqrt(2) * erfinv(_between("level", level, 0, 1))
    return np.maximum(critical, 1e-100)  # the square must not vanish


def _between(name: str, value: ArrayLike, low: float, high: float) -> Floats:
    array = np.asarray(_numbers(name, value), dtype=np.float64)
    if not (inside := (array > low) & (array < high)).all():
        raise ValueError(f"{name} must lie between {low:g} and {high:g}, got {array[~inside][0]:g}")
    return array


def _counts(name: str, value: ArrayLike) -> Floats:
    given = _numbers(name, value)
    array = np.array(given, dtype=np.float64)
    whole = (array >= 0) & (array < 2**53) & (array == np.floor(array))
    if not whole.all():
        raise ValueError(
            f"{name} must be whole numbers from 0 to 2**53 - 1, got {given[~whole][0]}"
        )
    array.setflags(write=False)
    return array


def _numbers(name: str, value: ArrayLike) -> NDArray[np.number]:
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must be of one shape, got {value!r}") from None
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must be numbers, got {value!r}")
    return array


def _check_shapes(**arrays: Floats) -> None:
    try:
        np.broadcast(*arrays.values())
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ValueError(f"shapes do not broadcast: {shapes}") from None
