"""Do goals that exist in some variants only fire there, and nowhere else?

Units that saw two variants and are kept under their first may well have them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from abmicro import formatting
from abmicro.analysis.results import Check, Status
from abmicro.analysis.trust.instrumentation.finding import EVENTS_FLOOR, nothing_yet

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.uncompared_goals import UncomparedGoals

FIX = {
    "pass": "",
    "warn": "People of other variants have seen it, or the tag fires without it; look at the tag.",
    "fail": "Find out which variant these people saw: a broken assignment, a cached page, or a "
    "name that something else in the other variants bears, too.",
}
SILENT = "Compare the event name or column in the definition with the data, and the tag."


def only_there(experiment: Experiment, found: UncomparedGoals) -> Iterator[Check]:
    """One check per goal."""
    names = experiment.names
    for column, goal in enumerate(found.goals):
        name, head = f"only.{goal.name}", names.head(goal.name)
        has = np.array([variant.name in goal.only for variant in experiment.variants])
        inside = int(found.reached[has, column].sum())
        outside = int((found.reached - found.crossed)[~has, column].sum())
        where = " and ".join(map(names.variant, goal.only))
        if not found.units[has].any():
            yield nothing_yet(name, f"nobody of {where} is judged", EVENTS_FLOOR)
        elif not inside + outside:
            told = f"{head}: none in {where}, where alone they exist."
            yield Check(name, "warn", 0.0, EVENTS_FLOOR, told, SILENT)
        else:
            share = outside / (inside + outside)
            status: Status = "fail" if share >= EVENTS_FLOOR else "warn" if outside else "pass"
            told = (
                f"{formatting.count(outside)} of {formatting.count(inside + outside)} "
                f"{names.units} with {names.goal(goal.name)} are in other variants than {where}, "
                "where alone they exist."
                if outside
                else f"{head}: in {where} only."
            )
            yield Check(name, status, share, EVENTS_FLOOR, told, FIX[status])
