"""What every part of a plan looks at: the experiment, its past, the units to come, its goals."""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil, inf, isfinite, isnan
from typing import TYPE_CHECKING

from abmicro.design.allocation import shares
from abmicro.design.planned_test import ROUNDING, PlannedTest
from abmicro.experiment.plan_settings import MOST_WEEKS
from abmicro.frozen import frozen
from abmicro.planning.baselines import Known, known, planned_tests
from abmicro.planning.results import ArmUnits, Size
from abmicro.planning.traffic import WEEK, Inflow, inflow_of

if TYPE_CHECKING:
    from pathlib import Path

    from abmicro.experiment.model import Experiment
    from abmicro.marginals.marginals import Marginals


@frozen
class Outlook:
    """The experiment, what is known before it, and its goals as tests see them, primary first."""

    experiment: Experiment
    past: Known
    inflow: Inflow
    tests: tuple[PlannedTest, ...]

    @property
    def weeks(self) -> int:
        """How long the test may run."""
        return self.experiment.plan.weeks

    @property
    def units(self) -> float:
        """Units in all variants when it ends."""
        return self.units_after(self.weeks)

    @property
    def planned(self) -> tuple[PlannedTest, ...]:
        """Goals with a planned lift; guardrails have none."""
        return tuple(
            test for test in self.tests if test.question == "change" and not isnan(test.effect)
        )

    def units_after(self, weeks: int) -> float:
        """Units in all variants after so many weeks."""
        return self.inflow.units(WEEK * weeks)

    def size(self, total: float) -> Size:
        """So many units in all variants as units of every variant, days, whole weeks and the end.

        Without traffic days and weeks are NaN.
        """
        days = self.inflow.days(total)
        weeks = float(ceil(days / WEEK)) if isfinite(days) else days
        variants = tuple(
            ArmUnits(name, _whole(total * share)) for name, share in shares(self.experiment).items()
        )
        return Size(total, variants, days, weeks, _end(self.experiment.start, weeks))

    def needed(self, test: PlannedTest) -> Size:
        """What the planned lift of a goal takes."""
        return self.size(test.units(test.effect))

    def fits(self, size: Size) -> bool:
        """Whether it is done in the weeks allowed."""
        return size.weeks <= self.weeks


def outlook(experiment: Experiment, past: Marginals | None, folder: Path) -> Outlook:
    """The outlook of a definition, with or without a past; see `plan.plan`."""
    experiment = _scheduled(experiment)
    baselines = known(experiment, past)
    inflow = inflow_of(experiment, past, folder)
    return Outlook(experiment, baselines, inflow, planned_tests(experiment, baselines))


def _scheduled(experiment: Experiment) -> Experiment:
    """With the whole weeks from start to end, where it does not say how long it may run."""
    start, end, planned = experiment.start, experiment.end, experiment.plan
    if start is None or end is None or "weeks" in planned.model_fields_set:
        return experiment
    weeks = min(max((end - start).days // WEEK, 1), MOST_WEEKS)
    return experiment.model_copy(update={"plan": planned.model_copy(update={"weeks": weeks})})


def _whole(units: float) -> float:
    return units if units == inf else float(ceil(units * (1 - ROUNDING)))


def _end(start: date | None, weeks: float) -> str:
    """The first day after so many weeks; empty without a start or beyond the calendar."""
    if start is None or isnan(weeks) or weeks > (date.max - start).days // WEEK:
        return ""
    return (start + timedelta(weeks=weeks)).isoformat()
