"""Beside the totals of a goal: its amounts without the cap, and its value from before."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abmicro.errors import CountsError, Problem, suggest
from abmicro.experiment.file.toml_text import dotted

if TYPE_CHECKING:
    from abmicro.array_types import Bools, Floats
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Goal


ENOUGH_FOR_PAST = 20
"""Units of each arm that reach a rate before it is judged less what its past predicts."""


class RatioTotals(NamedTuple):
    """Totals over units of y, of what it is set against, x, and of their squares and products.

    Units are those of the variant and level.
    """

    y: Floats
    x: Floats
    y_squares: Floats
    x_squares: Floats
    products: Floats


def two_measures(counts: JointCounts, one: str, other: str) -> RatioTotals:
    """Two measures, by variant and segment cell: (V, S) each."""
    y, x = _place(counts, one), _place(counts, other)
    sums, products = counts.sums.sum(axis=(2, 3)), counts.products.sum(axis=(2, 3))
    return RatioTotals(
        sums[..., y], sums[..., x], products[..., y, y], products[..., x, x], products[..., y, x]
    )


def rate_and_past(counts: JointCounts, goal: Goal, reached: Bools) -> RatioTotals:
    """A rate as an amount of 0 and 1, with its value from before: (V, S) each."""
    x = _place(counts, goal.past)
    units, sums = counts.units.astype(np.float64), counts.sums[..., x]
    y = units[..., reached].sum(axis=(2, 3))
    squares = counts.products[..., x, x].sum(axis=(2, 3))
    products = sums[..., reached].sum(axis=(2, 3))
    return RatioTotals(y, sums.sum(axis=(2, 3)), y, squares, products)


def check_cap(counts: JointCounts, goal: Goal) -> None:
    """Raise CountsError where the table caps a goal otherwise than the definition says."""
    caps = dict(counts.caps)
    said = "has no cap" if goal.cap is None else f"is capped at {_told(goal.cap)}"
    if (goal.name in caps) != (goal.cap is not None):
        there = "capped" if goal.name in caps else "not capped"
        what = f"{said} in the definition, and in the joint table it is {there}"
    elif isinstance(goal.cap, float) and caps[goal.name] != goal.cap:
        what = f"{said} in the definition, and at {_told(caps[goal.name])} in the joint table"
    else:
        return
    hint = "collect the data anew, or say in the definition what was collected"
    raise CountsError(Problem(dotted("goals", goal.name, "cap"), what, "E319", hint))


def _told(cap: float | str | None) -> str:
    return f"{cap:,.10g}" if isinstance(cap, float) else str(cap)


def _place(counts: JointCounts, label: str) -> int:
    if label not in counts.measures:
        hint = suggest(label, counts.measures)
        raise CountsError(
            Problem(dotted("goals", label), "is not in the joint table", "E401", hint)
        )
    return counts.measures.index(label)
