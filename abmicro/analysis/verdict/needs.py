"""What would settle a goal that is open: units and days, or a bolder change, each with its number.

Every figure comes from the planned test of the goal, so that plan, power section and verdict give
one answer to one question.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, isfinite, nan
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.design.families import planned_alpha
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abmicro.analysis.power.planned_tests import Plans
    from abmicro.analysis.results import Detectable, GoalResult
    from abmicro.design.planned_test import PlannedTest
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.marginals import Marginals


FOUND = "a change of {size} in {goal}"
GUARDED = "to rule out a loss of {size} in {goal}"
MORE = "{claim} takes {more} more {units}"
ENOUGH = "{claim} takes {total} {units}, and they are in."
NOT_KNOWN = "how many more {claim} takes cannot be told from these counts."
NOT_ASKED = (
    "how many more {units} it takes depends on the change in {goal} that is worth finding "
    "(mde = 0.05 at [goals.{key}])."
)


@frozen
class Needed:
    """What a claim on a goal takes.

    lift: that is looked for, signed; of a guardrail the loss to rule out; NaN where none is set.
    units: in all variants, with the planned power; bolder: the smallest lift that the units there
    are find; both NaN where they cannot be told. sentence: the same in words. days: until the units
    are in, at the pace so far; NaN where there are no dates.
    """

    lift: float
    units: float
    bolder: float
    sentence: str
    days: float = nan


@frozen
class Resources:
    """The units there are and the days they took, and what of every goal could be found with them.

    detectable: by goal and variant. days: None where the data have none.
    """

    experiment: Experiment
    plans: Plans
    detectable: Mapping[tuple[str, str], Detectable]
    units: int
    days: int | None

    @classmethod
    def of(
        cls,
        experiment: Experiment,
        marginals: Marginals,
        plans: Plans,
        detectable: tuple[Detectable, ...],
    ) -> Resources:
        """What the counts of an experiment hold."""
        found = {(one.goal, one.variant): one for one in detectable}
        return cls(experiment, plans, found, marginals.units, marginals.days_run)

    def needed(self, row: GoalResult, lift: float | None) -> Needed:
        """What a clear change of a goal by a lift takes, or within its margin where it has one.

        lift: unsigned; None where the definition sets none.
        """
        goal = self.experiment.goal(row.goal)
        guards = goal.margin is not None and lift is None
        size = goal.margin if guards else lift
        names = self.experiment.names
        about = names.goal(goal.name)
        if size is None:
            what = NOT_ASKED.format(goal=about, units=names.units, key=goal.name)
            return Needed(nan, nan, self._bolder(row), what)
        shown = formatting.level(size)
        claim = (GUARDED if guards else FOUND).format(size=shown, goal=about)
        planned = self.plans[row.goal, row.variant].test
        test = None if planned is None else self._test(planned, size, guards=guards)
        if test is None or not test.is_possible:
            return Needed(size, nan, nan, NOT_KNOWN.format(claim=claim))
        units = test.units(test.effect)
        told = self._sentence(claim, units) if isfinite(units) else NOT_KNOWN.format(claim=claim)
        bolder = nan if guards else self._bolder(row)
        return Needed(test.effect, units, bolder, told, self._days(units))

    def _days(self, total: float) -> float:
        """The days until so many units are in, at the pace so far."""
        if not self.days or not isfinite(total):
            return nan
        return float(max(ceil((total - self.units) / (self.units / self.days)), 0))

    def _test(self, planned: PlannedTest, size: float, *, guards: bool) -> PlannedTest:
        """The planned test of a goal, asked for a change of that size; a guardrail's as it is."""
        if guards:
            return planned
        alpha = planned_alpha(self.experiment, planned.goal)
        effect = planned.goal.sign * size
        return replace(planned, question="change", effect=effect, alpha=alpha)

    def _bolder(self, row: GoalResult) -> float:
        """The smallest lift of a goal that the units there are find with the planned power."""
        found = self.detectable[row.goal, row.variant]
        return found.lift if found.asks == "change" else nan

    def _sentence(self, claim: str, total: float) -> str:
        """How many more units a claim needs, and how long they take."""
        units, more = self.experiment.names.units, total - self.units
        if more <= 0:
            return ENOUGH.format(claim=claim, total=formatting.about(total), units=units)
        told = MORE.format(claim=claim, more=formatting.about(more), units=units)
        if not self.days:
            return f"{told}."
        wait = formatting.duration(ceil(more / (self.units / self.days)))
        return f"{told}, about {wait}."
