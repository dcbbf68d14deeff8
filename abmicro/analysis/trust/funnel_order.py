"""Is the funnel declared in the order in which units walk it?

A unit with a later step counts as having passed the one before. The capture check asks this of
buyers; here it is asked of milestones, where a funnel in the wrong order shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.analysis.results import Check

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.marginals import Marginals

# So many units with a later milestone but without the one before are no lost events.
LACKING = 0.2


def funnel_order(experiment: Experiment, marginals: Marginals) -> Iterator[Check]:
    """A failed check for every milestone that many units with a later milestone lack."""
    funnel, recorded = marginals.funnel, marginals.patterns
    if funnel is None:
        return
    units, names = recorded.by_level[:, 0].sum(axis=0), experiment.names
    reached = [recorded.goals[step] for step in funnel.milestones]
    for at, (mask, later) in enumerate(pairwise(reached)):
        total, lacking = int(units[later].sum()), int(units[later & ~mask].sum())
        if lacking <= LACKING * total:
            continue
        step, following = funnel.steps[at : at + 2]
        yield Check(
            name=f"funnel_order.{step}",
            status="fail",
            figure=lacking / total,
            threshold=LACKING,
            sentence=f"{formatting.count(lacking)} of {formatting.count(total)} "
            f"{names.units} with {names.goal(following)} ({formatting.rate(lacking / total)}) lack "
            f"{names.goal(step)}, the step before.",
            fix=f"Put the steps into the order in which {names.units} reach them, or make {step} "
            'an action (kind = "action") if it is no step on the way.',
        )
