"""Intervals that hold at every moment at once, for one rate or mean, and e-values of two rates."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, xlog1py, xlogy

from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.validation import Floats, within
from abmicro.stats.sequential.anytime import mixture_scale


class MixtureTest(NamedTuple):
    """Log e-value of an estimate, its p-value, and how far the interval reaches to either side."""

    log_e: Floats
    p: Floats
    half_width: Floats


def normal_mixture_test(
    estimate: ArrayLike, se: ArrayLike, *, tau: float, alpha: float = 0.05
) -> MixtureTest:
    """A normal estimate against 0 at any moment, mixed over effects N(0, tau^2).

    estimate, se: of shapes that broadcast, se above 0. The p-value over looks is the least so far.

    Source: Johari, Koomen, Pekelis and Walsh (2022), Operations Research 70:1806.

    >>> round(float(normal_mixture_test(0.01, 0.004, tau=0.005).half_width), 5)
    0.01349
    """
    within(alpha, "alpha", 0, 1)
    x, v = np.asarray(estimate, dtype=np.float64), np.asarray(se, dtype=np.float64) ** 2
    total = v + tau**2
    log_e = x**2 * tau**2 / (2 * v * total) + np.log(v / total) / 2
    half = np.sqrt(2 * v * total / tau**2 * (np.log(total / v) / 2 - np.log(alpha)))
    return MixtureTest(log_e, np.minimum(1, np.exp(-log_e)), half)


def mixture_boundary(variance: ArrayLike, *, rho: float, alpha: float = 0.05) -> Floats:
    """What a sum of mean 0 and so much variance ever exceeds with a chance of `alpha`, either way.

    Source: Howard, Ramdas, McAuliffe and Sekhon (2021), Annals of Statistics 49:1055, eq. 14.

    >>> round(float(mixture_boundary(50, rho=100)), 3)
    30.976
    """
    within(alpha, "alpha", 0, 1)
    v = np.asarray(variance, dtype=np.float64) + rho
    return np.asarray(np.sqrt(v * (np.log(v / rho) - 2 * np.log(alpha))))


def mean_sequence(
    mean: ArrayLike, sd: ArrayLike, n: ArrayLike, *, rho: float, alpha: float = 0.05
) -> tuple[Floats, Floats]:
    """Ends of the asymptotic confidence sequence of a mean.

    rho: of the mixture; a larger one is tighter early. mean, sd, n: of shapes that broadcast.

    Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), Annals of Statistics 52:2613,
    theorem 2.2.

    >>> [round(float(end), 4) for end in mean_sequence(0.3, 0.4, 1000, rho=0.5)]
    [0.257, 0.343]
    """
    within(alpha, "alpha", 0, 1)
    centre, units = np.asarray(mean, dtype=np.float64), np.asarray(n, dtype=np.float64)
    scale = units * rho**2 + 1
    half = np.asarray(sd) * np.sqrt(
        scale / (units * rho) ** 2 * (np.log(scale) - 2 * np.log(alpha))
    )
    return centre - half, centre + half


def rate_sequence(
    reached: ArrayLike, trials: ArrayLike, *, a: float = 1.0, b: float = 1.0, alpha: float = 0.05
) -> tuple[Floats, Floats]:
    """Ends of the beta-binomial confidence sequence of a rate.

    reached, trials: of shapes that broadcast. a, b: of the mixing beta law.

    Source: Robbins (1970), Annals of Mathematical Statistics 41:1397.

    >>> [round(float(end), 4) for end in rate_sequence(3, 50)]
    [0.0039, 0.2324]
    """
    x, n = np.broadcast_arrays(
        np.asarray(reached, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    )
    mixed = (betaln(a + x, b + n - x) - betaln(a, b)).ravel()
    return _kept(x, n, alpha, lambda _, at: mixed[at])


def centred_rate_sequence(
    reached: ArrayLike, trials: ArrayLike, *, tuned_for: float, alpha: float = 0.05
) -> tuple[Floats, Floats]:
    """`rate_sequence` with a mixing law centred on each rate in question, tightest at `tuned_for`.

    tuned_for: trials at which a sequence at 5% is tightest.

    Source: Howard, Ramdas, McAuliffe and Sekhon (2021), Annals of Statistics 49:1055.

    >>> [round(float(end), 4) for end in centred_rate_sequence(3, 50, tuned_for=1000)]
    [0.0018, 0.3718]
    """
    x, n = np.broadcast_arrays(
        np.asarray(reached, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    )
    weight = mixture_scale(tuned_for) - 1

    def mixed(p: Floats, at: NDArray[np.int64]) -> Floats:
        centre = np.clip(p, 1e-15, 1 - 1e-15)
        a, b, hits = weight * centre, weight * (1 - centre), x.ravel()[at]
        return np.asarray(betaln(a + hits, b + n.ravel()[at] - hits) - betaln(a, b))

    return _kept(x, n, alpha, mixed)


def _kept(
    x: Floats, n: Floats, alpha: float, mixed: Callable[[Floats, NDArray[np.int64]], Floats]
) -> tuple[Floats, Floats]:
    """Ends of the rates whose likelihood is more than alpha times the mixture's."""
    least = np.log(within(alpha, "alpha", 0, 1))
    hits, trials = x.ravel(), n.ravel()

    def likely(p: Floats, at: Floats) -> Floats:
        """Above 0 where a rate is kept."""
        row = at.astype(np.int64)
        likelihood = xlogy(hits[row], p) + xlog1py(trials[row] - hits[row], -p)
        return np.asarray(np.maximum(likelihood - mixed(p, row) - least, -1e300))

    best = np.divide(hits, trials, out=np.full_like(hits, 0.5), where=trials > 0)
    low = root(likely, np.zeros_like(best), best)
    high = 1 - root(lambda q, at: likely(1 - q, at), np.zeros_like(best), 1 - best)
    return low.reshape(x.shape), high.reshape(x.shape)


def two_rates_log_e(
    treated: ArrayLike, control: ArrayLike, *, prior: ArrayLike = (0.18, 0.18, 0.18, 0.18)
) -> Floats:
    """Running log e-value of blocks of one unit per arm, against equal rates: (..., blocks).

    treated, control: 0 or 1 for each block, (..., blocks). prior: beta parameters of treated, then
    of control. Each block is bet on with the rates that the blocks before it tell.

    Source: Turner, Ly and Grunwald (2024), Statistica Neerlandica 78:1.

    >>> two_rates_log_e([1, 1, 1], [0, 0, 0]).round(3)
    array([0.   , 1.102, 2.33 ])
    """
    y = np.stack(np.broadcast_arrays(np.asarray(treated, float), np.asarray(control, float)))
    beta = np.asarray(prior, dtype=np.float64).reshape(2, 2)
    hits, misses = (
        np.cumsum(each, axis=-1) - each + beta[:, at].reshape(2, *[1] * (y.ndim - 1))
        for at, each in enumerate((y, 1 - y))
    )
    rates = hits / (hits + misses)
    common = rates.mean(axis=0)
    bets = xlogy(y, rates / common) + xlogy(1 - y, (1 - rates) / (1 - common))
    return np.asarray(np.cumsum(bets.sum(axis=0), axis=-1))
