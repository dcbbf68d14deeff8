"""Planning with a belief about the effect: assurance, expected loss, and what waiting costs.

The belief is a normal law of the effect, on the scale on which `se` is the standard error: the log
lift, or a difference of rates or means. Data of standard error `se` then move the posterior mean
by a normal law as well, so that everything here has a closed form.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from abmicro.stats.foundations.effect import density
from abmicro.stats.foundations.validation import Floats, broadcastable, demand, numbers, within
from abmicro.stats.power.power import (
    Design,
    Findings,
    Units,
    bar_of,
    least_units,
    rounded_up,
)

_FEWEST, _MOST = 1e-3, 1e30  # units between which a size is looked for


class Regret(NamedTuple):
    """What a plan is expected to lose against knowing the better arm from the start.

    waiting: while the test runs and part of the units get the worse arm.
    error: afterwards, where the worse arm was chosen.
    """

    waiting: Floats
    error: Floats

    @property
    def total(self) -> Floats:
        """Loss while and after testing."""
        return self.waiting + self.error


def assurance(
    mean: ArrayLike, sd: ArrayLike, se: ArrayLike, *, alpha: ArrayLike = 0.05
) -> Findings:
    """Probabilities that a two-sided test finds a gain, and a loss, averaged over a belief.

    mean, sd: normal belief about the effect; an sd of 0 gives the power at the mean.
    se: positive, standard error of the estimate. alpha: error rate in (0, 1).

    Returns arrays of the broadcast shape. More units never push the probability of a gain above
    the belief that there is one. Raises ValueError for arguments out of range.

    Source: O'Hagan, Stevens and Campbell (2005), Pharmaceutical Statistics 4:187-201.

    >>> found = assurance(0.01, 0.008, 0.004)
    >>> round(float(found.above), 3), round(float(found.below), 3)
    (0.595, 0.023)
    """
    mean, sd, error = _belief(mean, sd, se)
    bar = bar_of(alpha) * error
    wide = np.hypot(sd, error)
    return Findings(ndtr((mean - bar) / wide), ndtr((-mean - bar) / wide))


def expected_loss(mean: ArrayLike, sd: ArrayLike, se: ArrayLike) -> Floats:
    """What choosing the arm with the better posterior mean is expected to lose, before the data.

    mean, sd: normal belief about the effect of choosing treated. se: positive.

    Returns the loss in the units of the effect, of the broadcast shape: the expected value of
    perfect information that the test does not deliver. Falls with se; without a test it would be
    the loss of choosing by the belief alone.

    Source: Raiffa and Schlaifer (1961), Applied Statistical Decision Theory, ch. 5.

    >>> print(expected_loss(0.0, 0.1, 0.05).round(5))
    0.00421
    """
    mean, sd, error = _belief(mean, sd, se)
    return np.maximum(_gain(mean, sd) - _gain(mean, _moves(sd, error)), 0)[()]


def units_for_loss(
    design: Design, *, mean: ArrayLike, sd: ArrayLike, tolerance: ArrayLike
) -> Units:
    """Units from which choosing the better-looking arm is expected to lose no more than tolerated.

    design: gives the noise of a unit, on the scale of the belief, such as `log_ratio`
        at equal rates; its distance does not count.
    mean, sd: normal belief about the effect. tolerance: positive, in the units of the effect.

    Returns units of control and treated, of the broadcast shape; the least, one each, where the
    belief alone is as good. Raises ValueError for arguments out of range.

    >>> from abmicro.stats.power.designs import log_ratio
    >>> found = units_for_loss(log_ratio(0.1, 0.1), mean=0.0, sd=0.1, tolerance=0.001)
    >>> float(found.control)
    34561.0
    """
    mean, sd, _ = _belief(mean, sd, 1.0)
    most = within(tolerance, "tolerance", 0, np.inf)
    broadcastable(design=design.true_sd, mean=mean, sd=sd, tolerance=most)
    shape = np.broadcast_shapes(design.true_sd.shape, mean.shape, sd.shape, most.shape)
    ends = np.full(shape, _FEWEST), np.full(shape, _MOST)
    exact = least_units(
        lambda units: expected_loss(mean, sd, design.standard_error(units)) <= most, *ends
    )
    return rounded_up(exact, design.ratio)


def expected_regret(
    mean: ArrayLike,
    sd: ArrayLike,
    se: ArrayLike,
    *,
    tested: ArrayLike,
    horizon: ArrayLike,
    treated_share: ArrayLike = 0.5,
    alpha: ArrayLike | None = None,
) -> Regret:
    """What a plan is expected to lose against knowing the better arm, for so many units tested.

    mean, sd: normal belief about the effect on one unit, a difference of rates or means.
    se: standard error once `tested` units are in, positive.
    tested, horizon: units in the test, and all that the decision touches, tested ones included;
        positive, tested <= horizon.
    treated_share: of the tested units, in (0, 1).
    alpha: take the treated arm only where a two-sided test finds a gain; None takes it where its
        posterior mean is above 0, which no rule beats.

    Returns losses in units of the effect times units (for rates: conversions), of the broadcast
    shape. Over several `tested` it shows where waiting begins to cost more than erring.
    Raises ValueError for arguments out of range.

    Source: Colton (1963), Journal of the American Statistical Association 58:388-400, with a normal
    prior; Raiffa and Schlaifer (1961), ch. 5.

    >>> weeks = np.array([1, 2, 4, 8])
    >>> se = 0.01 / np.sqrt(weeks)
    >>> expected_regret(0.0, 0.01, se, tested=2000 * weeks, horizon=50_000).total.round(0)
    array([64., 50., 50., 72.])
    """
    mean, sd, error = _belief(mean, sd, se)
    n, all_units = within(tested, "tested", 0, np.inf), within(horizon, "horizon", 0, np.inf)
    share = within(treated_share, "treated_share", 0, 1)
    broadcastable(mean=mean, se=error, tested=n, horizon=all_units, treated_share=share)
    demand(np.asarray(n <= all_units), n, "tested", "must not exceed horizon")
    gain, loss = _gain(mean, sd), _gain(-mean, sd)
    waiting = n * ((1 - share) * gain + share * loss)
    if alpha is None:
        chosen = _gain(mean, _moves(sd, error))
    else:
        wide = np.hypot(sd, error)
        over = (mean - bar_of(alpha) * error) / wide
        chosen = mean * ndtr(over) + _moves(sd, error) * density(over)
    return Regret(waiting[()], ((all_units - n) * np.maximum(gain - chosen, 0))[()])


def _belief(mean: ArrayLike, sd: ArrayLike, se: ArrayLike) -> tuple[Floats, Floats, Floats]:
    centre = np.asarray(numbers(mean, "mean"), dtype=np.float64)
    demand(np.isfinite(centre), centre, "mean", "must be finite")
    spread = np.asarray(numbers(sd, "sd"), dtype=np.float64)
    demand((spread >= 0) & np.isfinite(spread), spread, "sd", "must be finite, not negative")
    error = within(se, "se", 0, np.inf)
    broadcastable(mean=centre, sd=spread, se=error)
    return centre, spread, error


def _moves(sd: Floats, se: Floats) -> Floats:
    """Standard deviation of the posterior mean, before the data."""
    return np.asarray(sd * (sd / np.hypot(sd, se)))


def _gain(mean: Floats, sd: Floats) -> Floats:
    """Expected positive part of a normal variable."""
    some = np.where(sd > 0, sd, 1)
    at = mean / some
    return np.where(sd > 0, mean * ndtr(at) + sd * density(at), np.maximum(mean, 0))
