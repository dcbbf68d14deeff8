"""What one log tells of its goals: rates, how they go together, and the noise of their lifts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.trust.instrumentation.capture_rate import LACKING
from abmicro.analysis.trust.instrumentation.firing import fired_twice
from abmicro.errors import CountsError, DefinitionError, Problem
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from abmicro.array_types import Bools, Floats
    from abmicro.counts import Histograms
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.marginals.marginals import Marginals


HOURS_OF_A_WEEK = 168


@frozen(eq=False)
class GoalLog:
    """Goals of one log, the steps of the path first and the last of them the macro goal.

    units: (K,) by pattern of goals. closed: (G, K) patterns that have passed each goal, a step also
    where a later one was reached; recorded: (G, K) as it was written down.
    lacking: (G,) share of macro units without a record of what was defined as a step; 0 of others.
        A step that too many lack is beside the path here.
    twice: (G,) share of the units of a goal that fired one twice within two seconds; 0 where no
        histograms tell.
    late: (G,) share of conversions to come when the planned weeks of entry are over; 0 where no
        histograms tell.
    """

    goals: tuple[Goal, ...]
    steps: int
    lacking: Floats
    twice: Floats
    late: Floats
    units: Floats
    closed: Bools
    recorded: Bools

    @property
    def macro(self) -> int:
        """The place of the macro goal."""
        return self.steps - 1

    @property
    def rates(self) -> Floats:
        """Share of units that passed each goal, (G,)."""
        return np.asarray(self.closed @ self.units / self.units.sum())

    @property
    def cells(self) -> Floats:
        """Units with both the goal and the macro, goal only, macro only, neither: (G, 4)."""
        with_macro = self.recorded[self.macro]
        has = self.recorded
        parts = (has & with_macro, has & ~with_macro, ~has & with_macro, ~has & ~with_macro)
        return np.stack([part @ self.units for part in parts], axis=-1)

    def joint(self) -> Floats:
        """Share of units that passed each two goals, (G, G)."""
        weighted = self.closed * (self.units / self.units.sum())
        return np.asarray(weighted @ self.closed.T.astype(np.float64))

    def noise(self, units_per_arm: float) -> Floats:
        """Covariance of the estimated log lifts in a test of so many units per arm, (G, G).

        It is infinite for a goal that nobody passed.
        """
        rates = self.rates
        with np.errstate(divide="ignore", invalid="ignore"):
            shared = self.joint() / (rates[:, None] * rates) - 1
        return np.asarray(2 / units_per_arm * shared)

    def phi(self) -> Floats:
        """Correlation of each two goals over units, (G, G); NaN where a goal does not vary."""
        rates = self.rates
        spread = np.sqrt(rates * (1 - rates))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((self.joint() - rates[:, None] * rates) / (spread[:, None] * spread))


def goal_log(
    experiment: Experiment,
    marginals: Marginals,
    histograms: Histograms | None,
    *,
    control_only: bool,
) -> GoalLog:
    """The goals of an experiment over the units of all variants, or of the control.

    Raises DefinitionError where no macro goal is among goals that units reach, CountsError where
    nobody reached it.
    """
    patterns = marginals.patterns
    if patterns.macro is None:
        what = "no macro goal that units reach is known together with the other goals"
        hint = 'name what pays, e.g. goals.order = { kind = "macro" }, and collect it with the rest'
        raise DefinitionError(Problem("goals", what, "E630", hint))
    variants = slice(0, 1) if control_only else slice(None)
    units = patterns.by_level[variants, 0].sum(axis=0).astype(np.float64)
    bought = patterns.goals[patterns.macro]
    if not bought @ units:
        hint = "collect a longer time, or name a macro goal that more units reach"
        what = "nobody reached it, so no goal can be said to lead there"
        raise CountsError(Problem(f"goals.{patterns.macro}", what, "E631", hint))
    lacking = {
        name: float((bought & ~patterns.goals[name]) @ units / (bought @ units))
        for name in patterns.milestones
    }
    path = (*(name for name, share in lacking.items() if share <= LACKING), patterns.macro)
    names = (*path, *(name for name in patterns.goals if name not in path))
    twice = fired_twice(histograms, variants)
    hours = experiment.plan.weeks * HOURS_OF_A_WEEK
    recorded = np.stack([patterns.goals[name] for name in names])
    passed = np.logical_or.accumulate(recorded[len(path) - 1 :: -1])[::-1]
    return GoalLog(
        goals=tuple(experiment.goal(name) for name in names),
        steps=len(path),
        lacking=np.array([lacking.get(name, 0.0) for name in names]),
        twice=np.array([twice.get(name, 0.0) for name in names]),
        late=np.array([_late(histograms, name, variants, hours) for name in names]),
        units=units,
        closed=np.concatenate([passed, recorded[len(path) :]]),
        recorded=recorded,
    )


def _late(histograms: Histograms | None, goal: str, variants: slice, hours: float) -> float:
    """Share of a goal's conversions that are to come when units have entered evenly for `hours`."""
    if histograms is None or goal not in histograms.goals:
        return 0.0
    lags, units, _ = histograms.of("mature_lag", goal)
    reached = units[variants].sum(axis=0)
    return float(reached @ np.minimum(lags / hours, 1) / reached.sum()) if reached.any() else 0.0


def place_of(log: GoalLog, acts: str | None) -> int | None:
    """The place on the path of the step where changes act; DefinitionError for another name."""
    steps: Mapping[str, int] = {goal.name: at for at, goal in enumerate(log.goals[: log.steps])}
    if acts is None:
        return None
    if acts not in steps:
        hint = f"steps of the path: {', '.join(steps)}"
        raise DefinitionError(Problem("acts", f"{acts!r} is no step of the path", "E629", hint))
    return steps[acts]
