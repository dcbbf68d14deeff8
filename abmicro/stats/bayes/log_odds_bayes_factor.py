"""Bayes factor of two rates on the log-odds scale, whose prior can expect small lifts.

Log odds are beta -+ psi / 2 in control and treated, with independent normal priors of the level
beta and the log odds ratio psi; the null says psi = 0. All likelihoods here are log-concave, so
that every integral is taken between bounds that concavity gives, around its peak.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, log_expit, log_ndtr, logit

from abmicro.frozen import frozen
from abmicro.stats.foundations.binomial import Binomial, two_arms
from abmicro.stats.foundations.numerics.gauss_legendre import gauss_legendre
from abmicro.stats.foundations.validation import Floats, demand, numbers

_DROP = 40.0  # below exp(-40) times the peak nothing is summed
_BLOCK = 16  # pairs of arms worked on at once
_LEVELS = np.linspace(-1, 1, 65)  # the trapezoid rule over beta
_SIDE = 96  # nodes over one side of psi
_TURNS, _SETTLED = 100, 1e-9


@frozen(eq=False)
class LogOddsFactor:
    """Natural logarithms of Bayes factors against "the rates are the same".

    differ: for any difference; higher: for treated above control; lower: for treated below.
    """

    differ: Floats
    higher: Floats
    lower: Floats


@frozen(eq=False)
class _Arms:
    """Counts and priors, (rows, 1, 1) each; beta and psi are (rows, psi nodes, beta nodes)."""

    x1: Floats
    n1: Floats
    x0: Floats
    n0: Floats
    level: Floats
    level_sd: Floats
    ratio: Floats
    ratio_sd: Floats

    def height(self, beta: Floats, psi: Floats) -> Floats:
        """Log of likelihood times priors, without their constants."""
        total = -(((beta - self.level) / self.level_sd) ** 2) / 2
        total = total - ((psi - self.ratio) / self.ratio_sd) ** 2 / 2
        for x, n, half in ((self.x1, self.n1, 0.5), (self.x0, self.n0, -0.5)):
            odds = beta + half * psi
            rest = log_expit(np.abs(odds))  # of the likelier outcome, costly; the other's follows
            yes, no = np.minimum(odds, 0) + rest, np.minimum(-odds, 0) + rest
            total = total + x * yes + (n - x) * no
        return np.asarray(total)

    def surprises(self, beta: Floats, psi: Floats) -> tuple[Floats, ...]:
        """What was seen beyond what was expected, treated and control, and both variances."""
        p1, p0 = expit(beta + psi / 2), expit(beta - psi / 2)
        expected1, expected0 = self.n1 * p1, self.n0 * p0
        return (
            self.x1 - expected1,
            self.x0 - expected0,
            expected1 * (1 - p1),
            expected0 * (1 - p0),
        )

    def by_beta(self, beta: Floats, psi: Floats) -> tuple[Floats, Floats]:
        """First derivative by beta, then minus the second one."""
        seen1, seen0, bend1, bend0 = self.surprises(beta, psi)
        slope = seen1 + seen0 - (beta - self.level) / self.level_sd**2
        return slope, bend1 + bend0 + 1 / self.level_sd**2

    def by_psi(self, beta: Floats, psi: Floats) -> tuple[Floats, Floats, Floats]:
        """First derivative by psi, then minus the second ones: by psi, mixed."""
        seen1, seen0, bend1, bend0 = self.surprises(beta, psi)
        slope = (seen1 - seen0) / 2 - (psi - self.ratio) / self.ratio_sd**2
        return slope, (bend1 + bend0) / 4 + 1 / self.ratio_sd**2, (bend1 - bend0) / 2


def log_odds_factor(
    treated: Binomial,
    control: Binomial,
    *,
    ratio_sd: ArrayLike = 1.0,
    ratio: ArrayLike = 0.0,
    level_sd: ArrayLike = 1.0,
    level: ArrayLike = 0.0,
) -> LogOddsFactor:
    """Kass and Vaidyanathan's Bayes factor for a difference of two rates.

    ratio, ratio_sd: normal prior of the log odds ratio under "they differ"; the defaults are those
        of the R package abtest. For web tests a ratio_sd of 0.1 to 0.3 says which lifts are likely.
    level, level_sd: normal prior of the mean of both log odds. All shapes broadcast.

    Returns natural logarithms, exact to about 1e-8 (1e-7 beyond 10^8 units). The directed factors
    are those of the prior cut to its side.
    Raises ValueError for a standard deviation that is not positive, or a mean that is not finite.

    Source: Kass and Vaidyanathan (1992), Journal of the Royal Statistical Society B 54:129-144;
    defaults: Gronau, Raj and Wagenmakers (2021), Journal of Statistical Software 100(17).

    >>> found = log_odds_factor(Binomial(244, 10_000), Binomial(200, 10_000), ratio_sd=0.2)
    >>> round(float(found.differ), 3), round(float(found.higher), 3)
    (0.963, 1.627)
    """
    choice = {"ratio_sd": ratio_sd, "ratio": ratio, "level_sd": level_sd, "level": level}
    priors = {name: np.asarray(numbers(value, name), np.float64) for name, value in choice.items()}
    for name, value in priors.items():
        demand(np.isfinite(value), value, name, "must be finite")
        if name.endswith("sd"):
            demand(value > 0, value, name, "must be positive")
    counts = two_arms(treated, control, **priors)
    columns = np.broadcast_arrays(
        *counts, *(priors[name] for name in ("level", "level_sd", "ratio", "ratio_sd"))
    )
    flat = [column.ravel()[:, None, None] for column in columns]
    found = np.empty((3, columns[0].size))
    for start in range(0, columns[0].size, _BLOCK):
        block = slice(start, start + _BLOCK)
        found[:, block] = _factors(_Arms(*(column[block] for column in flat)))
    return LogOddsFactor(*found.reshape(3, *columns[0].shape))


@np.errstate(under="ignore")
def _factors(arms: _Arms) -> tuple[Floats, Floats, Floats]:
    """Logs of the factors: any difference, treated higher, treated lower."""
    z, none = arms.ratio / arms.ratio_sd, np.zeros_like(arms.ratio)
    middle = _best_level(arms, none)
    null = _over_levels(arms, none, middle) + z**2 / 2
    peak, width = _peak(arms)
    slope, *_ = arms.by_psi(middle, none)
    higher, lower = (
        _over_side(arms, side, peak, width, slope)
        - np.log(arms.ratio_sd * np.sqrt(2 * np.pi))
        - null
        for side in (1, -1)
    )
    each = np.logaddexp(higher, lower), higher - log_ndtr(z), lower - log_ndtr(-z)
    differ, higher, lower = (factor[:, 0, 0] for factor in each)
    return differ, higher, lower


def _over_side(arms: _Arms, side: int, peak: Floats, width: Floats, slope: Floats) -> Floats:
    """Log of the integral over psi > 0 (side 1) or psi < 0 (side -1), in units of `width`.

    slope: by psi at the border, psi = 0.
    A log-concave function falls from its peak no slower than the prior does, and from a border
    beyond its peak no slower than its slope there says.
    """
    reach = np.sqrt(2 * _DROP) * arms.ratio_sd
    here = side * peak > 0
    near = np.where(here, np.maximum(side * peak - reach, 0), 0)
    beyond = (_DROP + 10) / np.maximum(-side * slope, 1e-300)
    far = np.where(here, side * peak + reach, np.minimum(beyond, reach))
    left, right = (np.arcsinh((side * end - peak) / width) for end in (near, far))
    nodes, parts = gauss_legendre(_SIDE)
    v = (left + right) / 2 + (right - left) / 2 * nodes[:, None]
    weights = np.abs(right - left) / 2 * parts[:, None] * width * np.cosh(v)
    psi = peak + width * np.sinh(v)
    return _log_sum(_over_levels(arms, psi, _best_level(arms, psi)), weights, axis=1)


def _over_levels(arms: _Arms, psi: Floats, beta: Floats) -> Floats:
    """Log of the integral over beta, which is highest there, at each psi."""
    width = 1 / np.sqrt(arms.by_beta(beta, psi)[1])
    end = np.arcsinh(np.sqrt(2 * _DROP) * arms.level_sd / width)
    v = end * _LEVELS
    weights = width * np.cosh(v) * end * (_LEVELS[1] - _LEVELS[0])
    logs = arms.height(beta + width * np.sinh(v), psi)
    return _log_sum(logs, weights, axis=-1)


def _log_sum(logs: Floats, weights: Floats, axis: int) -> Floats:
    """Log of a sum of weighted exponentials; their highest stands apart, which saves a digit.

    So does logsumexp of scipy, which takes several times as long for the care of infinities.
    """
    peak = logs.max(axis=axis, keepdims=True)
    highest = logs == peak
    top = (weights * highest).sum(axis=axis, keepdims=True)
    rest = weights * np.exp(np.where(highest, -np.inf, logs) - peak)
    return np.asarray(np.log1p(rest.sum(axis=axis, keepdims=True) / top) + np.log(top) + peak)


def _best_level(arms: _Arms, psi: Floats) -> Floats:
    """The beta of the peak at each psi, by Newton's method."""
    beta = np.broadcast_to(_start(arms), psi.shape)
    for _ in range(_TURNS):
        slope, bend = arms.by_beta(beta, psi)
        step = _careful(slope / bend)
        beta = beta + step
        if np.abs(step).max() < _SETTLED:
            break
    return beta


def _peak(arms: _Arms) -> tuple[Floats, Floats]:
    """The psi of the peak over beta and psi, and the standard deviation of a normal law there."""
    beta, psi = _start(arms), np.zeros_like(arms.x1)
    for _ in range(_TURNS):
        by_beta, bend_beta = arms.by_beta(beta, psi)
        by_psi, bend_psi, mixed = arms.by_psi(beta, psi)
        area = bend_beta * bend_psi - mixed**2
        step = _careful((bend_psi * by_beta - mixed * by_psi) / area)
        turn = _careful((bend_beta * by_psi - mixed * by_beta) / area)
        beta, psi = beta + step, psi + turn
        if max(np.abs(step).max(), np.abs(turn).max()) < _SETTLED:
            break
    return psi, np.sqrt(bend_beta / area)


def _start(arms: _Arms) -> Floats:
    return np.asarray(logit((arms.x1 + arms.x0 + 0.5) / (arms.n1 + arms.n0 + 1)))


def _careful(step: Floats) -> Floats:
    """A Newton step no longer than a logistic curve stays about the same."""
    return np.clip(step, -1, 1)
