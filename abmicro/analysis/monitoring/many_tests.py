"""Thousands of tests of one experiment at all their looks, by the stages that a single one passes.

Simulations judge by this function what looking every day does to error rates and power.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.monitoring.boundary import LookBounds, look_bounds
from abmicro.analysis.monitoring.evidence import (
    FEWEST_OF_LABEL,
    SetsOfLooks,
    scores,
    sets_of_looks,
)
from abmicro.analysis.monitoring.path import judged_at, units_at_looks
from abmicro.analysis.monitoring.schedule import Look, schedule
from abmicro.analysis.verdict.many_tests import JudgedTests, judge
from abmicro.experiment.calendar import DAY, midnight
from abmicro.experiment.monitoring import window_days
from abmicro.frozen import frozen
from abmicro.marginals.many_tests import MarginalsOfTests
from abmicro.stats.sequential import settle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from abmicro.array_types import Floats
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment

    Labels = NDArray[np.str_]


@frozen(eq=False)
class WatchedPair:
    """Labels of one pair at every look, and those that stand after it: (A variants, T, K)."""

    label: Labels
    settled: Labels
    low: Floats
    high: Floats


@frozen(eq=False)
class WatchedTests:
    """T tests of one experiment with A treated variants at K looks.

    bounds: critical values, (K,). z: scores by goal, (A, T, K), NaN where too few have converted.
    pairs: by names of micro and macro goal. judged: each look by itself; None where too early.
    """

    looks: tuple[Look, ...]
    bounds: LookBounds
    z: Mapping[str, Floats]
    pairs: Mapping[tuple[str, str], WatchedPair]
    judged: tuple[JudgedTests | None, ...]

    def crossed(self, goal: str) -> NDArray[np.int8]:
        """1 where a look has found a goal up so far, -1 down, 0 neither; the first stands."""
        z = self.z[goal]
        found = [
            0 if one is None else one.goals[goal].state * one.goals[goal].goal.sign
            for one in self.judged
        ]
        each = (np.broadcast_to(one, z.shape[:-1]) for one in found)
        beyond = np.where(np.isnan(z), 0, np.stack([*each], axis=-1)).astype(np.int8)
        first = np.argmax(beyond != 0, axis=-1, keepdims=True)
        so_far = np.arange(z.shape[-1]) >= first
        return np.asarray(np.take_along_axis(beyond, first, -1) * so_far)


def watch_tests(experiment: Experiment, tests: JointCounts) -> WatchedTests:
    """What all looks find in each of many tests, which have the same units on the same days.

    tests: one table whose segment cells are the tests, with entry days, see
    `counts.many_tests.table_of_tests`; complete until the last look.

    Raises CountsError where the units of the tests differ, so that they share no bounds.
    """
    marginals = MarginalsOfTests.of(experiment, tests)
    daily, wait = marginals.daily, timedelta(days=window_days(experiment))
    until = midnight(experiment, daily.days[-1] + wait + DAY)
    looks = schedule(experiment, daily.days[0], until).looks
    bounds = look_bounds(experiment, looks, units_at_looks(experiment, daily, looks))
    readings = [
        _reading(
            judged_at(experiment, bounds, at), marginals, look, early=np.isinf(bounds.critical[at])
        )
        for at, look in enumerate(looks)
    ]
    judged = next(one.judged for one in readings if one.judged is not None)
    return WatchedTests(
        looks=looks,
        bounds=bounds,
        z={name: np.stack([one.score(name) for one in readings], -1) for name in judged.goals},
        pairs={key: _pair(experiment, readings, key) for key in judged.pairs},
        judged=tuple(one.judged for one in readings),
    )


@frozen(eq=False)
class _Reading:
    """One look at all tests; judged is None where it is too early."""

    units: MarginalsOfTests
    judged: JudgedTests | None
    variants: int

    @property
    def shape(self) -> tuple[int, int]:
        """Treated variants and tests."""
        return self.variants, self.units.tests

    def score(self, goal: str) -> Floats:
        """The scores of a goal, (A, T)."""
        if self.judged is None:
            return np.full(self.shape, np.nan)
        row, reached = self.judged.goals[goal], self.units.reached(goal)
        return scores(row.p_value, row.difference.estimate, reached[:1] + reached[1:])

    def sets(self, key: tuple[str, str]) -> SetsOfLooks:
        """What the label of a pair counts for, (A, T)."""
        nothing = np.full(self.shape, np.nan)
        if self.judged is None:
            few = np.ones(self.shape, bool)
            return sets_of_looks("", nothing, nothing, bounded=~few, moved=0, few=few)
        pair, macro = self.judged.pairs[key], self.judged.goals[key[1]]
        reached = self.units.reached(key[1])
        return sets_of_looks(
            pair.label,
            pair.low,
            pair.high,
            bounded=pair.bounded,
            moved=macro.state * macro.goal.sign,
            few=np.minimum(reached[:1], reached[1:]) < FEWEST_OF_LABEL,
        )


def _reading(
    at_level: Experiment, marginals: MarginalsOfTests, look: Look, *, early: bool
) -> _Reading:
    units = marginals.at_look(at_level, look.entry_day)
    found = None if early else judge(at_level, units, ended=True)
    return _Reading(units, found, len(at_level.treated))


def _pair(
    experiment: Experiment, readings: Sequence[_Reading], key: tuple[str, str]
) -> WatchedPair:
    """The labels of one pair at every look and those that stand."""
    found = zip(*(one.sets(key) for one in readings), strict=True)
    sets = SetsOfLooks(*(np.stack(each, axis=-1) for each in found))
    threshold = experiment.analysis.carry_threshold
    stands = settle(*sets[:4], threshold=threshold, macro=sets.macro)
    return WatchedPair(sets.label, stands.label, stands.low, stands.high)
