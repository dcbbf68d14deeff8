"""The joint table added up: units and goals of every arm, over all units and per segment level.

This is the one place where labels of goals turn into masks over patterns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from abmicro.analysis.results import Absent, Level
from abmicro.experiment.expression import parse_expression

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment, Goal

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Truths = NDArray[np.bool_]

Number = TypeVar("Number", np.int64, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Totals per arm (V) and level (L); the first level, None, is all units.

    units: (V, L). rates: G goals; reached: (V, L, G).
    values: M goals; totals and squares: (V, L, M).
    absent: goals that the table cannot tell, with the reason.
    """

    levels: tuple[Level | None, ...]
    units: Integers
    rates: tuple[Goal, ...]
    reached: Integers
    values: tuple[Goal, ...]
    totals: Floats
    squares: Floats
    absent: tuple[Absent, ...]


def tally(experiment: Experiment, counts: JointCounts) -> Tally:
    """Add up the joint table of `experiment` for every goal, arm and segment level."""
    labels, masks = counts.levels()
    cells = np.concatenate([np.ones((1, masks.shape[1]), dtype=bool), masks]).astype(np.int64)
    absent = tuple(_unknown(goal, counts) for goal in experiment.goals if _misses(goal, counts))
    told = {panel.panel for panel in absent}
    known = [goal for goal in experiment.goals if f"goals.{goal.name}" not in told]
    rates = tuple(goal for goal in known if not goal.is_value)
    values = tuple(goal for goal in known if goal.is_value)
    reached = [_by_level(_reached(goal, counts), cells) for goal in rates]
    moments = [counts.moments(goal.name) for goal in values]
    totals = [_by_level(total.sum(axis=2), cells) for _, total, _ in moments]
    squares = [_by_level(square.sum(axis=2), cells) for *_, square in moments]
    units = _by_level(counts.units.sum(axis=(2, 3)), cells)
    return Tally(
        levels=(None, *(Level(name, level) for name, level in labels)),
        units=units,
        rates=rates,
        reached=_stacked(reached, units, np.int64),
        values=values,
        totals=_stacked(totals, units, np.float64),
        squares=_stacked(squares, units, np.float64),
        absent=absent,
    )


def truth(goal: Goal, counts: JointCounts) -> Truths:
    """Which patterns of the joint table have reached the goal: bool (K,).

    A derived goal is worked out from the goals it names; CountsError where one is not in the table.
    """
    if goal.when is None:
        return counts.truth(goal.name)
    return np.broadcast_to(parse_expression(goal.when).truth(counts.truth), len(counts.patterns))


def _reached(goal: Goal, counts: JointCounts) -> Integers:
    """Units that reached the goal, by arm and segment cell: (V, S)."""
    if goal.name in counts.apart.names:
        return np.asarray(counts.reached(goal.name).sum(axis=2))
    return np.asarray(counts.units[..., truth(goal, counts)].sum(axis=(2, 3)))


def _misses(goal: Goal, counts: JointCounts) -> bool:
    return any(name in counts.apart.names for name in _named(goal))


def _named(goal: Goal) -> tuple[str, ...]:
    return () if goal.when is None else tuple(parse_expression(goal.when).names)


def _unknown(goal: Goal, counts: JointCounts) -> Absent:
    apart = ", ".join(name for name in _named(goal) if name in counts.apart.names)
    return Absent(
        f"goals.{goal.name}",
        f"{goal.name} combines goals, but counts by goal do not say which units reached {apart} "
        "together with the others; collect it from events or units instead.",
    )


def _by_level(by_cell: NDArray[Number], cells: Integers) -> NDArray[Number]:
    """Sums over the segment cells of each level: (V, S) and (L, S) to (V, L)."""
    return np.asarray(by_cell @ cells.T, dtype=by_cell.dtype)


def _stacked(
    columns: list[NDArray[Number]], units: Integers, kind: type[Number]
) -> NDArray[Number]:
    if not columns:
        return np.zeros((*units.shape, 0), dtype=kind)
    return np.stack(columns, axis=-1)
