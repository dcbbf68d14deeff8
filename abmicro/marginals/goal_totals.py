"""The joint table added up: units and goals of every variant, over all units and per segment level.

This is the one place where labels of goals turn into masks over patterns.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from abmicro.frozen import frozen
from abmicro.marginals.amount_parts import (
    RatioTotals,
    check_cap,
    rate_and_past,
    two_measures,
)
from abmicro.marginals.segment_levels import places_by_segment, segment_levels

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from abmicro.array_types import Bools, Floats, Integers
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.marginals.segment_levels import EachCell, Level, Levels


Number = TypeVar("Number", np.int64, np.float64)


class WholeAmounts(NamedTuple):
    """Amounts without their cap: C goals; totals and squares: (V, L, C); caps: what was the most.

    A cap is None where no amount was positive.
    """

    goals: tuple[Goal, ...]
    totals: Floats
    squares: Floats
    caps: tuple[float | None, ...]


@frozen(eq=False)
class GoalTotals:
    """Totals per variant (V) and level (L); the first level, None, is all units.

    units: (V, L). rates: G goals; reached: (V, L, G).
    values: M goals; totals and squares: (V, L, M); spenders: units among which all of a value lies.
    ratios: R goals per session or event; pairs: what is counted and what it is set against, per
        unit: (V, L, R).
    uncapped: the values of goals with a cap without it.
    rate_pasts, value_pasts: rates, as amounts of 0 and 1, and values beside their values from
        before, (V, L, G) and (V, L, M); None where no goal has one.
    """

    levels: tuple[Level | None, ...]
    units: Integers
    rates: tuple[Goal, ...]
    reached: Integers
    values: tuple[Goal, ...]
    totals: Floats
    squares: Floats
    spenders: Integers
    ratios: tuple[Goal, ...]
    pairs: RatioTotals
    uncapped: WholeAmounts
    rate_pasts: RatioTotals | None = None
    value_pasts: RatioTotals | None = None

    @property
    def segments(self) -> dict[str, list[int]]:
        """Where on the level axis the levels of each segment stand."""
        return places_by_segment(self.levels)

    def between(self, control: int, treated: int) -> GoalTotals:
        """The totals of two variants over all units, the one taking the place of the control."""
        at = np.s_[[control, treated], :1]

        def two(totals: RatioTotals) -> RatioTotals:
            return RatioTotals(*(part[at] for part in totals))

        return replace(
            self,
            levels=self.levels[:1],
            units=self.units[at],
            reached=self.reached[at],
            totals=self.totals[at],
            squares=self.squares[at],
            spenders=self.spenders[at],
            pairs=two(self.pairs),
            rate_pasts=self.rate_pasts and two(self.rate_pasts),
            value_pasts=self.value_pasts and two(self.value_pasts),
        )


def goal_totals(
    experiment: Experiment, counts: JointCounts, by: EachCell | None = None
) -> GoalTotals:
    """Add up the joint table of `experiment` for every goal, variant and segment level.

    by: every cell by itself instead, where cells are tests of their own.
    """
    levels = segment_levels(counts) if by is None else by
    rates = tuple(goal for goal in experiment.compared if goal.is_rate)
    values = tuple(goal for goal in experiment.compared if goal.is_value and not goal.is_ratio)
    ratios = tuple(goal for goal in experiment.compared if goal.is_ratio)
    for goal in values:
        check_cap(counts, goal)
    reached = [levels.total(_reached(experiment, goal, counts)) for goal in rates]
    spenders = [levels.total(_spenders(experiment, goal, counts)) for goal in values]
    units = levels.total(counts.units.sum(axis=(2, 3)))
    totals, squares = _amounts([goal.name for goal in values], counts, levels, units)
    pairs = [
        [levels.total(part) for part in two_measures(counts, goal.name, goal.base)]
        for goal in ratios
    ]
    return GoalTotals(
        levels=levels.labels,
        units=units,
        rates=rates,
        reached=_stacked(reached, units, np.int64),
        values=values,
        totals=totals,
        squares=squares,
        spenders=_stacked(spenders, units, np.int64),
        ratios=ratios,
        pairs=_ratio_totals(pairs, units),
        uncapped=_whole_amounts(values, counts, levels, units),
        rate_pasts=_pasts(
            rates,
            lambda goal: rate_and_past(
                counts, goal, patterns_reaching(experiment, goal.name, counts)
            ),
            levels,
            units,
        ),
        value_pasts=_pasts(
            values, lambda goal: two_measures(counts, goal.name, goal.past), levels, units
        ),
    )


def patterns_reaching(experiment: Experiment, name: str, counts: JointCounts) -> Bools:
    """Which patterns of the joint table have reached the goal of that name: bool (K,).

    A derived goal is worked out from the goals it names; CountsError where one is not in the table.
    """
    expression = experiment.goal(name).expression
    if expression is None:
        return counts.truth(name)
    known = expression.truth(lambda other: patterns_reaching(experiment, other, counts))
    return np.broadcast_to(known, len(counts.patterns))


def _reached(experiment: Experiment, goal: Goal, counts: JointCounts) -> Integers:
    """Units that reached the goal, by variant and segment cell: (V, S)."""
    if goal.name in counts.apart.names:
        return np.asarray(counts.reached(goal.name).sum(axis=2))
    reached = patterns_reaching(experiment, goal.name, counts)
    return np.asarray(counts.units[..., reached].sum(axis=(2, 3)))


def _whole_amounts(
    values: tuple[Goal, ...], counts: JointCounts, levels: Levels, units: Integers
) -> WholeAmounts:
    goals = tuple(goal for goal in values if goal.cap is not None)
    caps = dict(counts.caps)
    amounts = _amounts([goal.uncapped for goal in goals], counts, levels, units)
    return WholeAmounts(goals, *amounts, tuple(caps[goal.name] for goal in goals))


def _amounts(
    names: Sequence[str], counts: JointCounts, levels: Levels, units: Integers
) -> tuple[Floats, Floats]:
    """Totals of values and of their squares: (V, L, names) each."""
    moments = [counts.moments(name) for name in names]
    totals = [levels.total(total.sum(axis=2)) for _, total, _ in moments]
    squares = [levels.total(square.sum(axis=2)) for *_, square in moments]
    return _stacked(totals, units, np.float64), _stacked(squares, units, np.float64)


def _pasts(
    goals: tuple[Goal, ...],
    of_goal: Callable[[Goal], RatioTotals],
    levels: Levels,
    units: Integers,
) -> RatioTotals | None:
    """Goals beside their values from before, zeros for one without; None where none has one."""
    if all(goal.before is None for goal in goals):
        return None
    nothing = [np.zeros(units.shape)] * 5
    pairs = (
        nothing if goal.before is None else [levels.total(part) for part in of_goal(goal)]
        for goal in goals
    )
    return _ratio_totals([*pairs], units)


def _ratio_totals(pairs: Sequence[Sequence[Floats]], units: Integers) -> RatioTotals:
    return RatioTotals(
        *(_stacked([pair[part] for pair in pairs], units, np.float64) for part in range(5))
    )


def _spenders(experiment: Experiment, goal: Goal, counts: JointCounts) -> Integers:
    """Units that reached the rarest goal without which the value is zero, or all: (V, S).

    For revenue that is the purchase; its rate and its mean value each have a distribution.
    """
    masks = [np.ones(len(counts.patterns), dtype=bool)]
    if goal.name in counts.measures:
        place = counts.measures.index(goal.name)
        spent = counts.products[..., place, place].any(axis=(0, 1, 2))
        rates = (other.name for other in experiment.compared if other.is_rate)
        names = (name for name in rates if name not in counts.apart.names)
        reached = (patterns_reaching(experiment, name, counts) for name in names)
        masks = [*(mask for mask in reached if (mask | ~spent).all()), *masks]
    rarest = min(masks, key=lambda mask: int(counts.units[..., mask].sum()))
    return np.asarray(counts.units[..., rarest].sum(axis=(2, 3)))


def _stacked(
    columns: list[NDArray[Number]], units: Integers, kind: type[Number]
) -> NDArray[Number]:
    if not columns:
        return np.zeros((*units.shape, 0), dtype=kind)
    return np.stack(columns, axis=-1)
