"""Macro conversions without a record of a milestone on their path: what the tag does not catch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.place import interval_at
from abmicro.analysis.results import Mended
from abmicro.analysis.trust.instrumentation.finding import CAPTURE_FLOOR, Finding
from abmicro.analysis.trust.instrumentation.suspicious_units import (
    Judged,
    Shares,
    Sort,
    check_of,
    judge,
)
from abmicro.stats.quality.capture_rate import CaptureCounts, capture_corrected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.experiment.model import Experiment
    from abmicro.marginals.pattern_counts import PatternCounts

# A milestone that so many buyers lack is not on their path, or is not recorded.
LACKING = 0.05

CAPTURE = Sort(
    name="capture",
    event="{units} with {other} lack {goal}",
    none="Everybody with {other} has {goal}.",
    floor=CAPTURE_FLOOR,
    differs="fail",
    much=LACKING,
    some="warn",
    fixes={
        "warn": "They count as if they had {goal}.",
        "fail": "Either the tag of {goal} loses events: mend it. Or people get to {other} without "
        '{goal}: then they are no step on the way, and kind = "action" in the definition.',
    },
    among="other",
)


def captured(experiment: Experiment, recorded: PatternCounts) -> Iterator[Finding]:
    """One finding per milestone of the funnel."""
    if not recorded.steps:
        return
    names, macro = recorded.milestones, recorded.goals[recorded.steps[-1]]
    lacking = np.stack([macro & ~recorded.goals[name] for name in names], axis=-1)
    of = recorded.by_level @ macro
    judged = judge(Shares(recorded.by_level @ lacking, of[..., None]))
    for at, name in enumerate(names):
        check = check_of(
            experiment, CAPTURE, judged, recorded.levels, at, goal=name, other=recorded.steps[-1]
        )
        marks = judged.marks(at, CAPTURE.floor, "lost_in_control", "lost_in_treated")
        corrected = tuple(_corrected(experiment, recorded, judged, at)) if marks else ()
        yield Finding(check, name, marks, corrected)


def _corrected(
    experiment: Experiment, recorded: PatternCounts, judged: Judged, at: int
) -> Iterator[Mended]:
    """Recorded and corrected lift of a milestone, at the levels whose variants differ.

    Over all units only where no level differs: what buyers lose there is not what others lose.
    """
    name, level = recorded.milestones[at], experiment.analysis.confidence
    micro = recorded.by_level @ recorded.goals[name]
    variants = np.stack(
        [
            recorded.by_level.sum(axis=-1),
            micro,
            judged.shares.of[:, :, at],
            judged.shares.some[:, :, at],
        ],
        axis=-1,
    )
    found = capture_corrected(
        CaptureCounts(variants[1:]),
        CaptureCounts(variants[:1]),
        level=level,
        threshold=experiment.analysis.carry_threshold,
    )
    differs = judged.differs(CAPTURE.floor)[:, :, at]
    differs[:, 0] &= ~differs[:, 1:].any(axis=1)
    for variant, place in np.argwhere(differs).tolist():
        yield Mended(
            fault="capture",
            variant=experiment.treated[variant].name,
            goal=name,
            segment=recorded.levels[place],
            recorded=interval_at(found.recorded.lift, (variant, place), level),
            mended=interval_at(found.corrected.lift, (variant, place), level),
            label=str(found.label[variant, place]),
        )
