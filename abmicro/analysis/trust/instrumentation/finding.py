"""A check of one fault, with the lifts that would remain without it."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Literal

from abmicro.analysis.place import interval_at
from abmicro.analysis.results import Check, Mended
from abmicro.frozen import frozen
from abmicro.stats.carry_through import pass_through
from abmicro.stats.foundations.cells import JointCells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.array_types import Integers
    from abmicro.experiment.model import Experiment


Mark = Literal[
    "lost_in_control",
    "lost_in_treated",
    "over_firing",
    "bots",
    "dwell",
    "gap_in_control",
    "gap_in_treated",
    "lost_tag",
]

# Level of the checks of recording, over all tests of one sort (Holm).
ALPHA = 0.01
# Differences in capture of less than a point, and losses of less than two percent of the events,
# bend no conclusion, however significant they are at a huge n.
CAPTURE_FLOOR = 0.01
EVENTS_FLOOR = 0.02


@frozen
class Finding:
    """What one check found; what the lift would be without the fault, where it found one.

    goal: the goal it is about, or empty. marks: what sets a treated variant, by its position, apart
    from the control.
    """

    check: Check
    goal: str = ""
    marks: tuple[tuple[int, Mark], ...] = ()
    mended: tuple[Mended, ...] = ()


def nothing_yet(name: str, why: str, threshold: float = nan) -> Check:
    """A check that waits for something to look at: skipped, with the reason."""
    return Check(name, "skipped", nan, threshold, f"Nothing to check yet: {why}.")


def without(
    experiment: Experiment, fault: str, goal: str, before: Integers, after: Integers
) -> Iterator[Mended]:
    """Lift and label of a micro goal with the fault and without it, for every treated variant.

    before, after: (V, 4) joint cells of goal and macro.
    """
    level = experiment.analysis.confidence
    recorded, mended = (
        pass_through.joint(
            JointCells(cells[1:]),
            JointCells(cells[:1]),
            level=level,
            threshold=experiment.analysis.carry_threshold,
        )
        for cells in (before, after)
    )
    for at, variant in enumerate(experiment.treated):
        yield Mended(
            fault=fault,
            variant=variant.name,
            goal=goal,
            segment=None,
            recorded=interval_at(recorded.micro.lift, (at,), level),
            mended=interval_at(mended.micro.lift, (at,), level),
            label=str(mended.label[at]),
        )
