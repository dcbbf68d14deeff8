"""What would settle a goal that is open: units and days, or a bolder change, each with its number.

Every figure comes from the planned test of the goal, so that plan, power section and verdict give
one answer to one question.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, isfinite, nan
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.design.families import planned_alpha

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abmicro.analysis.power.planned_tests import Plans
    from abmicro.analysis.results import Detectable, GoalResult
    from abmicro.design.planned_test import PlannedTest
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.marginals import Marginals


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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
        claim = f"{goal.name} within its margin" if guards else f"a clear change in {goal.name}"
        if size is None:
            what = f"Set goals.{goal.name}.mde to learn how many units {claim} needs."
            return Needed(nan, nan, self._bolder(row), what)
        planned = self.plans[row.goal, row.variant].test
        test = None if planned is None else self._test(planned, size, guards=guards)
        if test is None or not test.is_possible:
            return Needed(size, nan, nan, _unknown(claim))
        units = test.units(test.effect)
        told = _unknown(claim) if not isfinite(units) else self._sentence(claim, test, units)
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

    def _sentence(self, claim: str, test: PlannedTest, total: float) -> str:
        """The units that a claim needs, and how many of them and which days are still to come."""
        power = f"{formatting.level(self.experiment.plan.power)} power"
        if abs(test.alpha - self.experiment.analysis.alpha) > 1e-9:
            power += f" at a level of {formatting.level(test.alpha)}"
        guards = test.question == "noninferiority"
        size = "" if guards else f"at a planned lift of {formatting.percent(test.effect)} and "
        asked = f"{claim}, {size or 'with '}{power}, needs {formatting.count(total)} units in all"
        more = total - self.units
        if more <= 0:
            return f"{asked}, and {formatting.count(self.units)} are in."
        wait = f", about {self._days(total):,.0f} days" if self.days else ""
        return f"{asked}: {formatting.count(more)} more{wait}."


def _unknown(claim: str) -> str:
    return f"The units that {claim} needs cannot be told from these counts."
