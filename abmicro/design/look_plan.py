"""The looks that a test is planned to have, and what they cost in units.

A claim that may be made at every look asks for more units than one that is made once, at the end:
`in_looks` says how many, `as_fixed` goes back. The factor is the inflation of the claim's alpha and
power; with an end it is the same at every size (design note "Looking while the test runs", 9).
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import numpy as np
from numpy.polynomial.chebyshev import chebfit, chebpts1, chebval
from scipy.special import ndtr, ndtri

from abmicro.experiment.monitoring import planned_looks, window_days
from abmicro.frozen import frozen
from abmicro.stats.sequential import Inflation, anytime_values, critical_values, inflation_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from abmicro.array_types import Floats
    from abmicro.experiment.model import Experiment


ENDLESS_LOOKS = 28  # in which a test without an end is reckoned to have been looked at
_OCTAVES = 4  # sizes of a test without an end reach so far below and above what it is tuned for
_NODES, _READ = chebpts1(8), np.linspace(-1, 1, 65)  # where its factor is found, and read
_FAR = 99.0  # logs of sizes beyond which the factor stays what it is

Sides = Literal[1, 2]


class AskedOf(NamedTuple):
    """A claim that looks are asked for: alpha of one comparison, wanted power, sides."""

    alpha: float
    power: float
    sides: Sides


@frozen
class LookPlan:
    """The looks of a test.

    clock: the share of the planned days of entry that is mature at each, rising to 1.
    spending: how they share alpha; None for looks without an end.
    tuned_for: units of a pair of variants at which looks without an end are sharpest.
    """

    clock: tuple[float, ...]
    spending: Literal["obrien_fleming", "pocock"] | None
    tuned_for: float = 1.0

    def critical(self, asked: AskedOf, units: float = 1.0) -> Floats:
        """How far the score must lie at each look, (K,).

        units: of a pair of variants at the end of the clock; of no effect where looks have an end.
        """
        if self.spending is not None:
            alpha, sides, spending = asked.alpha, asked.sides, self.spending
            shared = critical_values(
                self.clock, self.clock, alpha=alpha, sides=sides, spending=spending
            )
            return shared.z
        n = np.asarray(self.clock) * units
        z = anytime_values(n, tuned_for=self.tuned_for, alpha=asked.alpha).z
        return z if asked.sides == 2 else np.asarray(-ndtri(np.minimum(2 * ndtr(-z), 0.5)))

    def inflation(self, asked: AskedOf, units: float = 1.0) -> Inflation:
        """What the looks cost a claim at most and on average; units: as in `critical`.

        Without an end the factor of sizes far from `tuned_for` is that of the farthest it is found
        for.
        """
        if self.spending is None:
            far = 2.0**_OCTAVES
            units = min(max(units, self.tuned_for / far), self.tuned_for * far)
        return _inflation(self, asked, units)


class WatchedClaim(Protocol):
    """A claim on two variants with the looks at which it may be made, if there are any."""

    @property
    def looks(self) -> LookPlan | None:
        """None where the test is read once."""

    @property
    def asked(self) -> AskedOf:
        """Its alpha, power and sides."""

    @property
    def ratio(self) -> float:
        """Units of the treated variant for one of the control."""


def in_looks(claim: WatchedClaim, control: float) -> float:
    """Units of the control where looks are made, for those of a test that is read once."""
    if claim.looks is None or not 0 < control < np.inf:
        return control
    fixed, watched = _sizes(claim.looks, claim.asked)
    pair = 4 * claim.ratio / (1 + claim.ratio)
    return float(np.exp(np.interp(np.log(control * pair), fixed, watched))) / pair


def as_fixed(claim: WatchedClaim, control: ArrayLike) -> Floats:
    """Units of the control of a test that is read once and finds as much as these with looks."""
    units = np.asarray(control, dtype=np.float64)
    if claim.looks is None:
        return units
    fixed, watched = _sizes(claim.looks, claim.asked)
    pair = 4 * claim.ratio / (1 + claim.ratio)
    with np.errstate(divide="ignore"):
        return np.asarray(np.exp(np.interp(np.log(units * pair), watched, fixed)) / pair)


@lru_cache(maxsize=256)
def _inflation(looks: LookPlan, asked: AskedOf, units: float) -> Inflation:
    z = looks.critical(asked, units)
    alpha, power, sides = asked
    return inflation_of(looks.clock, z, alpha=alpha, power=power, sides=sides)


@lru_cache(maxsize=256)
def _sizes(looks: LookPlan, asked: AskedOf) -> tuple[Floats, Floats]:
    """Logs of the sizes of tests that find as much: read once, and with looks."""
    if looks.spending:
        octaves, factors = np.zeros(1), np.array([_inflation(looks, asked, 1.0).maximum])
    else:
        octaves, factors = _OCTAVES * _READ, _by_size(looks, asked)
    watched = np.log(looks.tuned_for) + octaves * np.log(2)
    fixed = watched - np.log(factors)
    ends = np.array([-_FAR, _FAR])
    padded = (np.r_[one[0] + ends[0], one, one[-1] + ends[1]] for one in (fixed, watched))
    return next(padded), next(padded)


def _by_size(looks: LookPlan, asked: AskedOf) -> Floats:
    """Factors of tests without an end, by their size: a smooth curve through a few of them."""
    sizes = looks.tuned_for * 2.0 ** (_OCTAVES * _NODES)
    factors = [_inflation(looks, asked, float(size)).maximum for size in sizes]
    return np.asarray(chebval(_READ, chebfit(_NODES, factors, len(_NODES) - 1)))


def entry_days(experiment: Experiment) -> int:
    """Planned days of entry: from start to end, else the weeks that the plan allows."""
    if experiment.start and experiment.end:
        return (experiment.end - experiment.start).days
    return 7 * experiment.plan.weeks


def look_days(experiment: Experiment) -> tuple[int, ...]:
    """Mature days of entry at each planned look; none without looks that have an end."""
    run, wait = entry_days(experiment), window_days(experiment)
    if experiment.end is None:
        return ()
    first = experiment.start or experiment.end - timedelta(days=run)
    return tuple((day - first).days + 1 - wait for day in planned_looks(experiment, first))


def look_plan(experiment: Experiment, tuned_for: float) -> LookPlan | None:
    """The looks of a definition; None where its test is read once.

    tuned_for: units of a pair of variants at which looks without an end are sharpest.
    """
    settings = experiment.monitoring
    if settings.mode == "fixed":
        return None
    if settings.mode == "anytime":
        clock = tuple((np.arange(1, ENDLESS_LOOKS + 1) / ENDLESS_LOOKS).tolist())
        return LookPlan(clock, None, tuned_for)
    run = entry_days(experiment)
    return LookPlan(tuple(day / run for day in look_days(experiment)), settings.spending)
