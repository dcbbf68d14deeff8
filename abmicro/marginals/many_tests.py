"""Many tests of one experiment added up, each by itself, in the arrays of a single one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from abmicro.counts.entry_days import entered_by
from abmicro.errors import CountsError, Problem
from abmicro.experiment.ramp import phase_on
from abmicro.marginals.daily_counts import DailyCounts
from abmicro.marginals.funnel_counts import funnel_counts, why_no_funnel
from abmicro.marginals.goal_pairs import GoalPairs, goal_pairs
from abmicro.marginals.goal_totals import GoalTotals, goal_totals
from abmicro.marginals.segment_levels import EachCell
from abmicro.marginals.strata import StrataOfTests, tables_of_strata

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment


@dataclass(frozen=True, eq=False, repr=False)
class MarginalsOfTests:
    """What judging takes from the joint tables of T tests, the segment cells of one table.

    The variants are compared within the declared phases of a ramp, else over all units.
    """

    experiment: Experiment
    _counts: JointCounts

    @classmethod
    def of(cls, experiment: Experiment, tests: JointCounts) -> Self:
        """Nothing is added up before it is asked for."""
        return cls(experiment, tests)

    @property
    def tests(self) -> int:
        """How many there are."""
        return len(self._counts.segments)

    def at_look(self, experiment: Experiment, day: date) -> MarginalsOfTests:
        """The same of the units that entered up to a day, under an experiment of another level."""
        return MarginalsOfTests(experiment, entered_by(self._counts, day))

    @cached_property
    def daily(self) -> DailyCounts:
        """Units by day of entry of each test.

        Raises CountsError where the tests have different units, so that they share no looks.
        """
        units = self._counts.units.sum(axis=-1)
        if (units != units[:, :1]).any():
            hint = "draw tests with the same units on each day"
            raise CountsError(Problem("tests", "have different units", "E365", hint))
        days = tuple(day for day in self._counts.periods if day is not None)
        return DailyCounts(days, units[:, 0].astype(np.float64), {})

    def reached(self, goal: str) -> NDArray[np.float64]:
        """Units that reached a goal, (V, T); NaN of a goal that is no rate."""
        if goal not in self._counts.goals:
            return np.full((len(self._counts.variants), self.tests), np.nan)
        return np.asarray(self._counts.reached(goal).sum(axis=-1), dtype=np.float64)

    @cached_property
    def strata(self) -> StrataOfTests:
        """Within what the variants are compared."""
        phases = [phase_on(day, self.experiment.ramp) for day in self._counts.periods]
        return StrataOfTests(np.unique(phases, return_inverse=True)[1])

    @cached_property
    def goal_totals(self) -> GoalTotals:
        """Totals of every goal; the axis of levels is that of the tests: (V, T, ...)."""
        return self._totals(self._counts)

    @cached_property
    def goal_totals_of_strata(self) -> tuple[GoalTotals, ...]:
        """The same in every stratum; none where the variants are compared over all units."""
        if self.strata.count == 1:
            return ()
        tables = tables_of_strata(self._counts, self.strata.of_cells(self.tests))
        return tuple(self._totals(table) for table in tables)

    @cached_property
    def goal_pairs(self) -> tuple[GoalPairs, ...]:
        """The micro goals that are followed to each macro goal; judged as (A, G, T)."""
        experiment, counts = self.experiment, self._counts
        funnel = None if why_no_funnel(experiment, counts) else funnel_counts(experiment, counts)
        return goal_pairs(experiment, counts, funnel, self.strata)

    def _totals(self, counts: JointCounts) -> GoalTotals:
        return goal_totals(self.experiment, counts, EachCell((None,) * self.tests))
