"""Histograms of single goals: when units reached them, how often their events came, in which order.

What the joint table cannot tell and what is as additive as it. One row is one cell:

    variant, segment__NAME   as in a joint table
    goal                     the goal the figure tells of
    figure                   a key of `FIGURES`
    bin                      a whole number: hours, events, or 0/1
    units, macro             units of the cell, and those of them that reached the macro goal
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from abmicro.counts.encoded import Encoded, tuples
from abmicro.counts.invariants import refuse_uncountable
from abmicro.counts.parsing import (
    RawColumns,
    as_count,
    as_goal,
    as_level,
    as_variant,
    check_header,
    labelled,
)
from abmicro.errors import CountsError, Problem, suggest
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from abmicro.array_types import Integers


FIGURES = MappingProxyType(
    {
        "lag": "whole hours from exposure until the goal was reached",
        "mature_lag": "the same of units whose window has closed",
        "open": "whole hours for which a unit that did not reach the goal could have reached it",
        "events": "events of the goal in its window, of units that reached it",
        "burst": "1 where two events of the goal came within two seconds, of units that reached it",
        "dwell": "1 where the goal was reached within a second of exposure",
        "early": "1 where a step of the funnel was reached over two seconds before the step before",
        "hour": "hours from 1970-01-01 00:00 UTC until the goal was reached",
        "day": "days from 1970-01-01 to the day, in the experiment's zone, on which the goal was "
        "reached",
        "to_macro": "whole hours from a micro goal to the macro goal, of units that reached this "
        "then or later and whose window has closed",
    }
)
"""What a histogram counts. Units are those analysed and those whose window is still open; a goal is
reached with its first event in the window, or with the one that makes it `at_least`."""

KEYS = ("goal", "figure", "bin", "units", "macro")


class Histogram(NamedTuple):
    """One figure of one goal. bins: (N,), rising; units, macro: (V, N), or (V, L, N) by segment."""

    bins: Integers
    units: Integers
    macro: Integers


@frozen(eq=False)
class Histograms:
    """The figures of `FIGURES` per variant and segment; additive over disjoint sets of units.

    variants: V variant names, control first.
    segment_names: names of the traits; segments: S tuples with one level per name, sorted.
    goals: G labels, sorted.
    cells: int64 (N, 5), the position of variant, segment, goal and figure, and the bin; in order,
        each once. counts: int64 (N, 2), units of the cell and those that reached the macro goal.

    >>> rows = [("A", "cart", "lag", 0, 9, 2), ("A", "cart", "lag", 3, 1, 1)]
    >>> rows += [("B", "cart", "lag", 3, 4, 0)]
    >>> made = Histograms.from_rows(("variant", *KEYS), rows)
    >>> bins, units, macro = made.of("lag", "cart")
    >>> bins.tolist(), units.tolist(), macro.tolist()
    ([0, 3], [[9, 1], [0, 4]], [[2, 1], [0, 0]])
    """

    variants: tuple[str, ...]
    segment_names: tuple[str, ...]
    segments: tuple[tuple[str, ...], ...]
    goals: tuple[str, ...]
    cells: Integers
    counts: Integers

    @classmethod
    def from_rows(
        cls,
        header: Sequence[str],
        rows: Iterable[Sequence[object]],
        *,
        variants: Sequence[str] | None = None,
    ) -> Self:
        """The histograms of rows such as `to_rows` gives; rows of the same cell add up.

        header: `variant`, `segment__NAME` per trait, then `KEYS`; rows: one value per column.
        variants: variant names, control first; default the order in which the rows name them.
        Raises CountsError that names the row and column of what cannot be right.
        """
        cells = _read(labelled("segment", header), header, rows)
        held = cells.units > 0
        variant = cells.variant.only(held)
        arms = tuple(dict.fromkeys(variant.values)) if variants is None else tuple(variants)
        _refuse_strangers(variant.values, arms)
        refuse_uncountable("units", cells.units.tolist())
        goals = cells.goal.only(held).sorted()
        levels = tuples([one.only(held).sorted() for one in cells.segments], held)
        arm, figure = _places(variant, arms), _places(cells.figure, tuple(FIGURES))
        axes = (arm, levels.codes, goals.codes, figure, cells.bin)
        counts = np.stack([cells.units, cells.macro], axis=1)
        places, totals = _added_up(np.stack(axes, axis=1)[held], counts[held])
        return cls(arms, cells.traits, levels.values, goals.values, places, totals)

    def to_rows(self) -> Iterator[tuple[Any, ...]]:
        """The cells under `names`, in the order of variants, segments, goals, figures and bins."""
        figures = tuple(FIGURES)
        for (v, s, g, f, at), both in zip(self.cells.tolist(), self.counts.tolist(), strict=True):
            yield (self.variants[v], *self.segments[s], self.goals[g], figures[f], at, *both)

    @property
    def names(self) -> tuple[str, ...]:
        """Column names of the row form."""
        return columns(self.segment_names)

    @classmethod
    def load(cls, path: Path, *, variants: Sequence[str] | None = None) -> Self:
        """The histograms in a .csv or .parquet file; `variants` as in `from_rows`.

        Raises SourceError where the file is not there or unreadable, CountsError for its rows.
        """
        from abmicro.counts.storage import read_table

        header, rows = read_table(path)
        return cls.from_rows(header, rows, variants=variants)

    def save(self, path: Path) -> None:
        """Write them as .csv or .parquet, whole or not at all; OutputError where they cannot be."""
        from abmicro.counts.storage import write_table

        write_table(path, self.names, self.to_rows())

    def of(self, figure: str, goal: str) -> Histogram:
        """One figure of one goal over all segments: units and macro (V, N).

        No bins where no unit has the figure. Raises CountsError for a goal or figure not known.
        """
        nowhere = np.zeros(len(self.segments), dtype=np.int64)
        bins, units, macro = self._by(figure, goal, nowhere, 1)
        return Histogram(bins, units[:, 0], macro[:, 0])

    def by_segment(
        self, figure: str, goal: str, segment_name: str
    ) -> tuple[tuple[str, ...], Integers, Integers, Integers]:
        """Levels (L) of a trait, bins (N,), then units and macro (V, L, N).

        Raises CountsError for a goal, figure or segment not known.
        """
        at = self._trait(segment_name)
        levels = tuple(dict.fromkeys(cell[at] for cell in self.segments))
        place = np.array([levels.index(cell[at]) for cell in self.segments], dtype=np.int64)
        return levels, *self._by(figure, goal, place, len(levels))

    def only(self, name: str, level: str) -> Self:
        """The units whose trait `name` is `level`; CountsError where there is no such level."""
        at = self._trait(name)
        keep = np.array([cell[at] == level for cell in self.segments], dtype=bool)
        if not keep.any():
            known = sorted({cell[at] for cell in self.segments})
            raise CountsError(
                Problem(f"segments.{name}", f"no {level!r} here", "E408", suggest(level, known))
            )
        rows = (
            row for row, kept in zip(self.to_rows(), keep[self.cells[:, 1]], strict=True) if kept
        )
        return type(self).from_rows(self.names, rows, variants=self.variants)

    def __eq__(self, other: object) -> bool:
        """Equal labels and equal numbers."""
        if not isinstance(other, Histograms):
            return NotImplemented
        return (
            (self.variants, self.segment_names) == (other.variants, other.segment_names)
            and (self.segments, self.goals) == (other.segments, other.goals)
            and np.array_equal(self.cells, other.cells)
            and np.array_equal(self.counts, other.counts)
        )

    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other: Self) -> Self:
        """The histograms of both sets of units, which must be disjoint.

        Raises CountsError where the two do not speak of the same variants and traits.
        """
        if (self.variants, self.names) != (other.variants, other.names):
            what = "cannot add tables of different variants or segments"
            hint = "collect both with the same experiment file"
            raise CountsError(Problem("histograms", what, "E403", hint))
        rows = chain(self.to_rows(), other.to_rows())
        return type(self).from_rows(self.names, rows, variants=self.variants)

    def _by(self, figure: str, goal: str, groups: Integers, size: int) -> Histogram:
        """One figure of one goal, segments gathered into `size` groups: (V, size, N)."""
        wanted = _place("goals", goal, self.goals), _place("figure", figure, tuple(FIGURES))
        chosen = (self.cells[:, 2:4] == wanted).all(axis=1)
        cells, counts = self.cells[chosen], self.counts[chosen]
        bins, at = np.unique(cells[:, 4], return_inverse=True)
        where = cells[:, 0], groups[cells[:, 1]], at
        totals = np.zeros((2, len(self.variants), size, len(bins)), dtype=np.int64)
        for total, numbers in zip(totals, counts.T, strict=True):
            np.add.at(total, where, numbers)
        return Histogram(bins, *totals)

    def _trait(self, name: str) -> int:
        if name not in self.segment_names:
            hint = suggest(name, self.segment_names)
            raise CountsError(Problem(f"segments.{name}", f"no {name!r} here", "E408", hint))
        return self.segment_names.index(name)


def columns(traits: Sequence[str]) -> tuple[str, ...]:
    """Column names of the row form, given the names of its segments."""
    return ("variant", *(f"segment__{name}" for name in traits), *KEYS)


class _CheckedRows(NamedTuple):
    """N rows, checked. segments: a column per trait; bin, units, macro: int (N,)."""

    traits: tuple[str, ...]
    segments: list[Encoded[str]]
    variant: Encoded[str]
    goal: Encoded[str]
    figure: Encoded[str]
    bin: Integers
    units: Integers
    macro: Integers


def _read(
    traits: tuple[str, ...], header: Sequence[str], rows: Iterable[Sequence[object]]
) -> _CheckedRows:
    """The rows, checked column by column."""
    names = columns(traits)
    check_header(names, header, "a table of histograms")
    raw = RawColumns.of_rows(names, header, rows)
    cells = _CheckedRows(
        traits,
        [raw.read(f"segment__{name}", as_level) for name in traits],
        raw.read("variant", as_variant),
        raw.read("goal", as_goal),
        raw.read("figure", _figure),
        *(raw.read(name, as_count).numbers() for name in ("bin", "units", "macro")),
    )
    _refuse_excess(cells)
    return cells


def _refuse_excess(cells: _CheckedRows) -> None:
    """Raise CountsError where more units reached the macro goal than there are."""
    for row in np.flatnonzero(cells.macro > cells.units).tolist():
        what = f"{cells.macro[row]:,} of {cells.units[row]:,} units reached the macro goal"
        hint = "collect the histograms again with `abmicro collect --histograms`"
        raise CountsError(Problem(f"row {row + 1}", what, "E407", hint))


def _places(column: Encoded[str], axis: tuple[str, ...]) -> Integers:
    """Where on an axis each row stands: (N,), -1 in rows that are not looked at."""
    places: Integers = column.spread([axis.index(label) for label in column.values], -1)
    return places


def _added_up(places: Integers, counts: Integers) -> tuple[Integers, Integers]:
    """Each place once, in order, and the counts of its rows added up: (K, 5) and (K, 2)."""
    order = np.lexsort(places.T[::-1])
    places, counts = places[order], counts[order]
    begins = np.ones(len(places), dtype=bool)
    begins[1:] = (places[1:] != places[:-1]).any(axis=1)
    added = places[begins], np.add.reduceat(counts, np.flatnonzero(begins), axis=0)
    for table in added:
        table.setflags(write=False)
    return added


def _refuse_strangers(named: Iterable[str], variants: tuple[str, ...]) -> None:
    problems = [
        Problem("variant", f"{variant!r} is no variant", "E409", suggest(variant, variants))
        for variant in dict.fromkeys(named)
        if variant not in variants
    ]
    if problems:
        raise CountsError(*problems)


def _figure(value: object) -> str:
    if value not in FIGURES:
        raise ValueError(f"one of {', '.join(FIGURES)}")
    return str(value)


def _place(where: str, label: str, known: tuple[str, ...]) -> int:
    if label not in known:
        what = "is not in the histograms"
        raise CountsError(Problem(f"{where}.{label}", what, "E401", suggest(label, known)))
    return known.index(label)
