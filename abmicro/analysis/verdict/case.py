"""What is known about one variant when it is judged, and how its goals stand at its stage."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np

from abmicro.design.families import macro_that_ships
from abmicro.experiment.model import GoalKind, GoalRole
from abmicro.frozen import frozen
from abmicro.stats.verdict import (
    BETTER,
    NO_MACRO,
    NOT_ASKED,
    OPEN,
    WORSE,
    Gates,
    best_end,
    early_guard_state,
    early_state,
    gain_lost,
    lies_inside,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import ArrayLike, NDArray

    from abmicro.analysis.results import CarryThrough, Check, GoalResult, MacroWithHistory, Trend
    from abmicro.analysis.verdict.horizon import Horizon
    from abmicro.analysis.verdict.needs import Resources
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.experiment.naming.names import Names

# One-sided level of harm before the end, shared by the variants: 28 daily looks then err in 0.6 %.
EARLY_HARM = 0.001
GUARDS = {"held": BETTER, "unclear": OPEN, "harmed": WORSE}


@frozen
class Case:
    """A treated variant before its judge.

    goals: its rows over all units. carry: the pair of the primary goal and the macro that ships,
    where there is one. horizon: how far the test has come. resources: what it could find so far.
    trends: of the goals over the weeks of entry. standing: where looks have judged the goals, the
    states they left, by goal; None without looks. past: its macro lift with past tests.
    """

    experiment: Experiment
    variant: str
    checks: tuple[Check, ...]
    goals: tuple[GoalResult, ...]
    carry: CarryThrough | None
    horizon: Horizon
    resources: Resources
    trends: tuple[Trend, ...] = ()
    standing: Mapping[str, int] | None = None
    past: MacroWithHistory | None = None

    @property
    def likely(self) -> int:
        """Whether past tests and this one together make a gain of the macro goal likely enough.

        NOT_ASKED where the decision rests on this test alone. Asked at the end only.
        """
        asked = self.experiment.decision
        if asked.require != "likely":
            return NOT_ASKED
        if self.past is None or self.horizon.stage != "end":
            return OPEN
        up = self.past.best.probability_up
        rises = self.experiment.goal(self.past.macro).sign > 0
        return BETTER if (up if rises else 1 - up) >= asked.likely else OPEN

    @property
    def names(self) -> Names:
        """What people read in place of the names of goals and variants."""
        return self.experiment.names

    @property
    def alpha(self) -> float:
        """The two-sided level of the analysis."""
        return self.experiment.analysis.alpha

    @property
    def before(self) -> bool:
        """Whether the end is still to come."""
        return self.horizon.stage == "before"

    @property
    def early_harm(self) -> float:
        """The one-sided level of harm before the end."""
        return early_harm(self.experiment)

    @property
    def primary(self) -> GoalResult:
        """The goal the decision turns on."""
        return next(row for row in self.goals if row.role == GoalRole.PRIMARY)

    @property
    def macro(self) -> GoalResult | None:
        """The macro goal that must follow; None where the primary goal is one, or there is none."""
        ships = macro_that_ships(self.experiment)
        return next((row for row in self.goals if ships and row.goal == ships.name), None)

    @property
    def others(self) -> tuple[GoalResult, ...]:
        """The other macro goals without a margin; they can only do harm."""
        apart = self.primary, self.macro
        macros = (row for row in self.goals if row.kind == GoalKind.MACRO and row not in apart)
        return tuple(row for row in macros if row.noninferiority is None)

    @property
    def macros(self) -> tuple[GoalResult, ...]:
        """Every macro goal that decides beside the primary goal, the one that must follow first."""
        return (*([self.macro] if self.macro else []), *self.others)

    @property
    def guardrails(self) -> tuple[GoalResult, ...]:
        """Goals with a margin."""
        return tuple(row for row in self.goals if row.noninferiority is not None)

    def state(self, row: GoalResult) -> int:
        """BETTER, WORSE or OPEN.

        Before the end only harm is asked for, at a level of its own, and of goals without a margin.
        """
        if self.standing is not None:
            return self.standing.get(row.goal, OPEN)
        if self.before and row.noninferiority is not None:
            return OPEN
        if self.before:
            estimate = row.difference.estimate
            return int(early_state(row.p_value, estimate, row.sign, alpha=self.early_harm))
        return row.is_better(self.alpha) - row.is_worse(self.alpha)

    def guard_state(self, row: GoalResult) -> int:
        """Whether a guardrail is held, open or harmed."""
        guard = row.noninferiority
        if guard is None:
            return BETTER
        if self.standing is not None:
            return self.standing.get(f"margin of {row.goal}", OPEN)
        if self.before:
            return int(early_guard_state(guard.p_value, alpha=self.early_harm))
        return GUARDS[guard.status]

    @property
    def inside(self) -> bool:
        """Whether every lift of the primary goal that fits the data is too small to be worth it."""
        lift = self.primary.lift
        return bool(lies_inside(lift.low, lift.high, self.experiment.primary.mde))

    @property
    def worthwhile(self) -> float:
        """The smallest lift of the macro goal that is worth having; NaN where none is."""
        if self.macro is None:
            return nan
        goal = self.experiment.goal(self.macro.goal)
        return float(worthwhile(self.experiment, goal, self.carry.dilution if self.carry else nan))

    @property
    def lost(self) -> bool:
        """Whether the gain did not arrive, and a macro gain worth having is ruled out."""
        carry, macro = self.carry, self.macro
        if carry is None or macro is None:
            return False
        most = best_end(macro.lift.low, macro.lift.high, macro.sign)
        return bool(gain_lost(carry.label, most, carry.sign, worthwhile=self.worthwhile))

    @property
    def fading(self) -> tuple[Trend, ...]:
        """Primary goal and macro, where the last weeks of entry no longer show a gain.

        What new units get is the lift of the last weeks.
        """
        judged = {row.goal: row.sign for row in (self.primary, self.macro) if row is not None}
        return tuple(
            trend
            for trend in self.trends
            if trend.goal in judged
            and trend.adjusted_p_value < self.alpha
            and not _gains(trend, judged[trend.goal])
        )


def early_harm(experiment: Experiment) -> float:
    """The one-sided level of harm before the end, of each treated variant."""
    return EARLY_HARM / len(experiment.treated)


def worthwhile(experiment: Experiment, macro: Goal, dilution: ArrayLike) -> NDArray[np.float64]:
    """The smallest lift of the macro goal that is worth having, unsigned; NaN where none is.

    Its own, else its margin, else what the smallest share that counts as carried would bring of the
    smallest lift of the primary goal. dilution: the part of that which the macro goal can show.
    """
    if own := macro.mde or macro.margin:
        return np.asarray(own)
    mde = experiment.primary.mde
    least = nan if mde is None else experiment.analysis.carry_threshold * mde
    return np.abs(least * np.asarray(dilution, dtype=np.float64))


def _gains(trend: Trend, sign: int) -> bool:
    """Whether the last weeks show a gain."""
    return trend.last_lift.low > 0 if sign > 0 else trend.last_lift.high < 0


def gates(cases: tuple[Case, ...]) -> Gates:
    """The states of all variants, one place each."""

    def of(state: Callable[[Case], int]) -> NDArray[np.int8]:
        return np.array([state(case) for case in cases], dtype=np.int8)

    return Gates(
        trusted=of(lambda case: not any(check.distrusts for check in case.checks)),
        ended=of(lambda case: not case.before),
        primary=of(lambda case: case.state(case.primary)),
        inside=of(lambda case: case.inside),
        macro=of(lambda case: NO_MACRO if case.macro is None else case.state(case.macro)),
        others=of(lambda case: min((case.state(row) for row in case.others), default=OPEN)),
        guardrails=of(
            lambda case: min((case.guard_state(row) for row in case.guardrails), default=BETTER)
        ),
        lost=of(lambda case: case.lost),
        fading=of(lambda case: bool(case.fading)),
        required=of(lambda case: case.experiment.decision.require == "macro_up"),
        likely=of(lambda case: case.likely),
    )
