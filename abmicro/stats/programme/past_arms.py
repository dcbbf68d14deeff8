"""What past arms show of two goals before and after the noise is taken off: signs, lines, lifts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import critical
from abmicro.stats.foundations.validation import Floats
from abmicro.stats.programme.mixtures import LiftGuess, mixed
from abmicro.stats.programme.model import Programme
from abmicro.stats.programme.pairs import applied, inverse
from abmicro.stats.programme.value import chance_agreement
from abmicro.stats.proportions.one_sample import clopper_pearson

_BLOCK = 400_000  # nodes times arms held at once


class SignTable(NamedTuple):
    """Which way two goals went over K arms.

    counts: (3, 3) arms by which way the micro goal went (up, not clear, down), then the macro.
    agree: arms whose two estimates have one sign; share of all arms, from low to high; chance: the
    share that noise alone would give.
    """

    counts: NDArray[np.int64]
    agree: int
    share: float
    low: float
    high: float
    chance: float


class RawLine(NamedTuple):
    """Least squares of macro on micro estimates, which noise alone can make steep."""

    slope: float
    intercept: float
    r2: float


def directions(lifts: ArrayLike, noise: ArrayLike, *, alpha: float = 0.05) -> NDArray[np.int64]:
    """Which way each goal of each arm went: 0 up, 1 not clear, 2 down, of shape (K, 2).

    lifts, noise: (K, 2) log lifts of micro and macro, and (K, 3) their noise, treated and control
        together. alpha: of the two-sided tests.
    """
    x, errors = np.asarray(lifts, dtype=np.float64), np.asarray(noise, dtype=np.float64)
    reach = float(critical(1 - alpha)) * np.sqrt(errors[:, ::2])
    return np.where(x > reach, 0, np.where(x < -reach, 2, 1))


def sign_table(
    lifts: ArrayLike, noise: ArrayLike, *, alpha: float = 0.05, level: float = 0.95
) -> SignTable:
    """How often micro and macro lifts of past arms went the same way.

    lifts, noise, alpha: as in `directions`. level: of the interval of the share (Clopper-Pearson).

    Raises ValueError for no arm.

    >>> noise = [[0.001, 0.0005, 0.004]] * 3
    >>> found = sign_table([[0.1, 0.2], [0.02, -0.05], [-0.01, -0.02]], noise)
    >>> found.counts.tolist(), found.agree, round(found.chance, 3)
    ([[1, 0, 0], [0, 2, 0], [0, 0, 0]], 2, 0.58)
    """
    x, errors = np.asarray(lifts, dtype=np.float64), np.asarray(noise, dtype=np.float64)
    if not len(x):
        raise ValueError("lifts must have an arm at least, got none")
    counts = np.zeros((3, 3), dtype=np.int64)
    np.add.at(counts, tuple(directions(x, errors, alpha=alpha).T), 1)
    agree = int((np.sign(x[:, 0]) == np.sign(x[:, 1])).sum())
    found = clopper_pearson(Binomial(agree, len(x)), level=level)
    together = errors[:, 1] / np.sqrt(errors[:, 0] * errors[:, 2])
    chance = float(chance_agreement(np.clip(together, -1, 1)).mean())
    return SignTable(counts, agree, agree / len(x), float(found.low), float(found.high), chance)


def raw_line(lifts: ArrayLike) -> RawLine:
    """The straight line through the estimates of past arms, which no noise is taken off.

    lifts: (K, 2) micro and macro. NaN where the micro lifts do not differ.

    >>> raw_line([[0.0, 0.01], [0.1, 0.06], [0.2, 0.11]]).slope.round(3)
    np.float64(0.5)
    """
    x, y = np.asarray(lifts, dtype=np.float64).reshape(-1, 2).T
    away = x - x.mean() if x.size else x
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (away * y).sum() / (away**2).sum()
        r2 = slope * (away * y).sum() / ((y - y.mean()) ** 2).sum() if x.size else np.nan
    return RawLine(slope, y.mean() - slope * x.mean() if x.size else np.nan, r2)


def shrunken(learnt: Programme) -> Floats:
    """Posterior means of the true micro and macro log lifts of the past arms, (K, 2).

    Arms of one test count as independent here, as in `gain`.

    >>> from abmicro.stats.programme import arm_rates, programme
    >>> arms = arm_rates([[[5000, 600, 150, 150], [5000, 640, 165, 165]]] * 3)
    >>> lifts, control = arms.rates[:, 1] - arms.rates[:, 0], arms.noise[:, 0]
    >>> shrunken(programme(lifts, arms.noise[:, 1], control, [0, 1, 2]))[0].round(3)
    array([0.031, 0.031])
    """
    lifts, noise = learnt.lifts.T[:, :, None], learnt.noise.T[:, :, None]
    omega, mean = learnt.omega[:, None, :], learnt.mean[:, None, :]
    parts = 1 + len(learnt.weights) * len(learnt.lifts) // _BLOCK
    found = [
        ((mean + applied(omega, applied(inverse(omega + errors), x - mean))) * learnt.weights).sum(
            axis=-1
        )
        for x, errors in zip(
            np.array_split(lifts, parts, axis=1), np.array_split(noise, parts, axis=1), strict=True
        )
    ]
    return np.concatenate(found, axis=1).T


def expected_macro(learnt: Programme, micro: ArrayLike, *, level: float = 0.95) -> LiftGuess:
    """The line: the average true macro log lift of changes with these true micro log lifts.

    micro: any shape. The interval is of the average, not of a single change.

    >>> from abmicro.stats.programme import programme
    >>> print(expected_macro(programme([], [], [], []), 0.1).mean.round(3))
    0.07
    """
    x = np.asarray(micro, dtype=np.float64)[..., None]
    slope, error = learnt.slope, learnt.error
    means = learnt.mean[1] + slope * (x - learnt.mean[0])
    variances = error[2] - 2 * slope * error[1] + slope**2 * error[0]
    return mixed(learnt.weights, means, variances, level=level)
