"""What capped goals say without their cap, beside the figures with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.goals.metric_kinds import AMOUNTS, MeanFigures
from abmicro.analysis.goals.stratified_metrics import (
    CONTROL,
    TREATED,
    shares_of_strata,
    stacked,
    units_of_strata,
)
from abmicro.analysis.place import interval_at
from abmicro.analysis.results import Uncapped
from abmicro.stats.means.amounts_per_unit import amounts_within
from abmicro.stats.means.welch import Moments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abmicro.array_types import Floats
    from abmicro.marginals.goal_totals import GoalTotals

    Found = dict[tuple[str, tuple[int, int]], Uncapped]


def without_cap(whole: GoalTotals, strata: Sequence[GoalTotals], level: Floats) -> Found:
    """By goal and place (variant, level), at the levels (A, L, M) of the values.

    The declared figures decide; these show how much hangs on the cap.
    """
    goals, *_, caps = whole.uncapped
    if not goals:
        return {}
    parts = strata or (whole,)
    units = units_of_strata(parts)
    totals = stacked(one.uncapped.totals for one in parts)
    squares = stacked(one.uncapped.squares for one in parts)
    each = np.broadcast_to(units, totals.shape)
    treated, control = (
        Moments(each[variant], totals[variant], squares[variant]) for variant in (TREATED, CONTROL)
    )
    found = amounts_within(treated, control, shares_of_strata(units) if strata else np.ones(1))
    plain = MeanFigures(goals, AMOUNTS, found, (np.ones(1), np.ones(1)))
    at_level = level[..., [whole.values.index(goal) for goal in goals]]
    p, (difference, lift) = plain.test().p, plain.intervals(at_level)

    def told(variant: int, segment: int, at: int) -> Uncapped:
        place, share = (variant, segment, at), goals[at].cap
        confidence = float(at_level[place])
        return Uncapped(
            cap=caps[at],
            share=share if isinstance(share, str) else "",
            difference=interval_at(difference, place, confidence),
            lift=interval_at(lift, place, confidence),
            p_value=float(p[place]),
        )

    return {
        (goals[at].name, (variant, segment)): told(variant, segment, at)
        for variant, segment, at in np.ndindex(at_level.shape)
    }
