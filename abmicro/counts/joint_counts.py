"""The joint table: how many units of each variant, segment and period showed each pattern of goals.

Everything abmicro computes is arithmetic on this table. It is additive: the table of two disjoint
sets of units is the sum of theirs. Its row form (see `cells`) and its arrays say the same, so a
table that is added, compared or saved goes through its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from abmicro.counts.arrays import apart_rows, cell_rows, gather
from abmicro.counts.invariants import check
from abmicro.counts.records import AccountLine, Apart, LedgerEntry, LeftOut, Origin
from abmicro.counts.row_format import ANALYSED, CROSSED, NO_SESSION, STEPS, Columns, read_cells
from abmicro.errors import CountsError, Problem, suggest
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from abmicro.array_types import Bools, Floats, Integers


@frozen(eq=False)
class JointCounts:
    """Labels of each axis and the additive table they label.

    variants: V variant names, control first.
    segment_names: names of the traits; segments: S tuples with one level per name.
    periods: P entry days, or (None,) where the data have no clock.
    goals: G labels of the pattern columns; patterns: bool (K, G), each row once.
    units, rows: int64 (V, S, P, K): units of a cell, rows of data that tell of them.
    measures: M labels of value goals; sums: (V, S, P, K, M) totals over the units of a cell;
        products: (V, S, P, K, M, M) totals of products of two values of a unit.
    apart: goals known only by their sums.
    left_out: units and rows that are in no cell, and why; `ledger` is the whole account.
    origin: how the table was made; no part of equality.
    caps: goals whose amounts were capped, each with what a larger one counts as, None where there
        was nothing to cap; `revenue` is then capped and `revenue__uncapped` the whole of it.
    cut_off: the moment up to which the data are complete, None where nothing tells; a part of
        equality, since the same counts say less the earlier they were taken.

    Raises CountsError where labels repeat, shapes disagree or a number cannot be.

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
    patterns: Bools
    units: Integers
    rows: Integers
    measures: tuple[str, ...]
    sums: Floats
    products: Floats
    apart: Apart
    left_out: tuple[LeftOut, ...] = ()
    origin: Origin | None = None
    cut_off: datetime | None = None
    caps: tuple[tuple[str, float | None], ...] = ()

    def __post_init__(self) -> None:
        check(self)
        for field in fields(self):
            array = getattr(self, field.name)
            if isinstance(array, np.ndarray):
                seen = array.view()
                seen.setflags(write=False)
                object.__setattr__(self, field.name, seen)

    @classmethod
    def of_path(
        cls, variants: Sequence[str], steps: Sequence[str], reached: Sequence[Sequence[int]]
    ) -> Self:
        """The table of nested steps, which their totals determine.

        variants: V variant names, control first; steps: K names in order.
        reached: V rows of K + 1 counts: units, then the units that reached each step.
        Raises CountsError where a later count exceeds an earlier one.
        """
        totals = np.asarray(reached, dtype=np.int64).reshape(len(variants), len(steps) + 1)
        for variant, row in zip(variants, totals.tolist(), strict=True):
            for at, step in enumerate(steps):
                if row[at + 1] > row[at]:
                    before = steps[at - 1] if at else "units"
                    what = f"{row[at + 1]:,} units of {variant!r}, but only {row[at]:,} {before}"
                    hint = "give units first, then the counts of each step in their order"
                    raise CountsError(Problem(f"goals.{step}", what, "E407", hint))
        units = -np.diff(totals, axis=1, append=0)[:, None, None, :]
        return cls(
            variants=tuple(variants),
            segment_names=(),
            segments=((),),
            periods=(None,),
            goals=tuple(steps),
            patterns=np.arange(len(steps) + 1)[:, None] > np.arange(len(steps)),
            units=units,
            rows=units,
            measures=(),
            sums=np.zeros((*units.shape, 0)),
            products=np.zeros((*units.shape, 0, 0)),
            apart=Apart((), np.zeros((len(variants), 1, 1, 0)), np.zeros((len(variants), 1, 1, 0))),
        )

    @classmethod
    def from_rows(
        cls,
        header: Sequence[str],
        rows: Iterable[Sequence[object]],
        *,
        variants: Sequence[str] | None = None,
    ) -> Self:
        """The table of rows such as `to_rows` gives; rows of the same cell add up.

        header: column names as described in `cells`; rows: one value per column, numbers or text.
        variants: variant names, control first; default the order in which the rows name them.
        Raises CountsError that names the row and column of what cannot be right.

        >>> rows = [("A", 0, 80), ("A", 1, 20), ("B", 0, 70), ("B", 1, 30)]
        >>> JointCounts.from_rows(("variant", "goal__cart", "units"), rows).reached("cart").ravel()
        array([20, 30])
        """
        columns = Columns.read(header)
        return cls(**gather(columns, read_cells(columns, header, rows), variants))

    def _repr_html_(self) -> str:
        from abmicro.counts.html import as_html

        return as_html(self)

    @property
    def columns(self) -> Columns:
        """What the columns of the row form are called."""
        capped = tuple(goal for goal, _ in self.caps)
        return Columns(self.segment_names, self.goals, self.measures, self.apart.names, capped)

    @property
    def closing(self) -> tuple[Any, ...]:
        """What ends every row: the caps and the cut-off."""
        return (*(cap for _, cap in self.caps), self.cut_off)

    def to_rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows of the table under `columns.names`: cells that hold anything, then what left.

        A variant without a single unit keeps one row of zeros, so that no variant is forgotten.
        """
        yield from cell_rows(self)
        yield from apart_rows(self)
        columns = self.columns
        for out in self.left_out:
            traits = (*(out.segment or (None,) * len(columns.segments)), out.period)
            bits = (None,) * len(columns.goals)
            values = (None,) * (len(columns.value_names) + 2 * len(columns.apart))
            yield (
                out.step,
                out.variant,
                *traits,
                *bits,
                out.units,
                out.rows,
                *values,
                *self.closing,
            )

    @classmethod
    def load(cls, path: Path, *, variants: Sequence[str] | None = None) -> Self:
        """The table in a .csv or .parquet file; `variants` as in `from_rows`.

        Raises SourceError where the file is not there or unreadable, CountsError for its rows.
        """
        from abmicro.counts.storage import read_table

        header, rows = read_table(path)
        return cls.from_rows(header, rows, variants=variants)

    def save(self, path: Path) -> None:
        """Write the table as .csv or .parquet, whole or not at all; OutputError where it cannot."""
        from abmicro.counts.storage import write_table

        write_table(path, self.columns.names, self.to_rows())

    @property
    def ledger(self) -> tuple[LedgerEntry, ...]:
        """What became of the data, from the rows read to the units analysed, per variant."""
        entries = [LedgerEntry("rows_read", self.rows_read, "rows")]
        for line in self._left():
            count, of = (line.units, "units") if line.units else (line.rows, "rows")
            entries.append(LedgerEntry(line.step, count, of, line.variant))
        if NO_SESSION in self.measures:
            hits = self.moments(NO_SESSION)[1].sum(axis=(1, 2)).astype(np.int64)
            entries += _per_variant("no_session", self.variants, hits, "rows")
        by_variant = self.units.sum(axis=(1, 2))
        if CROSSED in self.goals:
            kept = by_variant[:, self.truth(CROSSED)].sum(axis=-1)
            entries += _per_variant("crossed_kept", self.variants, kept)
        entries += _per_variant(ANALYSED, self.variants, by_variant.sum(axis=-1))
        return tuple(entries)

    @property
    def account(self) -> tuple[AccountLine, ...]:
        """Rows and units by what became of them; the lines after the first add up to it."""
        lines = [*self._left()]
        kept = zip(self.rows, self.units, strict=True)
        for variant, (rows, units) in zip(self.variants, kept, strict=True):
            lines.append(AccountLine(ANALYSED, int(rows.sum()), int(units.sum()), variant))
        whole = (sum(line.rows for line in lines), sum(line.units for line in lines))
        return (AccountLine("rows_read", *whole), *lines)

    def _left(self) -> Iterator[AccountLine]:
        """What left at each step and from each variant, in the order of the steps."""
        lost: dict[tuple[str, str | None], tuple[int, int]] = {}
        for out in self.left_out:
            rows, units = lost.get((out.step, out.variant), (0, 0))
            lost[out.step, out.variant] = (rows + out.rows, units + out.units)
        order = list(STEPS)
        for step, variant in sorted(lost, key=lambda key: order.index(key[0])):
            yield AccountLine(step, *lost[step, variant], variant)

    @property
    def rows_read(self) -> int:
        """All rows of the data, whatever became of them."""
        return int(self.rows.sum()) + sum(out.rows for out in self.left_out)

    def truth(self, goal: str) -> Bools:
        """Which patterns have reached the goal: bool (K,); CountsError for a goal not there."""
        if goal not in self.goals:
            hint = suggest(goal, self.goals)
            raise CountsError(Problem(f"goals.{goal}", "is not in the joint table", "E401", hint))
        return self.patterns[:, self.goals.index(goal)]

    def reached(self, goal: str) -> Integers:
        """Units that reached the goal: int (V, S, P)."""
        if goal in self.apart.names:
            totals: Floats = self.apart.sums[..., self.apart.names.index(goal)]
            return totals.astype(np.int64)
        found: Integers = self.units[..., self.truth(goal)].sum(axis=-1)
        return found

    def moments(self, goal: str) -> tuple[Integers, Floats, Floats]:
        """Units, total and sum of squares of a value goal, each (V, S, P)."""
        units: Integers = self.units.sum(axis=-1)
        if goal in self.apart.names:
            at = self.apart.names.index(goal)
            return units, self.apart.sums[..., at], self.apart.squares[..., at]
        if goal not in self.measures:
            hint = suggest(goal, self.measures)
            raise CountsError(Problem(f"goals.{goal}", "has no values in the table", "E402", hint))
        at = self.measures.index(goal)
        return units, self.sums[..., at].sum(axis=-1), self.products[..., at, at].sum(axis=-1)

    def levels(self) -> tuple[tuple[tuple[str, str], ...], Bools]:
        """The (name, level) of every trait and which cells of the S axis have it: bool (L, S)."""
        labels = tuple(
            (name, level)
            for at, name in enumerate(self.segment_names)
            for level in dict.fromkeys(cell[at] for cell in self.segments)
        )
        place = {name: at for at, name in enumerate(self.segment_names)}
        masks = [[cell[place[name]] == level for cell in self.segments] for name, level in labels]
        return labels, np.array(masks, dtype=bool).reshape(len(labels), len(self.segments))

    def only(self, name: str, level: str) -> Self:
        """The units whose trait `name` is `level`, those whose window is open among them.

        What else was left out stays as it was.

        Raises CountsError that lists what there is, where there is no such trait or level.
        """
        labels, masks = self.levels()
        if (name, level) not in labels:
            known = [have for trait, have in labels if trait == name] or list(self.segment_names)
            wanted = level if name in self.segment_names else name
            hint = suggest(wanted, known)
            raise CountsError(Problem(f"segments.{name}", f"no {wanted!r} here", "E408", hint))
        keep = masks[labels.index((name, level))]
        apart, at = self.apart, self.segment_names.index(name)
        return replace(
            self,
            segments=tuple(cell for cell, kept in zip(self.segments, keep, strict=True) if kept),
            units=self.units[:, keep],
            rows=self.rows[:, keep],
            sums=self.sums[:, keep],
            products=self.products[:, keep],
            apart=Apart(apart.names, apart.sums[:, keep], apart.squares[:, keep]),
            left_out=tuple(
                out for out in self.left_out if not out.segment or out.segment[at] == level
            ),
        )

    def __eq__(self, other: object) -> bool:
        """Equal labels and equal numbers, whatever the order of the cells."""
        if not isinstance(other, JointCounts):
            return NotImplemented
        return (self.variants, self.columns) == (other.variants, other.columns) and set(
            self.to_rows()
        ) == set(other.to_rows())

    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other: Self) -> Self:
        """The table of both sets of units, which must be disjoint.

        It is complete only up to the earlier of both cut-offs: later rows are known of one set
        alone. Where one set does not tell, neither does the sum; a table of no rows bounds nothing.
        Raises CountsError where the two do not speak of the same variants, traits and goals.
        """
        mine, theirs = (self.variants, *self.columns.names), (other.variants, *other.columns.names)
        if mine != theirs:
            odd = [str(name) for name in (*mine, *theirs) if name not in mine or name not in theirs]
            what = (
                f"cannot add tables that differ in {', '.join(odd) or 'the order of their labels'}"
            )
            hint = "collect both with the same experiment file"
            raise CountsError(Problem("counts", what, "E403", hint))
        rows = chain(self.to_rows(), other.to_rows())
        total = type(self).from_rows(self.columns.names, rows, variants=self.variants)
        return replace(
            total,
            origin=self.origin if self.origin == other.origin else None,
            cut_off=self._complete_with(other),
        )

    def _complete_with(self, other: Self) -> datetime | None:
        bounding = [one.cut_off for one in (self, other) if one.rows_read or one.cut_off]
        told = [at for at in bounding if at is not None]
        return min(told, default=None) if len(told) == len(bounding) else None


def _per_variant(
    step: str, variants: Sequence[str], counts: Integers, of: str = "units"
) -> Iterator[LedgerEntry]:
    for variant, count in zip(variants, counts.tolist(), strict=True):
        yield LedgerEntry(step, count, of, variant)
