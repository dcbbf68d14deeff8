"""Counts of an arm on a path, and of two goals together, by name: no array passes for another."""

from __future__ import annotations

from numpy.typing import ArrayLike

from abmicro.frozen import frozen
from abmicro.stats.foundations.validation import Floats, demand, whole


@frozen(eq=False)
class NestedCounts:
    """Units of an arm and how many of them came to each step of a path, the macro goal last.

    steps: (..., K + 1) units, units that reached step 1, ..., step K; each at most the one before,
        at least one step. Kept as read-only floats, which hold such counts exactly.

    Raises ValueError for counts that are negative, fractional, NaN or larger than the step before.

    >>> NestedCounts([100_000, 12_000, 2_950]).steps
    array([100000.,  12000.,   2950.])
    >>> NestedCounts([100, 10, 11])
    Traceback (most recent call last):
        ...
    ValueError: steps must not grow from one step to the next, got 11.0
    """

    steps: Floats

    def __init__(self, steps: ArrayLike) -> None:
        counts = whole(steps, "steps")
        if counts.ndim == 0 or counts.shape[-1] < 2:
            raise ValueError(f"steps needs units and at least one step, got shape {counts.shape}")
        grows = counts[..., 1:] > counts[..., :-1]
        demand(~grows, counts[..., 1:], "steps", "must not grow from one step to the next")
        counts.setflags(write=False)
        object.__setattr__(self, "steps", counts)


@frozen(eq=False)
class JointCells:
    """Units of an arm by what they reached of a micro and a macro goal.

    cells: (..., 4) units with both goals, micro only, macro only, neither. Kept as read-only
        floats, which hold such counts exactly.

    Raises ValueError for cells that are negative, fractional, NaN or not four.

    >>> JointCells([420, 3580, 480, 15520]).cells.sum()
    np.float64(20000.0)
    >>> JointCells([100, 10, 1])
    Traceback (most recent call last):
        ...
    ValueError: cells needs n11, n10, n01, n00 along its last axis, got (3,)
    """

    cells: Floats

    def __init__(self, cells: ArrayLike) -> None:
        counts = whole(cells, "cells")
        if counts.ndim == 0 or counts.shape[-1] != 4:
            shape = counts.shape
            raise ValueError(f"cells needs n11, n10, n01, n00 along its last axis, got {shape}")
        counts.setflags(write=False)
        object.__setattr__(self, "cells", counts)
