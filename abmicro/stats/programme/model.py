"""How micro and macro lifts go together over changes, learnt from any number of past tests.

True log lifts of a change: micro ~ N(mu, s^2), macro given micro ~ N(a + slope micro, t^2). Their
estimates are normal around them, with known noise; arms of a test share the noise of its control.
All priors are proper, so that no test at all leaves the prior.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax

from abmicro.frozen import frozen
from abmicro.stats.foundations.numerics.fitted_nodes import fitted_nodes
from abmicro.stats.foundations.validation import Floats, demand, whole
from abmicro.stats.programme.log_rates import goal_rates
from abmicro.stats.programme.pairs import applied, determinant, inner, inverse

_COUNTS = (20, 20, 48)  # nodes of the two spreads and of the slope; qualities turn sharply at 0
_REACH = 5.0  # prior standard deviations to which the spreads are looked for, and
_SLOPES = 6.0  # the slope, to either side
_LEAST = 1e-10  # of the largest weight, below which a node is dropped
_BLOCK = 400_000  # nodes times arms held at once


class ArmRates(NamedTuple):
    """Logs of the micro and macro rate of an arm (..., 2), and their noise (..., 3).

    The noise is the variance of the micro log rate, the covariance, the variance of the macro's.
    """

    rates: Floats
    noise: Floats


@frozen
class ProgrammePrior:
    """What is thought of the lifts of changes before any test; infinite sds make a mean flat.

    lift_sd, around_sd: scales of the half-normal priors of s and t; slope, slope_sd: of the slope;
    mean_sd: of mu around 0; intercept_sd: of a around 0.

    Raises ValueError for a scale or sd that is not above 0.
    """

    lift_sd: float = 0.10
    around_sd: float = 0.05
    slope: float = 0.7
    slope_sd: float = 0.5
    mean_sd: float = 0.02
    intercept_sd: float = 0.01

    def __post_init__(self) -> None:
        for name in ("lift_sd", "around_sd", "slope_sd", "mean_sd", "intercept_sd"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")


@frozen(eq=False)
class Programme:
    """The posterior of the model as N weighted nodes, with the past arms it has seen.

    weights, lift_sd, around_sd, slope: (N,) weights that add up to 1, s, t and the slope there.
    mean, error: (2, N) posterior mean of the average micro and macro lift given the node, and
        (3, N) its covariance.
    lifts, noise: (K, 2) and (K, 3) of the past arms, treated and control together.
    """

    weights: Floats
    lift_sd: Floats
    around_sd: Floats
    slope: Floats
    mean: Floats
    error: Floats
    lifts: Floats
    noise: Floats

    @property
    def omega(self) -> Floats:
        """Covariance of true micro and macro lifts at each node, (3, N)."""
        return _omega(self.lift_sd, self.around_sd, self.slope)


class _Past(NamedTuple):
    """Arms in the order of their tests: the goals first, arms or tests last."""

    lifts: Floats
    treated: Floats
    control: Floats
    starts: NDArray[np.intp]


def arm_rates(counts: ArrayLike) -> ArmRates:
    """Log rates of two goals in an arm, with their noise.

    counts: (..., 4) units, units with the micro goal, with the macro goal, with both. On a path
        both is macro. Where one goal has no units, half a unit is added to each goal, a quarter to
        both and one to units.

    Raises ValueError for more of a part than of its whole.

    >>> found = arm_rates([10_000, 1_200, 300, 300])
    >>> found.rates.round(3), found.noise.round(5)
    (array([-2.12 , -3.507]), array([0.00073, 0.00073, 0.00323]))
    """
    units, micro, macro, both = np.moveaxis(whole(counts, "counts"), -1, 0)
    fits = (both <= np.minimum(micro, macro)) & (micro + macro - both <= units) & (units > 0)
    demand(np.asarray(fits), units, "counts", "must be of units, some of them in each goal")
    pair = np.stack([micro, both, both, macro], axis=-1).reshape(*units.shape, 1, 2, 2)
    found = goal_rates(units[..., None], pair, [1.0])
    return ArmRates(found.rates, found.noise[..., (0, 0, 1), (0, 1, 1)])


def programme(
    lifts: ArrayLike,
    treated: ArrayLike,
    control: ArrayLike,
    test: ArrayLike,
    *,
    prior: ProgrammePrior | None = None,
) -> Programme:
    """Learn from K treated arms of T past tests how micro and macro lifts go together.

    lifts: (K, 2) log lifts of micro and macro. treated: (K, 3) noise of each treated arm. control:
        (T, 3) noise of each control, which the arms of its test share (`arm_rates`). test: (K,)
        row of control of each arm. K may be 0: then the prior is returned.

    Raises ValueError for shapes that do not go together, noise that is not finite, and a flat mean
    without tests.

    Source: normal-normal hierarchy as in Tripuraneni et al. (2023), arXiv 2309.07893; means
    integrated out exactly, spreads and slope by quadrature.

    >>> arms = arm_rates([[[5000, 600, 150, 150], [5000, 640, 165, 165]]] * 3)
    >>> lifts, control = arms.rates[:, 1] - arms.rates[:, 0], arms.noise[:, 0]
    >>> learnt = programme(lifts, arms.noise[:, 1], control, [0, 1, 2])
    >>> print((learnt.weights * learnt.slope).sum().round(3))
    0.788
    """
    prior = prior or ProgrammePrior()
    past, noise = _arranged(lifts, treated, control, test)
    flat = not (np.isfinite(prior.mean_sd) and np.isfinite(prior.intercept_sd))
    if flat and not len(noise):
        raise ValueError("prior must have finite mean_sd and intercept_sd without past tests")

    def log_density(points: Floats) -> Floats:
        return _posterior(points, past, prior)[0]

    low, high = prior.slope - _SLOPES * prior.slope_sd, prior.slope + _SLOPES * prior.slope_sd
    points, rule = fitted_nodes(log_density, [0, 0, low], [1, 1, high], _COUNTS)
    log, mean, error = _posterior(points, past, prior)
    weights = softmax(log + rule)
    kept = weights >= _LEAST * weights.max()
    s, t, slope = _spreads(points[:, kept], prior)
    share = weights[kept] / weights[kept].sum()
    seen = np.asarray(lifts, dtype=np.float64).reshape(-1, 2)
    return Programme(share, s, t, slope, mean[:, kept], error[:, kept], seen, noise)


def _arranged(
    lifts: ArrayLike, treated: ArrayLike, control: ArrayLike, test: ArrayLike
) -> tuple[_Past, Floats]:
    """Arms by test, and the noise of each arm with its control (K, 3) in the order given."""
    x, own, shared = (
        _table(given, name, width)
        for given, name, width in (
            (lifts, "lifts", 2),
            (treated, "treated", 3),
            (control, "control", 3),
        )
    )
    row = whole(test, "test").astype(np.int64).reshape(-1)
    if not len(x) == len(own) == len(row):
        raise ValueError(f"arms differ: {len(x)} lifts, {len(own)} treated, {len(row)} test")
    demand(np.asarray(row < len(shared)), row, "test", f"must be rows of {len(shared)} controls")
    order = np.argsort(row, kind="stable")
    tests, starts = np.unique(row[order], return_index=True)
    return _Past(x[order].T, own[order].T, shared[tests].T, starts), own + shared[row]


def _table(values: ArrayLike, name: str, width: int) -> Floats:
    """Finite rows of a width; none may be an empty list."""
    rows = np.asarray(values, dtype=np.float64)
    if rows.size and rows.shape[1:] != (width,):
        raise ValueError(f"{name} must be of shape (K, {width}), got {rows.shape}")
    demand(np.asarray(np.isfinite(rows)), rows, name, "must be finite")
    return rows.reshape(-1, width)


def _spreads(points: Floats, prior: ProgrammePrior) -> tuple[Floats, Floats, Floats]:
    u, v, slope = points
    return _REACH * prior.lift_sd * u**2, _REACH * prior.around_sd * v**2, slope


def _omega(s: Floats, t: Floats, slope: Floats) -> Floats:
    return np.stack([s**2, slope * s**2, slope**2 * s**2 + t**2])


def _posterior(points: Floats, past: _Past, prior: ProgrammePrior) -> tuple[Floats, Floats, Floats]:
    """Log density at points (3, N), mean (2, N) and covariance (3, N) of the averages there."""
    u, v, slope = points
    s, t, _ = _spreads(points, prior)
    m, a = 1 / prior.mean_sd**2, 1 / prior.intercept_sd**2
    before = np.stack([m + slope**2 * a, -slope * a, np.full(slope.shape, a)])
    away = ((slope - prior.slope) / prior.slope_sd) ** 2
    log = np.log(u * v) - ((s / prior.lift_sd) ** 2 + (t / prior.around_sd) ** 2 + away) / 2
    parts = 1 + u.size * past.lifts.shape[-1] // _BLOCK
    found = [
        _likelihood(*block, past)
        for block in zip(
            np.array_split(_omega(s, t, slope), parts, axis=-1),
            np.array_split(before, parts, axis=-1),
            strict=True,
        )
    ]
    fit, mean, error = (np.concatenate(part, axis=-1) for part in zip(*found, strict=True))
    return log + fit, mean, error


def _likelihood(omega: Floats, before: Floats, past: _Past) -> tuple[Floats, Floats, Floats]:
    """Log likelihood (N,) with the averages integrated out, and their posterior there.

    omega, before: (3, N) covariance of true lifts and prior precision of their averages.
    """
    total = omega[:, :, None] + past.treated[:, None, :]
    w, lifts = inverse(total), past.lifts[:, None, :]
    toward = applied(w, lifts)
    log = np.log(determinant(total)).sum(axis=-1)
    square = inner(lifts, toward).sum(axis=-1)
    precision, pull = before, np.zeros_like(before[:2])
    if len(past.starts):
        g, h = (np.add.reduceat(each, past.starts, axis=-1) for each in (w, toward))
        shared = past.control[:, None, :]
        spread = inverse(g) + shared
        test = inverse(spread)
        moved = applied(shared, h)
        pulled = h - applied(test, moved)
        log += np.log(determinant(g) * determinant(spread)).sum(axis=-1)
        square -= inner(moved, pulled).sum(axis=-1)
        precision, pull = before + test.sum(axis=-1), pulled.sum(axis=-1)
    error = inverse(precision)
    mean = applied(error, pull)
    log += np.log(determinant(precision)) + square - inner(mean, pull)
    return -log / 2, mean, error
