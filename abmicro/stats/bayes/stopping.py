"""Stopping a test once the choice is safe enough, and what that does not promise.

The rule: stop as soon as the better choice loses less than a tolerance on average. It bounds what a
wrong choice costs. It does not bound how often a change without effect is chosen, which is about
every second time; `stopping_rates` counts that, to be shown beside it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from abmicro.frozen import frozen
from abmicro.stats.bayes.priors.prior import JEFFREYS
from abmicro.stats.foundations.numerics.beta_distribution import Beta
from abmicro.stats.foundations.numerics.monte_carlo import MonteCarloEstimate, mean, share
from abmicro.stats.foundations.validation import (
    Bools,
    Floats,
    broadcastable,
    demand,
    numbers,
    whole,
    within,
)

SIMULATIONS = 2000  # a share of one half then has a standard error of 0.011
FEWEST = 100


@frozen(eq=False)
class Stop:
    """What the rule says now; of the batch shape.

    loss: of the better choice; treated: whether that is the treated arm; stop: whether its loss is
    below the tolerance. NaN losses never stop.
    """

    loss: Floats
    treated: Bools
    stop: Bools


@frozen(eq=False)
class StoppingRates:
    """What a rule did in simulated tests; of the batch shape.

    stopped: at any look; chose_treated, chose_control: stopped and chose that arm; looks: how many
    a test took, up to its last.
    """

    stopped: MonteCarloEstimate
    chose_treated: MonteCarloEstimate
    chose_control: MonteCarloEstimate
    looks: MonteCarloEstimate


def stop(loss: ArrayLike, loss_control: ArrayLike, *, tolerance: ArrayLike) -> Stop:
    """Whether an expected loss is small enough to stop.

    loss, loss_control: expected loss of choosing treated, and control, in the unit of the goal per
        unit; rates as fractions. tolerance: the loss one does not mind, in the same unit, positive.
        Shapes broadcast.

    Of equal losses control is the choice.
    Raises ValueError for a tolerance that is not positive.

    Source: Stucchio (2015), "Bayesian A/B testing at VWO".

    >>> found = stop(0.00002, 0.0044, tolerance=0.0005)
    >>> bool(found.stop), bool(found.treated), float(found.loss)
    (True, True, 2e-05)
    """
    losses = {"loss": loss, "loss_control": loss_control}
    arrays = {name: np.asarray(numbers(value, name), np.float64) for name, value in losses.items()}
    accepted = _tolerance(tolerance)
    broadcastable(**arrays, tolerance=accepted)
    treated = np.asarray(arrays["loss"] < arrays["loss_control"])
    least = np.minimum(arrays["loss"], arrays["loss_control"])
    return Stop(least, treated, np.asarray(least < accepted))


def stopping_rates(
    rates: tuple[ArrayLike, ArrayLike],
    units: tuple[ArrayLike, ArrayLike],
    *,
    looks: int,
    tolerance: ArrayLike,
    rng: np.random.Generator,
    simulations: int = SIMULATIONS,
    prior: Beta = JEFFREYS,
) -> StoppingRates:
    """How often a test that is looked at again and again stops, and for which arm.

    rates: true rates of treated and control, in (0, 1); equal for an A/A test.
    units: how many enter treated and control between two looks, at least one each.
    looks: how many, evenly spaced. tolerance: as in `stop`.
    rng: the generator. simulations: how many, at least 100. prior: of both rates.
    Shapes of rates, units, tolerance and prior broadcast; all looks of all tests are held at once.

    The loss of each look is that of normal laws with the mean and variance of both posteriors,
    which moves the shares by less than 0.01 where a look adds ten conversions or more.

    Raises ValueError for rates outside (0, 1), no units, no looks, a tolerance that is not
    positive and fewer than 100 simulations.

    >>> found = stopping_rates(
    ...     (0.05, 0.05), (200, 200), looks=50, tolerance=0.0005, rng=np.random.default_rng(1)
    ... )
    >>> round(float(found.stopped.value), 2), round(float(found.chose_treated.value), 2)
    (0.95, 0.48)
    """
    checked = {
        "treated rate": within(rates[0], "treated rate", 0, 1),
        "control rate": within(rates[1], "control rate", 0, 1),
        "treated units": _at_least_one(units[0], "treated units"),
        "control units": _at_least_one(units[1], "control units"),
        "tolerance": _tolerance(tolerance),
    }
    batch = _batch(looks, simulations, **checked, prior=prior.a)
    treated_rate, control_rate, treated_units, control_units, accepted = checked.values()
    ahead = variance = np.zeros(())
    for sign, rate, count in ((1, treated_rate, treated_units), (-1, control_rate, control_units)):
        trials = count * _numbered(looks, batch)
        new = rng.binomial(count.astype(np.int64), rate, (simulations, looks, *batch))
        a = prior.a + np.cumsum(new, axis=1)
        total = prior.a + prior.b + trials
        ahead = ahead + sign * a / total
        variance = variance + a * (total - a) / (total**2 * (total + 1))
    return _first_stops(ahead, np.sqrt(variance), accepted)


def stopping_rates_of_means(
    difference: ArrayLike,
    error: ArrayLike,
    *,
    looks: int,
    tolerance: ArrayLike,
    rng: np.random.Generator,
    simulations: int = SIMULATIONS,
) -> StoppingRates:
    """The same for any mean per unit, such as revenue, from how well the last look will know it.

    difference: true mean of treated minus control; 0 for an A/A test.
    error: standard error of the difference at the last look, positive; the look k of K has it
        times sqrt(K / k). The other arguments are those of `stopping_rates`; shapes broadcast.

    Raises ValueError for an error that is not positive, and as `stopping_rates`.

    >>> found = stopping_rates_of_means(
    ...     0, 0.003, looks=50, tolerance=0.0005, rng=np.random.default_rng(1)
    ... )
    >>> round(float(found.stopped.value), 2)
    0.95
    """
    true = np.asarray(numbers(difference, "difference"), np.float64)
    last, accepted = _positive(error, "error"), _tolerance(tolerance)
    batch = _batch(looks, simulations, difference=true, error=last, tolerance=accepted)
    order = _numbered(looks, batch)
    noise = np.cumsum(rng.standard_normal((simulations, looks, *batch)), axis=1) / order
    return _first_stops(
        true + noise * last * np.sqrt(looks), last * np.sqrt(looks / order), accepted
    )


def _first_stops(ahead: Floats, error: Floats, tolerance: Floats) -> StoppingRates:
    """Follow the lead of treated (simulations, looks, ...) until the loss is small enough.

    The leading arm's loss under a normal law is the mean of its negative part; both arms have the
    same standard error, so the arm ahead is the better choice.
    """
    z = np.abs(ahead) / error
    loss = error * (np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) - z * ndtr(-z))
    safe = loss < tolerance
    stopped, first = safe.any(axis=1), safe.argmax(axis=1)
    leads = np.take_along_axis(ahead, first[:, None], axis=1)[:, 0] > 0
    looks = np.where(stopped, first + 1, safe.shape[1])
    return StoppingRates(
        share(stopped), share(stopped & leads), share(stopped & ~leads), mean(looks)
    )


def _batch(looks: int, simulations: int, **arrays: Floats) -> tuple[int, ...]:
    if looks < 1 or simulations < FEWEST:
        raise ValueError(
            f"needs one look and {FEWEST} simulations at least, got {looks} and {simulations}"
        )
    broadcastable(**arrays)
    return np.broadcast_shapes(*(array.shape for array in arrays.values()))


def _numbered(looks: int, batch: tuple[int, ...]) -> Floats:
    """1 to `looks` along an axis before the batch."""
    return np.arange(1.0, looks + 1).reshape(looks, *(1 for _ in batch))


def _at_least_one(units: ArrayLike, name: str) -> Floats:
    count = whole(units, name)
    demand(count > 0, count, name, "must be at least 1 per look")
    return count


def _tolerance(tolerance: ArrayLike) -> Floats:
    return _positive(tolerance, "tolerance")


def _positive(value: ArrayLike, name: str) -> Floats:
    given = np.asarray(numbers(value, name), np.float64)
    demand(np.asarray((given > 0) & np.isfinite(given)), given, name, "must be positive and finite")
    return given
