"""The joint table: how many units of each variant, segment and period showed each pattern of goals.

Everything abmicro computes is arithmetic on this table. It is additive: the table of two disjoint
sets of units is the sum of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from abmicro.errors import CountsError, Problem, suggest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One line of the account of what became of the data.

    step: `rows_read`, `no_unit`, `no_exposure`, `outside`, `crossed`, `immature`, `analysed` ...
    count: how many; of: `rows` or `units`; variant: the arm, or None over all arms.
    """

    step: str
    count: int
    of: str
    variant: str | None = None


@dataclass(frozen=True, slots=True)
class Apart:
    """Goals whose joint with the others is not known (counts shape): sums per cell only.

    names: A goals; sums, squares: (V, S, P, A) totals of the goal and of its square over units.
    A goal that is a rate has sums equal to squares equal to the units that reached it.
    """

    names: tuple[str, ...]
    sums: Floats
    squares: Floats


@dataclass(frozen=True, slots=True, eq=False)
class JointCounts:
    """Labels of each axis and the additive table they label.

    variants: V arm names, control first.
    segment_names: names of the traits; segments: S tuples with one level per name.
    periods: P entry days, or (None,) where the data have no clock.
    goals: G labels of the pattern columns; patterns: bool (K, G), each row once.
    units: int64 (V, S, P, K).
    measures: M labels of value goals; sums: (V, S, P, K, M) totals over the units of a cell;
        products: (V, S, P, K, M, M) totals of products of two values of a unit.
    apart: goals known only by their sums; ledger: what became of the rows.

    >>> counts = JointCounts.of_path(("A", "B"), ("cart", "order"), [[100, 20, 5], [100, 30, 6]])
    >>> counts.units[:, 0, 0].tolist()
    [[80, 15, 5], [70, 24, 6]]
    >>> counts.reached("cart")[:, 0, 0].tolist()
    [20, 30]
    """

    variants: tuple[str, ...]
    segment_names: tuple[str, ...]
    segments: tuple[tuple[str, ...], ...]
    periods: tuple[date | None, ...]
    goals: tuple[str, ...]
    patterns: Truths
    units: Integers
    measures: tuple[str, ...]
    sums: Floats
    products: Floats
    apart: Apart
    ledger: tuple[LedgerEntry, ...] = ()

    def __post_init__(self) -> None:
        self._check_labels()
        self._check_shapes()
        self._check_values()
        for array in (self.patterns, self.units, self.sums, self.products):
            array.setflags(write=False)

    @classmethod
    def of_path(
        cls, variants: tuple[str, ...], steps: tuple[str, ...], reached: list[list[int]]
    ) -> Self:
        """The table of nested steps, which their totals determine.

        variants: V arm names, control first; steps: K names in order.
        reached: V rows of K + 1 counts: units, then the units that reached each step.
        Raises CountsError where a later count exceeds an earlier one.
        """
        totals = np.asarray(reached, dtype=np.int64).reshape(len(variants), len(steps) + 1)
        padded = np.concatenate([totals, np.zeros_like(totals[:, :1])], axis=1)
        steps_passed = np.arange(len(steps) + 1)
        return cls(
            variants=variants,
            segment_names=(),
            segments=((),),
            periods=(None,),
            goals=steps,
            patterns=steps_passed[:, None] > np.arange(len(steps)),
            units=(padded[:, :-1] - padded[:, 1:])[:, None, None, :],
            measures=(),
            sums=np.zeros((len(variants), 1, 1, len(steps) + 1, 0)),
            products=np.zeros((len(variants), 1, 1, len(steps) + 1, 0, 0)),
            apart=no_goals_apart((len(variants), 1, 1)),
        )

    def truth(self, goal: str) -> Truths:
        """Which patterns have reached the goal: bool (K,). CountsError for a goal not in the table."""
        if goal not in self.goals:
            raise CountsError(
                Problem(f"goals.{goal}", "is not in the joint table", "E401", suggest(goal, self.goals))
            )
        return self.patterns[:, self.goals.index(goal)]

    def reached(self, goal: str) -> Integers:
        """Units that reached the goal: int (V, S, P)."""
        if goal in self.apart.names:
            totals = self.apart.sums[..., self.apart.names.index(goal)]
            return totals.astype(np.int64)
        return self.units[..., self.truth(goal)].sum(axis=-1)

    def moments(self, goal: str) -> tuple[Integers, Floats, Floats]:
        """Units, total and sum of squares of a value goal, each (V, S, P)."""
        units = self.units.sum(axis=-1)
        if goal in self.apart.names:
            at = self.apart.names.index(goal)
            return units, self.apart.sums[..., at], self.apart.squares[..., at]
        if goal not in self.measures:
            raise CountsError(
                Problem(f"goals.{goal}", "has no values in the table", "E402", suggest(goal, self.measures))
            )
        at = self.measures.index(goal)
        return units, self.sums[..., at].sum(axis=-1), self.products[..., at, at].sum(axis=-1)

    def levels(self) -> tuple[tuple[tuple[str, str], ...], Truths]:
        """The (name, level) of every segment and which cells of the S axis belong to it: bool (L, S)."""
        labels = tuple(
            (name, level)
            for at, name in enumerate(self.segment_names)
            for level in dict.fromkeys(cell[at] for cell in self.segments)
        )
        place = {name: at for at, name in enumerate(self.segment_names)}
        masks = [[cell[place[name]] == level for cell in self.segments] for name, level in labels]
        return labels, np.array(masks, dtype=bool).reshape(len(labels), len(self.segments))

    def __eq__(self, other: object) -> bool:
        """Equal labels and equal numbers, whatever the order of the cells."""
        if not isinstance(other, JointCounts):
            return NotImplemented
        return self._shape_of_study() == other._shape_of_study() and self._cells() == other._cells()

    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other: JointCounts) -> JointCounts:
        """The table of both sets of units, which must be disjoint.

        Raises CountsError where the two do not speak of the same variants, traits and goals.
        """
        if self._shape_of_study() != other._shape_of_study():
            raise CountsError(
                Problem("counts", "cannot add tables of different variants, segments or goals", "E403")
            )
        raise NotImplementedError
