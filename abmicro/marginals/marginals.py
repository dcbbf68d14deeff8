"""The joint table of an experiment added up: every part once, when it is first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from abmicro.counts import entered_by, leave_out
from abmicro.counts.row_format import EXCLUDED
from abmicro.errors import CountsError, Problem
from abmicro.marginals.daily_counts import DailyCounts, daily_counts
from abmicro.marginals.exposed_units import ExposedUnits, exposed_units
from abmicro.marginals.funnel_counts import (
    FunnelCounts,
    OffFunnelCells,
    funnel_counts,
    goals_not_followed,
    off_funnel_cells,
    why_no_funnel,
)
from abmicro.marginals.goal_correlations import goal_correlations
from abmicro.marginals.goal_pairs import GoalPairs, goal_pairs
from abmicro.marginals.goal_totals import GoalTotals, goal_totals
from abmicro.marginals.ledger import Ledger, ledger
from abmicro.marginals.pattern_counts import PatternCounts, pattern_counts
from abmicro.marginals.session_hits import SessionHits, session_hits
from abmicro.marginals.strata import Strata, strata, tables_of_strata
from abmicro.marginals.traffic.traffic_counts import TrafficCounts, traffic_counts
from abmicro.marginals.uncompared_goals import UncomparedGoals, uncompared_goals

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from abmicro.array_types import Floats, Integers
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment


@dataclass(frozen=True, eq=False, repr=False)
class Marginals:
    """What an analysis or a plan takes from a joint table, under the goals of an experiment.

    everyone: the same with the units that a rule leaves out; None where there is no rule.
    Raises CountsError, when a part is first asked for, where the table lacks a goal.

    >>> from abmicro import Experiment, JointCounts
    >>> experiment = Experiment(
    ...     name="Sticky button",
    ...     variants=["A", "B"],
    ...     goals={"cart": {"kind": "milestone"}, "order": {"kind": "macro"}},
    ... )
    >>> counts = JointCounts.of_path(("A", "B"), ("cart", "order"), [[100, 20, 5], [100, 30, 6]])
    >>> marginals = Marginals.of(experiment, counts)
    >>> marginals.units, marginals.funnel.reached.tolist()
    (200, [[100, 20, 5], [100, 30, 6]])
    """

    experiment: Experiment
    _counts: JointCounts
    everyone: Marginals | None = None

    @classmethod
    def of(cls, experiment: Experiment, counts: JointCounts) -> Self:
        """Nothing is added up before it is asked for.

        Units that the experiment's rule leaves out are taken out of the counts first. Raises
        CountsError where the counts do not tell which those are.
        """
        rule = experiment.exposure.exclude
        if rule is None:
            return cls(experiment, counts)
        if rule.label not in counts.goals:
            what = f"the counts do not tell which units have more than {rule.more_than:g} {rule.of}"
            hint = "collect them again under this definition"
            raise CountsError(Problem("exposure.exclude", what, "E322", hint))
        return cls(experiment, leave_out(counts, rule.label), cls(experiment, counts))

    @cached_property
    def units_by_variant(self) -> Integers:
        """Units analysed in each variant: (V,)."""
        return np.asarray(self._counts.units.sum(axis=(1, 2, 3)))

    @cached_property
    def units(self) -> int:
        """Units analysed in all variants."""
        return int(self.units_by_variant.sum())

    @cached_property
    def exposed(self) -> ExposedUnits:
        """Units analysed and those whose window is still open."""
        return exposed_units(self._counts)

    @property
    def holds_all(self) -> bool:
        """Whether every exposed unit is analysed, be its window closed or not."""
        return int(self.exposed.by_day.sum()) == self.units

    @cached_property
    def excluded_by_variant(self) -> Integers:
        """Units that the rule of the experiment leaves out: (V,)."""
        units = dict.fromkeys(self._counts.variants, 0)
        for out in self._counts.left_out:
            if out.step == EXCLUDED and out.variant in units:
                units[out.variant] += out.units
        return np.array(list(units.values()), dtype=np.int64)

    @cached_property
    def units_by_day(self) -> Mapping[date, int]:
        """Units of all variants by entry day; empty without a clock."""
        units = self._counts.units.sum(axis=(0, 1, 3)).tolist()
        days = zip(self._counts.periods, units, strict=True)
        return {day: count for day, count in days if day is not None}

    @cached_property
    def first_day(self) -> date | None:
        """The first day of the test: its start, or an earlier entry day; None without a clock."""
        start, days = self.experiment.start, self._entry_days
        return min([*days, start] if start else days, default=None)

    @cached_property
    def last_day(self) -> date | None:
        """The last entry day with units; None without a clock."""
        return max(self._entry_days, default=None)

    @property
    def days_run(self) -> int | None:
        """Whole days from the first to the last entry day with units; None without a clock."""
        if self.first_day is None or self.last_day is None:
            return None
        return (self.last_day - self.first_day).days + 1

    @property
    def cut_off(self) -> datetime | None:
        """The moment up to which the data are complete; None where it is not known."""
        return self._counts.cut_off

    @cached_property
    def ledger(self) -> Ledger:
        """What became of the data."""
        return ledger(self._counts)

    @cached_property
    def goal_totals(self) -> GoalTotals:
        """Totals of every goal, over all units and by segment level."""
        return goal_totals(self.experiment, self._counts)

    @cached_property
    def goal_totals_of_strata(self) -> tuple[GoalTotals, ...]:
        """The same in every stratum; none where the variants are compared over all units."""
        if not self.strata.over:
            return ()
        tables = tables_of_strata(self._counts, self.strata)
        return tuple(goal_totals(self.experiment, table) for table in tables)

    def goal_correlations(self, variants: slice) -> Mapping[frozenset[str], float]:
        """How goals go together over the units of some variants, by pair of names."""
        return goal_correlations(self.experiment, self._counts, variants)

    @cached_property
    def daily(self) -> DailyCounts:
        """Units and conversions by day of entry."""
        return daily_counts(self.experiment, self._counts)

    def at_look(self, experiment: Experiment, day: date) -> Marginals:
        """The same of the units that entered up to a day, under an experiment of another level."""
        everyone = None if self.everyone is None else self.everyone.at_look(experiment, day)
        return Marginals(experiment, entered_by(self._counts, day), everyone)

    def under(self, experiment: Experiment) -> Marginals:
        """The same under an experiment of another level."""
        everyone = None if self.everyone is None else self.everyone.under(experiment)
        return Marginals(experiment, self._counts, everyone)

    @cached_property
    def traffic(self) -> TrafficCounts:
        """All variants together, by level of a segment and by day of entry."""
        return traffic_counts(self.experiment, self._counts)

    @cached_property
    def values_by_day(self) -> Mapping[str, Floats]:
        """Totals of the values of goals by variant and entry day, (V, P); by goal name."""
        names = [goal.name for goal in self.experiment.goals if goal.name in self._counts.measures]
        return {name: np.asarray(self._counts.moments(name)[1].sum(axis=1)) for name in names}

    @cached_property
    def uncompared(self) -> UncomparedGoals:
        """Goals that exist in some variants only."""
        return uncompared_goals(self.experiment, self._counts)

    @cached_property
    def patterns(self) -> PatternCounts:
        """Units by pattern of goals, as recorded."""
        return pattern_counts(self.experiment, self._counts)

    @cached_property
    def session_hits(self) -> SessionHits | None:
        """Hits of goals per session; None where all of them say their session."""
        return session_hits(self._counts)

    @cached_property
    def strata(self) -> Strata:
        """Within what the variants are compared."""
        traits = self._counts.segment_names
        known = [name for name in self.experiment.known_before if name in traits]
        return strata(self._counts, self.experiment.ramp, known)

    @cached_property
    def units_by_stratum(self) -> Integers:
        """Units analysed in each variant and stratum: (V, N)."""
        return self.strata.total(self._counts.units.sum(axis=-1))

    @cached_property
    def why_no_funnel(self) -> str:
        """Why there is no funnel; empty where there is one."""
        return why_no_funnel(self.experiment, self._counts)

    @cached_property
    def funnel(self) -> FunnelCounts | None:
        """The funnel of the experiment; `why_no_funnel` says why there is none."""
        return None if self.why_no_funnel else funnel_counts(self.experiment, self._counts)

    @cached_property
    def funnel_by_stratum(self) -> Integers | None:
        """Units, then those that reached each step or a later one: (V, N, K + 1) in N strata."""
        if self.funnel is None:
            return None
        units = self.strata.total(self._counts.units)
        return np.concatenate(
            [units.sum(axis=-1, keepdims=True), units @ self.funnel.passed.T], axis=-1
        )

    @cached_property
    def off_funnel(self) -> OffFunnelCells | None:
        """Micro goals off the funnel, with the macro goal; None where there are none."""
        return off_funnel_cells(self.experiment, self._counts)

    @cached_property
    def goal_pairs(self) -> tuple[GoalPairs, ...]:
        """The micro goals that are followed to each macro goal, the end of the funnel first."""
        return goal_pairs(self.experiment, self._counts, self.funnel, self.strata)

    @cached_property
    def not_followed(self) -> Mapping[str, str]:
        """Names of the goals that are in no pair, each with the reason."""
        return goals_not_followed(self.experiment, self._counts)

    @cached_property
    def _entry_days(self) -> list[date]:
        return [day for day, units in self.units_by_day.items() if units]
