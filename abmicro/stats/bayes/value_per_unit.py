"""Value per unit, such as revenue per visitor: how many pay, times what those who pay spend.

The rate has a beta law, the mean value among converters that of a normal model. All figures
are read from characteristic functions of logarithms (`log_sum`), without draws.

What is needed of an arm: its units, and of its converters (the units that reached the goal that
carries the value) how many they are, the total of their values and of the squares. Totals over all
units will do where units that did not convert count as zero.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abmicro.frozen import frozen
from abmicro.stats.bayes.beta_binomial import posterior
from abmicro.stats.bayes.numerics.characteristic_functions import LogLaw, log_sum, losses
from abmicro.stats.bayes.numerics.log_distributions import LogRate, log_t
from abmicro.stats.bayes.priors.prior import JEFFREYS
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.numerics.beta_distribution import Beta
from abmicro.stats.foundations.validation import Bools, Floats, within
from abmicro.stats.means.welch import Moments

FEWEST_NORMAL = 2
_EQUAL = 1e-9  # relative standard error below which a mean value counts as known
_BLOCK = 16  # comparisons worked on at once


@frozen(eq=False)
class NormalInverseGamma:
    """What is known of mean and variance of converters' values, or of their logarithms.

    The precision has a gamma law of `shape` and rate `scale`; given the variance, the mean is
    normal around `location` with variance / `strength`. Shapes broadcast.
    """

    location: ArrayLike
    strength: ArrayLike
    shape: ArrayLike
    scale: ArrayLike


REFERENCE = NormalInverseGamma(0.0, 0.0, -0.5, 0.0)
"""No prior knowledge; the interval of the mean value is then that of Student's t."""


@frozen(eq=False)
class ValueLaw:
    """The posterior of the mean value per unit of an arm: a rate times a mean among converters.

    rate: of the units that convert. model, parameters: the law of the mean value among them.
    known: where there were enough converters; elsewhere all figures are NaN.
    """

    rate: Beta
    model: Callable[..., LogLaw]
    parameters: tuple[Floats, ...]
    known: Bools

    def rows(self, shape: tuple[int, ...], block: NDArray[np.intp]) -> tuple[LogLaw, LogLaw]:
        """The logarithms of both factors, for some places of the flat batch."""
        columns = (self.rate.a, self.rate.b, *self.parameters)
        a, b, *rest = (np.broadcast_to(column, shape).ravel()[block] for column in columns)
        return LogRate(a, b), self.model(*rest)


@frozen(eq=False)
class ValueComparison:
    """Treated against control, of the batch shape.

    chance: that the mean value per unit is higher in treated.
    lift: median and equal-tailed interval of treated / control - 1.
    loss, loss_control: value per unit lost on average by choosing treated, or control; infinite
        where a mean value has no expectation.
    relative_loss, relative_loss_control: the same as a fraction of the better arm; always finite.
    """

    chance: Floats
    lift: Effect
    loss: Floats
    loss_control: Floats
    relative_loss: Floats
    relative_loss_control: Floats


def normal_values(
    units: ArrayLike,
    values: Moments,
    *,
    prior: Beta = JEFFREYS,
    value_prior: NormalInverseGamma = REFERENCE,
) -> ValueLaw:
    """The value per unit where the mean among converters is about normal.

    units: of the arm, whole numbers. values: moments of the converters' values. Shapes broadcast.
    prior: of the rate. value_prior: of the converters' values.

    The mean among converters has a Student t law, cut to positive values. By the central limit
    theorem this is right for many converters whatever their values look like. It is unknown (NaN
    in every figure) with fewer than two converters and no prior knowledge, and where the values
    add up to nothing or less. With fewer than five converters the figures are exact to about 1e-5,
    else to 1e-8.

    Raises ValueError for more converters than units.

    Source: conjugate analysis, e.g. Gelman et al. (2013), Bayesian Data Analysis, section 3.3.

    >>> arm = normal_values(1000, Moments(units=50, total=2000, squares=100_000))
    >>> [round(float(end), 2) for end in mean_interval(arm)]
    [2.0, 1.45, 2.68]
    """
    location, strength, shape, scale = _updated(value_prior, values)
    known = (2 * shape >= FEWEST_NORMAL - 1) & (strength > 0) & (location > 0)
    error = np.sqrt(_or_one(scale / _or_one(shape * strength, known), known))
    error = np.maximum(error, _EQUAL * np.abs(location))
    return _law(units, values, prior, log_t, (location, error, 2 * shape), known)


