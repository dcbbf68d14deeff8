"""Designs for `power`: what a test of rates, of means or of a margin sees of an effect.

Each formula takes the truth and returns a `power.Design`; all arguments broadcast. For rates the
formulas differ in the variance that the test reckons with. `pooled` is that of the default test;
`farrington_manning` is the same against a margin. All are approximations for large samples: where
few units reach the goal (or few do not), see `exact`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations import score_statistic
from abmicro.stats.foundations.validation import Floats, broadcastable, demand, numbers, within
from abmicro.stats.power.power import Design, Units, rounded_up

RatesDesign = Callable[[Floats, Floats, Floats], Design]
"""A formula of two rates: control, treated and ratio to a design."""


def pooled(control: ArrayLike, treated: ArrayLike, ratio: ArrayLike = 1.0) -> Design:
    """The test of equal rates with the variance of the pooled rate: the default test, nearly.

    control, treated: true rates in (0, 1). ratio: treated units for each control unit.

    The default test also has (N - 1) / N, which no plan notices. At 1 treated per control unit the
    size that follows is that of R's power.prop.test.

    Raises ValueError for rates outside (0, 1) and a ratio that is not positive.

    Source: Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, eq. 4.14.

    >>> from abmicro.stats.power.power import units_for
    >>> float(units_for(pooled(0.10, 0.12, ratio=2)).control)
    2911.0
    """
    p, q, k = _rates(control, treated, ratio)
    both = (p + k * q) / (1 + k)
    return Design(q - p, np.sqrt(_spread(both) * (1 + 1 / k)), _sd(p, q, k), k)


def unpooled(
    control: ArrayLike, treated: ArrayLike, ratio: ArrayLike = 1.0, *, null: ArrayLike = 0.0
) -> Design:
    """The test that the difference of two rates is `null`, with each arm's own variance (Wald's).

    control, treated, ratio: as `pooled`. null: difference in (-1, 1), e.g. a margin -0.01.

    Source: Chow, Shao and Wang (2008), Sample Size Calculations in Clinical Research, ch. 4; with
    a margin: Dunnett and Gent (1977), Biometrics 33:593-602.

    >>> from abmicro.stats.power.power import units_for
    >>> float(units_for(unpooled(0.10, 0.12)).control)
    3839.0
    """
    p, q, k = _rates(control, treated, ratio)
    sd = _sd(p, q, k)
    return Design(q - p - within(null, "null", -1, 1), sd, sd, k)


def control_variance(control: ArrayLike, treated: ArrayLike, ratio: ArrayLike = 1.0) -> Design:
    """The test of equal rates that reckons with the control's variance in both arms.

    Arguments as `pooled`. This is what some public calculators print (a control rate above 1/2 is
    mirrored, its difference is not): too few units, so it is here to explain their numbers only.

    Source: Evan Miller's sample size calculator.

    >>> from abmicro.stats.power.power import units_for
    >>> round(float(units_for(control_variance(0.20, 0.25)).exact))
    1030
    """
    p, q, k = _rates(control, treated, ratio)
    base = np.minimum(p, 1 - p)
    other = within(base + (q - p), "mirrored treated rate", 0, 1)
    return Design(q - p, np.sqrt(_spread(base) * (1 + 1 / k)), _sd(base, other, k), k)


def arcsine(control: ArrayLike, treated: ArrayLike, ratio: ArrayLike = 1.0) -> Design:
    """The test of equal rates after the arcsine transformation; arguments as `pooled`.

    The design's distance is Cohen's h. Where rates are tiny and lifts big the units that follow
    are off by up to 3 %.

    Source: Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, ch. 6.

    >>> from abmicro.stats.power.power import units_for
    >>> float(units_for(arcsine(0.10, 0.12)).control)
    3835.0
    """
    p, q, k = _rates(control, treated, ratio)
    sd = np.sqrt(1 + 1 / k)
    return Design(2 * (np.arcsin(np.sqrt(q)) - np.arcsin(np.sqrt(p))), sd, sd, k)


def log_ratio(control: ArrayLike, treated: ArrayLike, ratio: ArrayLike = 1.0) -> Design:
    """The test of equal rates on the log of their ratio, by the delta method.

    Arguments as `pooled`. The design's distance is the log lift.

    Source: Katz, Baptista, Azen and Pike (1978), Biometrics 34:469-474.

    >>> from abmicro.stats.power.power import units_for
    >>> float(units_for(log_ratio(0.10, 0.12)).control)
    3857.0
    """
    p, q, k = _rates(control, treated, ratio)
    sd = np.sqrt((1 - p) / p + (1 - q) / (q * k))
    return Design(np.log(q / p), sd, sd, k)


def farrington_manning(
    control: ArrayLike, treated: ArrayLike, ratio: ArrayLike = 1.0, *, null: ArrayLike = 0.0
) -> Design:
    """The score test that the difference of two rates is `null`.

    control, treated, ratio: as `pooled`. null: difference in (-1, 1), e.g. a margin -0.005 that the
    treated arm is to stay above; at 0 the design is `pooled`.

    Source: Farrington and Manning (1990), Statistics in Medicine 9:1447-1454.

    >>> from abmicro.stats.power.power import units_for
    >>> found = units_for(
    ...     farrington_manning(0.1, 0.1, null=-0.01), alpha=0.025, alternative="greater"
    ... )
    >>> float(found.control)
    14145.0
    """
    p, q, k = _rates(control, treated, ratio)
    margin = within(null, "null", -1, 1)
    p, q, k, margin = np.broadcast_arrays(p, q, k, margin)
    rates, missed = score_statistic.difference_rates(q * k, k, p, np.ones_like(p), margin)
    null_sd = np.sqrt(rates[1] * missed[1] + rates[0] * missed[0] / k)
    return Design(q - p - margin, null_sd, _sd(p, q, k), k)


def farrington_manning_ratio(
    control: ArrayLike, treated: ArrayLike, ratio: ArrayLike = 1.0, *, null: ArrayLike = 1.0
) -> Design:
    """The score test that treated over control rate is `null`, the one abmicro's guardrails use.

    control, treated, ratio: as `pooled`. null: ratio in (1e-100, 1e100), e.g. 0.98 where the goal
    may lose two percent; at 1 the design is `pooled`.

    Source: Farrington and Manning (1990), Statistics in Medicine 9:1447-1454.

    >>> from abmicro.stats.power.power import units_for
    >>> found = units_for(
    ...     farrington_manning_ratio(0.1, 0.1, null=0.9), alpha=0.025, alternative="greater"
    ... )
    >>> float(found.control)
    12737.0
    """
    p, q, k = _rates(control, treated, ratio)
    limit = within(null, "null", 1e-100, 1e100)
    p, q, k, limit = np.broadcast_arrays(p, q, k, limit)
    reached = p + k * q
    half = limit * (k + p) + 1 + k * q
    rate = 2 * reached / (half + np.sqrt(np.maximum(half**2 - 4 * (1 + k) * limit * reached, 0)))
    null_sd = np.sqrt(limit**2 * _spread(rate) + _spread(limit * rate) / k)
    true_sd = np.sqrt(limit**2 * _spread(p) + _spread(q) / k)
    return Design(q - limit * p, null_sd, true_sd, k)


def means(
    difference: ArrayLike,
    control_sd: ArrayLike,
    treated_sd: ArrayLike | None = None,
    ratio: ArrayLike = 1.0,
) -> Design:
    """The test of equal means of a value per unit, such as revenue.

    difference: true treated minus control mean, in the unit of the value.
    control_sd, treated_sd: standard deviations of single units, positive; treated as control if
        None; from a history the root of `means.Moments.variance`.
    ratio: treated units for each control unit.

    Normal approximation: with a dozen units per arm Welch's t needs two or three more.

    Source: any textbook.

    >>> from abmicro.stats.power.power import units_for
    >>> float(units_for(means(0.5, 12.0)).control)
    9042.0
    """
    gap = np.asarray(numbers(difference, "difference"), dtype=np.float64)
    demand(np.isfinite(gap), gap, "difference", "must be finite")
    one = within(control_sd, "control_sd", 0, np.inf)
    other = one if treated_sd is None else within(treated_sd, "treated_sd", 0, np.inf)
    k = within(ratio, "ratio", 0, np.inf)
    broadcastable(difference=gap, control_sd=one, treated_sd=other, ratio=k)
    sd = np.sqrt(one**2 + other**2 / k)
    return Design(gap, sd, sd, k)


LiftBy = Literal["amounts", "buyers"]
"""Whether a lift of a mean amount comes by larger amounts or by more units that have one."""


def amounts(
    lift: ArrayLike,
    variation: ArrayLike,
    ratio: ArrayLike = 1.0,
    *,
    by: LiftBy | None = None,
) -> Design:
    """The test of equal mean amounts that rejects where both Welch's and Student's do.

    lift: true lift of the mean, above -1; the design's distance. variation: positive, standard
        deviation of the control over units as a multiple of its mean, those without an amount
        counted as 0. ratio: treated units for each control unit.
    by: what makes the lift, and so the spread of the treated arm: larger `amounts`, more `buyers`,
        or None: of both the one with the larger spread.

    Source: design note "verdict", section 6.

    >>> from abmicro.stats.power.power import units_for
    >>> [float(units_for(amounts(0.5, 6.0, by=by)).control) for by in ("amounts", "buyers")]
    [3674.0, 2803.0]
    """
    moved = np.asarray(numbers(lift, "lift"), dtype=np.float64)
    demand((moved > -1) & np.isfinite(moved), moved, "lift", "must be above -1 and finite")
    cv, k = within(variation, "variation", 0, np.inf), within(ratio, "ratio", 0, np.inf)
    broadcastable(lift=moved, variation=cv, ratio=k)
    up, square = 1 + moved, cv**2
    larger, more = up**2 * square, np.maximum(up * (square + 1) - up**2, 0)
    treated = {"amounts": larger, "buyers": more, None: np.maximum(larger, more)}[by]
    return _twice(moved, square, treated, k)


def amounts_at_margin(margin: ArrayLike, variation: ArrayLike, ratio: ArrayLike = 1.0) -> Design:
    """The same test that the treated mean is 1 + margin times the control's, where both are equal.

    margin: above -1, not 0, e.g. -0.05 where five percent may be lost.
    variation, ratio: as `amounts`.

    >>> from abmicro.stats.power.power import units_for
    >>> design = amounts_at_margin(-0.05, 6.0)
    >>> float(units_for(design, alternative="greater").control)
    169378.0
    """
    loss = np.asarray(numbers(margin, "margin"), dtype=np.float64)
    demand((loss > -1) & np.isfinite(loss), loss, "margin", "must be above -1 and finite")
    cv, k = within(variation, "variation", 0, np.inf), within(ratio, "ratio", 0, np.inf)
    broadcastable(margin=loss, variation=cv, ratio=k)
    return _twice(-loss, (1 + loss) ** 2 * cv**2, cv**2, k)


def _twice(distance: Floats, control: Floats, treated: Floats, ratio: Floats) -> Design:
    """The design of variances of single units; the test reckons with Welch's error and Student's.

    Student's, of pooled variances, takes each arm's from the other's size.
    """
    welch, student = np.sqrt(control + treated / ratio), np.sqrt(treated + control / ratio)
    return Design(distance, np.maximum(welch, student), welch, ratio)


def design_effect(size: ArrayLike, correlation: ArrayLike, *, variation: ArrayLike = 0.0) -> Floats:
    """How many times more observations a ratio metric needs because users bring several each.

    size: mean observations per user, for example sessions, at least 1.
    correlation: of two observations of one user, in [0, 1].
    variation: coefficient of variation of the observations per user, not negative.

    Returns 1 + (size - 1 + variation^2 size) correlation, to be given to `Design.with_variance`; a
    size is then one of observations, and of users after division by `size`. A history gives the
    design effect as it is: `means.clustered_rate`.

    Source: Eldridge, Ashby and Kerry (2006), International Journal of Epidemiology 35:1292-1300.

    >>> float(design_effect(3, 0.1, variation=0.5))
    1.275
    """
    m = np.asarray(numbers(size, "size"), dtype=np.float64)
    demand((m >= 1) & np.isfinite(m), m, "size", "must be finite and at least 1")
    rho = np.asarray(numbers(correlation, "correlation"), dtype=np.float64)
    demand((rho >= 0) & (rho <= 1), rho, "correlation", "must lie between 0 and 1")
    cv = np.asarray(numbers(variation, "variation"), dtype=np.float64)
    demand((cv >= 0) & np.isfinite(cv), cv, "variation", "must be finite, not negative")
    broadcastable(size=m, correlation=rho, variation=cv)
    return np.asarray(1 + (m - 1 + cv**2 * m) * rho)[()]


def corrected(units: Units, design: Design) -> Units:
    """Units for the same power by a test with continuity correction, close to Fisher's.

    units, design: a size from `power.units_for` of a `pooled` design, and that design.

    Source: Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, eq. 4.19;
    Casagrande, Pike and Smith (1978), Biometrics 34:483-486.

    >>> from abmicro.stats.power.power import units_for
    >>> design = pooled(0.10, 0.12)
    >>> float(corrected(units_for(design), design).control)
    3941.0
    """
    n, step = units.exact, 2 * (1 + 1 / design.ratio)
    with np.errstate(divide="ignore", invalid="ignore"):
        added = np.where(np.isinf(n), 0.0, step / (n * np.abs(design.distance)))
    return rounded_up(n / 4 * (1 + np.sqrt(1 + added)) ** 2, design.ratio)


def _rates(
    control: ArrayLike, treated: ArrayLike, ratio: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    p, q = within(control, "control", 0, 1), within(treated, "treated", 0, 1)
    k = within(ratio, "ratio", 0, np.inf)
    broadcastable(control=p, treated=q, ratio=k)
    return p, q, k


def _spread(rate: Floats) -> Floats:
    """Variance of one unit."""
    return rate * (1 - rate)


def _sd(control: Floats, treated: Floats, ratio: Floats) -> Floats:
    """Standard deviation of a difference of rates, for one control unit."""
    return np.asarray(np.sqrt(_spread(control) + _spread(treated) / ratio))
