"""The steps at which a micro gain got lost, by name, where that is clear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abmicro.stats.carry_through.leak import leaks
from abmicro.stats.carry_through.pass_through import PassThrough, path_strata
from abmicro.stats.foundations.cells import NestedCounts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.array_types import Floats
    from abmicro.marginals.goal_pairs import GoalPairs

    Names = dict[tuple[int, int], tuple[str, ...]]

LOST = ("partly_carried", "not_fully_carried", "not_carried", "contradicted")


def leaking(pairs: GoalPairs, found: PassThrough, alpha: float) -> Names:
    """By variant and micro goal the leaking steps after it, where part of a gain did not arrive.

    The steps of the funnel are compared within the strata of the pairs. Holm's correction runs over
    the steps after each micro goal.
    """
    if pairs.path is None:
        return {}
    labels = found.label.tolist()
    places = [
        (variant, at)
        for variant, row in enumerate(labels)
        for at, label in enumerate(row)
        if label.removeprefix("loss_") in LOST
    ]
    if not places:
        return {}
    lift, se = _onward(pairs.path)
    steps = np.array([*(goal.name for goal in pairs.micros), pairs.macro.name])
    named: Names = {}
    for variant, at in places:
        loss = bool(found.micro.estimate[variant, at] < 0)
        adjusted = leaks(lift[variant, at:], se[variant, at:], loss=loss)
        named[variant, at] = tuple(steps[at + 1 :][adjusted < alpha].tolist())
    return named


def _onward(path: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Log lift and standard error (A, G) of the share that goes from each milestone to the next."""
    reached = np.concatenate([path[..., 1], path[:, -1:, :, 2]], axis=1)
    units = np.broadcast_to(path[:, :1, :, 0], reached[:, 1:].shape)
    steps = np.stack([units, reached[:, :-1], reached[:, 1:]], axis=-1)
    found = path_strata(NestedCounts(steps[1:]), NestedCounts(steps[:1]))
    lift = found.macro.estimate - found.micro.estimate
    noise = (np.nan_to_num(goal.se) ** 2 for goal in (found.macro, found.micro))
    variance = sum(noise) - 2 * found.covariance
    return lift, np.sqrt(np.where(variance > 0, variance, np.nan))