def mean_interval(arm: ValueLaw, *, level: float = 0.95) -> Effect:
    """Median and equal-tailed credible interval of the mean value per unit.

    Raises ValueError for a level outside (0, 1).
    """
    tail = (1 - float(within(level, "level", 0, 1))) / 2

    def work(factors: tuple[LogLaw, LogLaw]) -> list[Floats]:
        total = log_sum(factors)
        return [np.exp(total.quantile(p)) for p in (0.5, tail, 1 - tail)]

    return Effect(*_by_rows(work, arm, figures=3))


def compare_values(treated: ValueLaw, control: ValueLaw, *, level: float = 0.95) -> ValueComparison:
    """Chance to be better, lift and expected losses of the value per unit.

    treated, control: independent posteriors of shapes that broadcast. level: credible mass.

    One convention of tails: `chance` is above 1 - alpha / 2 where the lift's interval of level
    1 - alpha lies above zero.

    Raises ValueError for a level outside (0, 1).

    >>> arms = [
    ...     normal_values(1000, Moments(units=n, total=40 * n, squares=2000 * n)) for n in (65, 50)
    ... ]
    >>> found = compare_values(*arms)
    >>> round(float(found.chance), 4), round(float(found.lift.estimate), 3)
    (0.8987, 0.3)
    >>> round(float(found.loss), 4), round(float(found.relative_loss), 4)
    (0.0229, 0.0091)
    """
    tail = (1 - float(within(level, "level", 0, 1))) / 2

    def work(one: tuple[LogLaw, LogLaw], other: tuple[LogLaw, LogLaw]) -> list[Floats]:
        lift = log_sum(one, other)
        ends = [np.expm1(lift.quantile(p)) for p in (0.5, tail, 1 - tail)]
        relative = lift.shortfall(), lift.negated().shortfall()
        return [1 - lift.below(np.zeros_like(lift.low)), *ends, *losses(one, other), *relative]

    chance, *ends, loss, loss_control, relative, relative_control = _by_rows(
        work, treated, control, figures=8
    )
    return ValueComparison(chance, Effect(*ends), loss, loss_control, relative, relative_control)


def _updated(prior: NormalInverseGamma, values: Moments) -> tuple[Floats, ...]:
    """Location, strength, shape and scale after the values."""
    fields = (prior.location, prior.strength, prior.shape, prior.scale)
    location0, strength0, shape0, scale0 = (np.asarray(field, np.float64) for field in fields)
    count = values.units
    strength = strength0 + count
    mean = values.total / np.maximum(count, 1)
    scatter = np.maximum(values.squares - values.total * mean, 0)
    held = np.maximum(strength, np.finfo(np.float64).tiny)
    location = (strength0 * location0 + values.total) / held
    pull = strength0 * count / held * (mean - location0) ** 2
    return location, strength, shape0 + count / 2, scale0 + (scatter + pull) / 2


def _law(
    units: ArrayLike,
    values: Moments,
    prior: Beta,
    model: Callable[..., LogLaw],
    parameters: tuple[Floats, ...],
    known: Bools,
) -> ValueLaw:
    rate = posterior(values.units, units, a=prior.a, b=prior.b)
    columns = (rate.a, rate.b, *parameters)
    shape = np.broadcast_shapes(*(column.shape for column in columns))
    return ValueLaw(rate, model, parameters, np.broadcast_to(known, shape))


def _by_rows(work: Callable[..., list[Floats]], *laws: ValueLaw, figures: int) -> Floats:
    """The figures of a few known rows at a time, first axis; NaN where an arm is not known."""
    known = np.logical_and.reduce(np.broadcast_arrays(*(law.known for law in laws)))
    rows = np.flatnonzero(known)
    found = np.full((figures, known.size), np.nan)
    for start in range(0, rows.size, _BLOCK):
        block = rows[start : start + _BLOCK]
        found[:, block] = work(*(law.rows(known.shape, block) for law in laws))
    return found.reshape(figures, *known.shape)


def _or_one(values: Floats, held: Bools) -> Floats:
    """The values where held, else 1."""
    return np.where(held, values, 1)
