"""The funnel read off the joint table: nested counts, and conversions that break the nesting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.results import Absent
from abmicro.analysis.tally import truth
from abmicro.experiment.model import ordered_step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment

    Integers = NDArray[np.int64]
    Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A funnel of K steps, the macro goal last, in V arms.

    reached: (V, K + 1), units and then the units that reached each step *or a later one*: a unit
    with the macro goal has passed the steps before it, recorded or not.
    macro: (V,) units with the macro goal. lacking: (V, K - 1), those of them without a record of
    the milestone; the capture check judges them before anyone relies on `reached`.
    """

    steps: tuple[str, ...]
    reached: Integers
    macro: Integers
    lacking: Integers

    @property
    def milestones(self) -> tuple[str, ...]:
        """All steps but the last."""
        return self.steps[:-1]


def path(experiment: Experiment, counts: JointCounts) -> Path | Absent:
    """The funnel of the experiment, or why there is none."""
    steps = experiment.funnel.steps
    if not experiment.macros:
        return Absent("carry_through", "no macro goal is defined, so there is nothing to reach")
    if len(steps) < 2:
        return Absent("carry_through", "no milestone leads to the macro goal; name one in [funnel]")
    apart = [step for step in steps if step in counts.apart.names]
    if apart:
        reason = f"the counts do not say which units reached {', '.join(apart)} and a later step"
        return Absent("carry_through", reason)
    raw = np.stack([truth(experiment.goal(step), counts) for step in steps])
    told = _in_order(experiment, counts, raw)
    later = np.logical_or.accumulate(told[::-1], axis=0)[::-1]
    units = counts.units.sum(axis=(1, 2))
    reached = np.concatenate([units.sum(axis=-1, keepdims=True), units @ later.T], axis=-1)
    return Path(
        steps=steps,
        reached=reached,
        macro=units @ raw[-1],
        lacking=units @ (raw[-1] & ~raw[:-1]).T,
    )


def _in_order(experiment: Experiment, counts: JointCounts, raw: Truths) -> Truths:
    """Under `order = "strict"`, steps that were reached at or after the step before."""
    if experiment.funnel.order != "strict":
        return raw
    labels = [ordered_step(step) for step in experiment.funnel.steps[1:]]
    if not set(labels) <= set(counts.goals):
        return raw
    return np.stack([raw[0], *(counts.truth(label) for label in labels)])
