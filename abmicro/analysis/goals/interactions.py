"""Does the effect of a variant differ between the levels of a segment?

One test per segment, goal and variant instead of one per level; all of them are one family of
discoveries. Only after such a finding do the levels deserve a look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.results import Interaction
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.multiplicity import stepwise
from abmicro.stats.stratified.homogeneity import interaction_test

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.goal_totals import GoalTotals


def interactions(experiment: Experiment, totals: GoalTotals) -> tuple[Interaction, ...]:
    """Every segment x goal x treated variant for goals that are rates, in that order."""
    segments = tuple(totals.segments)
    if not segments or not totals.rates:
        return ()
    p = np.stack([_p_values(totals, at) for at in totals.segments.values()])
    correction = "none" if experiment.analysis.correction == "none" else "bh"
    adjusted = stepwise.adjusted(p.ravel(), correction=correction).reshape(p.shape)
    return tuple(
        Interaction(
            segment=segments[at],
            goal=totals.rates[goal].name,
            variant=experiment.treated[variant].name,
            p_value=float(p[at, goal, variant]),
            adjusted_p_value=float(adjusted[at, goal, variant]),
        )
        for at, goal, variant in np.ndindex(p.shape)
    )


def _p_values(totals: GoalTotals, at: list[int]) -> np.ndarray:
    """P of one odds ratio in all levels of a segment, which stand at `at`: (goals, variants)."""
    reached = totals.reached[:, at].transpose(2, 0, 1)
    units = np.broadcast_to(totals.units[None, :, at], reached.shape)
    treated = Binomial(reached[:, 1:], units[:, 1:])
    control = Binomial(reached[:, :1], units[:, :1])
    return np.asarray(interaction_test(treated, control).p)
