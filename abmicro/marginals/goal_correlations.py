"""How goals go together over units: the correlation of every two of them."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from abmicro.marginals.goal_totals import patterns_reaching

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abmicro.array_types import Floats
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment, Goal


def goal_correlations(
    experiment: Experiment, counts: JointCounts, variants: slice
) -> Mapping[frozenset[str], float]:
    """The correlations, over the units of some variants together, by pair of goal names.

    Of rates that of reaching both goals, of amounts that of the amounts; a goal per session counts
    as what a unit adds to it beyond the rate of all. Pairs of which the joint is not known, or of
    goals that do not vary, are left out.
    """
    goals = [goal for goal in experiment.goals if goal.name not in counts.apart.names]
    units = counts.units[variants].sum(axis=(0, 1, 2)).astype(np.float64)
    sums = counts.sums[variants].sum(axis=(0, 1, 2))
    products = counts.products[variants].sum(axis=(0, 1, 2, 3))
    first = np.concatenate([units, sums.sum(axis=0)])
    second = np.block([[np.diag(units), sums], [sums.T, products]])
    parts = np.array([_parts(experiment, goal, counts, first) for goal in goals])
    mean = parts @ first / max(units.sum(), 1)
    covariance = parts @ second @ parts.T / max(units.sum(), 1) - np.outer(mean, mean)
    spread = np.sqrt(np.maximum(np.diag(covariance), 0))
    return {
        frozenset((goals[one].name, goals[other].name)): float(
            np.clip(covariance[one, other] / spread[one] / spread[other], -1, 1)
        )
        for one, other in combinations(range(len(goals)), 2)
        if spread[one] > 0 and spread[other] > 0
    }


def _parts(experiment: Experiment, goal: Goal, counts: JointCounts, first: Floats) -> Floats:
    """What a unit adds to a goal, by its pattern and by its measures: (K + M,).

    first: totals of the patterns and measures.
    """
    patterns, found = len(counts.patterns), np.zeros(len(first))
    if goal.is_rate:
        found[:patterns] = patterns_reaching(experiment, goal.name, counts)
        return found
    own = patterns + counts.measures.index(goal.name)
    found[own] = 1
    if goal.is_ratio:
        base = patterns + counts.measures.index(goal.base)
        found[base] = -first[own] / first[base] if first[base] else 0
    return found
