"""Goals that exist in some variants only: their rate, and how many with and without it went on.

Nothing is compared with the control, which has no such goal. Who reaches it chose to, so that the
two shares of the macro goal are those of different people and their difference is no effect.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.place import interval_at
from abmicro.analysis.results import Interval, Uncompared
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.proportions.one_sample import wilson

if TYPE_CHECKING:
    from abmicro.array_types import Integers
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.uncompared_goals import UncomparedGoals


def uncompared(experiment: Experiment, found: UncomparedGoals) -> Iterator[Uncompared]:
    """One row per goal and variant that has it, in the order of the definition."""
    level = experiment.analysis.confidence
    rates = wilson(Binomial(found.reached, found.units[:, None]), level=level)
    for column, goal in enumerate(found.goals):
        cells = found.followed.get(goal.name)
        for arm, variant in enumerate(experiment.variants):
            if variant.name not in goal.only:
                continue
            both, *after = (0, *_unknown(level)) if cells is None else _after(cells[arm], level)
            yield Uncompared(
                goal=goal.name,
                kind=goal.kind.value,
                role=goal.role.value,
                variant=variant.name,
                units=int(found.units[arm]),
                reached=int(found.reached[arm, column]),
                rate=interval_at(rates, (arm, column), level),
                macro="" if cells is None else str(found.macro),
                reached_both=both,
                macro_with=after[0],
                macro_without=after[1],
            )


def _after(cells: Integers, level: float) -> tuple[int, Interval, Interval]:
    """Units with both goals, and shares with the macro among those with the goal and without."""
    both, only, macro, neither = cells.tolist()
    shares = wilson(Binomial([both, macro], [both + only, macro + neither]), level=level)
    return both, interval_at(shares, (0,), level), interval_at(shares, (1,), level)


def _unknown(level: float) -> tuple[Interval, Interval]:
    nothing = Interval(np.nan, np.nan, np.nan, level)
    return nothing, nothing
