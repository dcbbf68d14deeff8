"""How likely a test is to find an effect, and how many units it takes.

A `Design` says what a test sees of an effect: its distance from the null and the noise of one unit.
Whatever is compared (rates, means, a pass-through against a bar) and by whatever formula, power and
sizes then follow in the same way:

- `designs`, `carry_through`: designs of rates, means, margins and carry-through;
- `detectable_effect`: what so many units find, and how they are best divided;
- `several_arms`, `equivalence`, `joint`: several tests at once;
- `exact`, `enumeration`: power without a formula, for few conversions;
- `expected_power`, `type_m_s`: with a belief about the effect, and what findings are worth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from abmicro.frozen import frozen
from abmicro.stats.foundations.effect import Alternative
from abmicro.stats.foundations.validation import Bools, Floats, broadcastable, demand, within

_TOWARDS = {"two-sided": np.abs, "greater": np.positive, "less": np.negative}
_HALVINGS = 60
_ROUNDING = 1e-12  # sizes this little above a whole number are that number


@frozen(eq=False)
class Design:
    """What a test sees of a true effect, for one unit in the control and `ratio` in the treated.

    distance: true effect less the null, positive where the treated arm lies above it.
    null_sd: standard deviation of the estimate that the test reckons with.
    true_sd: standard deviation that the estimate has.
    ratio: treated units for each control unit.

    All broadcast. With n control units both standard deviations shrink by the root of n.
    """

    distance: Floats
    null_sd: Floats
    true_sd: Floats
    ratio: Floats

    def with_variance(self, factor: ArrayLike) -> Self:
        """The design with all variances multiplied.

        factor: positive, for example a `design_effect`, or 1 - R^2 where covariates explain the
            part R^2 of the variance.

        >>> one = np.array(1.0)
        >>> Design(one, one, one, one).with_variance(0.25).true_sd
        np.float64(0.5)
        """
        root = np.sqrt(within(factor, "factor", 0, np.inf))
        return replace(self, null_sd=self.null_sd * root, true_sd=self.true_sd * root)

    def standard_error(self, control_units: ArrayLike) -> Floats:
        """Standard deviation of the estimate with so many control units, a positive number.

        >>> one = np.array(1.0)
        >>> Design(one, one, one, one).standard_error(100)
        np.float64(0.1)
        """
        return self.true_sd / np.sqrt(_units(control_units))


class Findings(NamedTuple):
    """Probabilities of finding the treated arm above and below the null."""

    above: Floats
    below: Floats

    @property
    def either(self) -> Floats:
        """Probability of a finding in whatever direction."""
        return self.above + self.below


@frozen(eq=False)
class Units:
    """Units of a control and one treated arm.

    exact: control units before rounding. control: these rounded up. treated: `ratio` times the
    rounded control units, rounded up. All infinite where no number of units is enough.
    """

    exact: Floats
    control: Floats
    treated: Floats

    def total(self, arms: int = 1) -> Floats:
        """Units of the control and so many treated arms of this size."""
        return self.control + arms * self.treated


def findings(
    design: Design,
    control_units: ArrayLike,
    *,
    alpha: ArrayLike = 0.05,
    alternative: Alternative = "two-sided",
) -> Findings:
    """Probabilities that a test finds the treated arm above the null, and below it.

    design: what is tested. control_units: positive; the treated arm has `design.ratio` times them.
    alpha: error rate in (0, 1), of both sides together if two-sided.
    alternative: a one-sided test finds nothing on the other side: 0 there.

    Returns arrays of the broadcast shape. Some tables call the sum the strict power.
    Raises ValueError for arguments out of range.

    Source: Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, ch. 4.

    >>> from abmicro.stats.power.designs import pooled
    >>> found = findings(pooled(0.10, 0.12), 2000)
    >>> round(float(found.above), 4), round(float(found.below), 6)
    (0.5245, 3.4e-05)
    """
    root, bar = np.sqrt(_units(control_units)), bar_of(alpha, alternative)
    broadcastable(design=design.distance, control_units=root, alpha=bar)

    def beyond(distance: Floats) -> Floats:
        return np.asarray(ndtr((root * distance - bar * design.null_sd) / design.true_sd))[()]

    above, below = beyond(design.distance), beyond(-design.distance)
    nowhere = np.zeros_like(above)[()]
    if alternative == "two-sided":
        return Findings(above, below)
    return Findings(above, nowhere) if alternative == "greater" else Findings(nowhere, below)


def power_of(
    design: Design,
    control_units: ArrayLike,
    *,
    alpha: ArrayLike = 0.05,
    alternative: Alternative = "two-sided",
) -> Floats:
    """Probability that a test finds the effect, in the direction in which it lies.

    Arguments and errors as `findings`. A two-sided test of no effect at all has alpha / 2.

    >>> from abmicro.stats.power.designs import pooled
    >>> round(float(power_of(pooled(0.10, 0.12), 3841)), 4)
    0.8
    """
    found = findings(design, control_units, alpha=alpha, alternative=alternative)
    if alternative == "two-sided":
        return np.where(design.distance >= 0, *found)[()]
    return found.either


def units_for(
    design: Design,
    *,
    power: ArrayLike = 0.8,
    alpha: ArrayLike = 0.05,
    alternative: Alternative = "two-sided",
) -> Units:
    """Units from which a test finds the effect, in its direction, with the wanted probability.

    design: what is tested. power: in (0, 1), above alpha.
    alpha: error rate in (0, 1), of both sides together if two-sided.
    alternative: for a one-sided test an effect on the other side of the null takes infinitely many.

    Returns units of control and treated, of the broadcast shape; infinite where the effect is the
    null. Raises ValueError for arguments out of range and power that is not above alpha.

    Source: Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, ch. 4.

    >>> from abmicro.stats.power.designs import pooled
    >>> found = units_for(pooled(0.10, 0.12))
    >>> float(found.control), float(found.total()), round(float(found.exact), 3)
    (3841.0, 7682.0, 3840.847)
    """
    wanted, bar = wanted_power(power, alpha), bar_of(alpha, alternative)
    broadcastable(design=design.distance, power=wanted, alpha=bar)
    distance = towards(design, alternative)
    reach = np.maximum(bar * design.null_sd + ndtri(wanted) * design.true_sd, 0)
    with np.errstate(divide="ignore", over="ignore"):
        exact = np.where(distance > 0, (reach / np.maximum(distance, 0)) ** 2, np.inf)
    return rounded_up(exact, design.ratio)


def rounded_up(exact: ArrayLike, ratio: ArrayLike = 1.0) -> Units:
    """Whole units of both arms from control units before rounding; at least one in each arm.

    >>> float(rounded_up(99.2, 0.5).treated)
    50.0
    """
    size = np.asarray(exact, dtype=np.float64)
    control = _whole_from(size)
    return Units(size[()], control, _whole_from(control * np.asarray(ratio, dtype=np.float64)))


def least_units(enough: Callable[[Floats], Bools], low: Floats, high: Floats) -> Floats:
    """The smallest units, to fifteen digits, that are enough; for power without a closed form.

    enough: whether units of the shape of both bounds are; true from some number on.
    low, high: positive bounds; where high is infinite no number is enough.

    >>> found = least_units(lambda units: units >= 42, np.array(1.0), np.array(1e6))
    >>> round(float(found), 9)
    42.0
    """
    low, high = np.broadcast_arrays(low, high)
    never = np.isinf(high)
    low, high = (np.log(np.where(never, 1, end)) for end in (low, high))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        found = enough(np.exp(middle))
        low, high = np.where(found, low, middle), np.where(found, middle, high)
    return np.where(never, np.inf, np.exp(high))


def _units(control_units: ArrayLike) -> Floats:
    return within(control_units, "control_units", 0, np.inf)


def towards(design: Design, alternative: Alternative) -> Floats:
    """How far the effect lies from the null on the side where the test looks for it.

    >>> one = np.array(1.0)
    >>> float(towards(Design(-one, one, one, one), "greater"))
    -1.0
    """
    return np.asarray(_TOWARDS[alternative](design.distance))


def bar_of(alpha: ArrayLike, alternative: Alternative = "two-sided") -> Floats:
    """The score from which a test at alpha finds something.

    >>> round(float(bar_of(0.05)), 3), round(float(bar_of(0.05, "greater")), 3)
    (1.96, 1.645)
    """
    if alternative not in _TOWARDS:
        raise ValueError(f"alternative must be one of {', '.join(_TOWARDS)}, got {alternative!r}")
    sides = 2 if alternative == "two-sided" else 1
    return np.asarray(-ndtri(within(alpha, "alpha", 0, 1) / sides))


def wanted_power(power: ArrayLike, alpha: ArrayLike) -> Floats:
    """The power a plan asks for, if a test at alpha can be planned for it.

    >>> wanted_power(0.04, 0.05)
    Traceback (most recent call last):
        ...
    ValueError: power must be above alpha, got 0.04
    """
    wanted, error = within(power, "power", 0, 1), within(alpha, "alpha", 0, 1)
    broadcastable(power=wanted, alpha=error)
    demand(np.asarray(wanted > error), wanted, "power", "must be above alpha")
    return wanted


def _whole_from(units: Floats) -> Floats:
    return np.maximum(np.ceil(units * (1 - _ROUNDING)), 1)[()]
