"""More than two arms: is any different, is there a trend, and which differ from the control?

The last question is the one an experiment asks. `many_to_one` answers it with p-values and
intervals of one family that cannot contradict each other; `omnibus` and `trend` need no control.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, erf

from abmicro.frozen import frozen
from abmicro.stats.foundations import goodness_of_fit
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Effect, ScoreTest, scored
from abmicro.stats.foundations.validation import Floats, demand, within
from abmicro.stats.multiplicity.dunnett_tests import dunnett, dunnett_critical, dunnett_step_down
from abmicro.stats.proportions import miettinen_nurminen


@frozen(eq=False)
class ChiSquare:
    """A statistic, its degrees of freedom and the probability of one at least as large."""

    statistic: Floats
    df: int
    p: Floats


@frozen(eq=False)
class ManyToOne:
    """Every treated arm against the control; all of the arms' shape, arms along the last axis.

    z, p: the score test of each arm on its own.
    adjusted: p in the family of all arms; below 1 - level exactly where the intervals exclude 0.
    step_down: p of the step-down test, which rejects at least as much, for the decision alone.
    level: confidence level of each interval on its own, so that all together have `level`.
    difference, lift: treated against control, with simultaneous intervals.
    """

    z: Floats
    p: Floats
    adjusted: Floats
    step_down: Floats
    level: Floats
    difference: Effect
    lift: Effect


def many_to_one(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> ManyToOne:
    """Every treated arm against one control, as one family.

    treated: arms along the last axis, any batch axes before it.
    control: of a shape that broadcasts, its arms axis of length 1 or none.
    level: two-sided confidence level in (0, 1) of all intervals together, of the batch shape.

    The score tests of the arms (`proportions.score_test`) share the control, which gives them a
    known correlation; the adjusted p-values and the intervals (`proportions.difference` and `lift`)
    follow Dunnett's law of the largest of them. All intervals cover together with `level`, for
    large counts and rates not far apart. An arm without units is NaN and does not count; a control
    without units leaves nothing but NaN. With fewer than five conversions in an arm the law is
    rough: prefer `multiplicity.holm` over exact tests.

    Raises ValueError for shapes that do not broadcast or have no axis of arms, and for level
    outside (0, 1).

    Source: Dunnett (1955), Journal of the American Statistical Association 50:1096-1121; intervals:
    Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226, at his critical value.

    >>> found = many_to_one(Binomial([244, 230], 10_000), Binomial(200, 10_000))
    >>> print(found.adjusted.round(4), found.difference.low.round(5))
    [0.0639 0.2462] [-0.00021 -0.00155]
    """
    together = within(level, "level", 0, 1)
    z, p = miettinen_nurminen.score_test(treated, control)
    if np.ndim(z) == 0:
        raise ValueError("treated needs an axis of arms, even for one arm")
    units, control_units = np.broadcast_to(treated.trials, z.shape), control.trials
    critical = dunnett_critical(units, control_units, alpha=1 - together)
    each = np.where(np.isnan(critical), together, erf(critical / np.sqrt(2)))[..., None]
    return ManyToOne(
        z=z,
        p=p,
        adjusted=dunnett(z, units, control_units),
        step_down=dunnett_step_down(z, units, control_units),
        level=np.broadcast_to(each, z.shape),
        difference=miettinen_nurminen.difference(treated, control, level=each),
        lift=miettinen_nurminen.lift(treated, control, level=each),
    )


def omnibus(arms: Binomial, /) -> ChiSquare:
    """Pearson's chi-square test that all arms have one rate.

    arms: at least two along the last axis, any batch axes before it.

    Returns numbers of the batch shape. Where none or all reached the goal in every arm there is no
    evidence: the statistic is 0. Where an arm has no units it is NaN. Raises ValueError for fewer
    than two arms.

    Source: Pearson (1900), Philosophical Magazine 50:157-175.

    >>> found = omnibus(Binomial([200, 244, 230], 10_000))
    >>> print(found.statistic.round(4), found.df, found.p.round(4))
    4.6019 2 0.1002
    """
    return _chi_square(arms, goodness_of_fit.pearson)


def omnibus_g(arms: Binomial, /) -> ChiSquare:
    """Likelihood-ratio (G) test that all arms have one rate.

    Arguments, result and errors as `omnibus`.

    Source: Wilks (1938), Annals of Mathematical Statistics 9:60-62.

    >>> omnibus_g(Binomial([200, 244, 230], 10_000)).statistic.round(4)
    np.float64(4.6601)
    """
    return _chi_square(arms, goodness_of_fit.likelihood_ratio)


def trend(arms: Binomial, /, *, doses: ArrayLike | None = None) -> ScoreTest:
    """Test that the rate neither rises nor falls with the dose of an arm.

    arms: at least two along the last axis, any batch axes before it.
    doses: what an arm got more or less of, e.g. a discount; None: 0, 1, 2, ... in their order.

    Returns score and two-sided p, of the batch shape; the score is positive where rates rise with
    the dose. Where none or all reached the goal it is 0; where an arm has no units it is NaN.
    Raises ValueError for fewer than two arms and for doses that are not finite or all equal.

    Source: Cochran (1954), Biometrics 10:417-451; Armitage (1955), Biometrics 11:375-386.

    >>> test = trend(Binomial([200, 244, 230], 10_000))
    >>> print(test.z.round(4), test.p.round(4))
    1.4314 0.1523
    """
    reached, units = _arms(arms)
    dose = np.asarray(np.arange(units.shape[-1]) if doses is None else doses, dtype=np.float64)
    demand(np.isfinite(dose), dose, "doses", "must be finite")
    different = np.asarray(np.ptp(dose, axis=-1, keepdims=True) > 0)
    demand(different, dose[..., :1], "doses", "must not all be equal")
    total = units.sum(axis=-1, keepdims=True)
    total = np.where((units > 0).all(axis=-1, keepdims=True), total, np.nan)
    centred = dose - (dose * units).sum(axis=-1, keepdims=True) / total
    rate = reached.sum(axis=-1, keepdims=True) / total
    slope = (centred * (reached - units * rate)).sum(axis=-1)
    variance = (rate * (1 - rate) * units * centred**2).sum(axis=-1)
    z = slope / np.sqrt(np.where(variance > 0, variance, 1))
    return scored(z)


def _arms(arms: Binomial) -> tuple[Floats, Floats]:
    """Units that reached the goal and all, of one shape with an arms axis."""
    reached, units = np.broadcast_arrays(arms.reached, arms.trials)
    if reached.ndim == 0 or reached.shape[-1] < 2:
        raise ValueError(f"arms needs at least two along its last axis, got {reached.shape}")
    return reached, units


def _chi_square(arms: Binomial, statistic: Callable[[Floats, Floats], Floats]) -> ChiSquare:
    """Add how far those that reached the goal and those that did not lie from the arms' shares."""
    reached, units = _arms(arms)
    both = statistic(reached, units) + statistic(units - reached, units)
    both = np.where((units > 0).all(axis=-1), both, np.nan)[()]
    df = units.shape[-1] - 1
    return ChiSquare(both, df, chdtrc(df, both))
