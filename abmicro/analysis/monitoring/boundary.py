"""How far a score must lie at each look: one number for every claim of that look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from abmicro.design.planned_test import tuned_for
from abmicro.stats.sequential import Kept, anytime_values, critical_values, level_of
from abmicro.stats.sequential.boundaries import NOTHING_KEPT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from abmicro.analysis.monitoring.schedule import Look
    from abmicro.experiment.model import Experiment

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LookBounds:
    """Of K looks: information and critical value, confidence of intervals, alpha spent so far.

    information: of each treated variant, (A, K). tuned_for: units of a pair of variants at which
    looks without an end are sharpest.
    """

    information: Floats
    critical: Floats
    level: Floats
    spent: Floats
    tuned_for: float = 1.0

    def alpha(self, look: int, variants: int) -> float:
        """The two-sided alpha of an analysis at this look, from 0, which so many variants share."""
        return float(2 * ndtr(-self.critical[look]) * variants)


def look_bounds(
    experiment: Experiment, looks: Sequence[Look], units: Floats, kept: Kept = NOTHING_KEPT
) -> LookBounds:
    """Critical values at alpha over the treated variants, at every look so far.

    units: of every variant in every phase of shares that are mature at each look, (V, N, K).
    kept: looks whose critical values a changed plan leaves as they were.

    Variants whose information differs a little share the largest critical value of a look, so that
    one level stands on the page.
    """
    information = information_of(units)
    if not looks:
        return LookBounds(information, *np.empty((3, 0)))
    settings, variants = experiment.monitoring, len(experiment.treated)
    alpha = experiment.analysis.alpha / variants
    if settings.mode == "anytime":
        tuned = tuned_for(experiment)
        found = anytime_values(4 * information, tuned_for=tuned, alpha=alpha)
        z = found.z.max(axis=0)
        return LookBounds(information, z, level_of(z), np.full(z.shape, alpha * variants), tuned)
    clock = [look.clock for look in looks]
    alone = Kept(kept.z, tuple(spent / variants for spent in kept.spent))
    found = critical_values(information, clock, alpha=alpha, spending=settings.spending, kept=alone)
    z = found.z.max(axis=0)
    return LookBounds(information, z, level_of(z), found.spent.max(axis=0) * variants)


def information_of(units: Floats) -> Floats:
    """n0 n1 / (n0 + n1) of each treated variant, (A, K), of (V, N, K) units in N phases.

    With several phases the variants are compared within each, and the information is that of the
    weighed mean of their differences.

    >>> information_of(np.array([[[100.0]], [[100.0]]]))
    array([[50.]])
    """
    control, treated = units[:1], units[1:]
    both = control + treated
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = np.where(both > 0, both**2 * (1 / control + 1 / treated), 0).sum(axis=1)
        return np.asarray(np.where(noise > 0, both.sum(axis=1) ** 2 / noise, 0.0))
