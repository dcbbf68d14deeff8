"""Between cells and arrays: rows gathered into the arrays of a joint table, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import compress
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from abmicro.counts.invariants import refuse_uncountable
from abmicro.counts.parsing import NO_LEVEL
from abmicro.counts.records import Apart, LeftOut
from abmicro.counts.row_format import ANALYSED, IMMATURE, CheckedCells, Columns
from abmicro.errors import CountsError, Problem, suggest

if TYPE_CHECKING:
    from abmicro.array_types import Bools, Floats, Integers
    from abmicro.counts.joint_counts import JointCounts


LARGEST_TABLE = 50_000_000
ANALYSED_HINT = "a row of units has the status analysed, and the name of its variant"
"""Numbers a table may hold (400 MB); beyond it a segment or goal is too fine for a joint table."""


def gather(columns: Columns, cells: CheckedCells, variants: Sequence[str] | None) -> dict[str, Any]:
    """The fields of a `JointCounts` that holds these cells; see `JointCounts.from_rows`."""
    analysed = np.array([status == ANALYSED for status in cells.status], dtype=bool)
    numbers = _Numbers.of_cells(columns, cells)
    held, apart = analysed & numbers.counting, analysed & numbers.apart.any(axis=1)
    arms: dict[str, int] = {}
    for variant, units in compress(zip(cells.variant, cells.units, strict=True), analysed):
        arms[str(variant)] = arms.get(str(variant), 0) + units
    places = [*zip(cells.variant, cells.segment, cells.period, cells.pattern, strict=True)]
    known = _known_arms(arms, variants)
    grid = _Grid(columns, known, [*compress(places, held)], [*compress(places, apart)])
    return grid.fields(numbers.only(held), numbers.only(apart)) | {
        "caps": _agreed(columns, cells),
        "cut_off": min(filter(None, cells.cut_off), default=None),
        "left_out": tuple(_left_out(cells, ~analysed)),
    }


class _Numbers(NamedTuple):
    """What the rows count. units, rows: (N,); values: (N, columns); apart: (N, 2 A)."""

    units: Integers
    rows: Integers
    values: Floats
    apart: Floats

    @classmethod
    def of_cells(cls, columns: Columns, cells: CheckedCells) -> Self:
        """The numbers of checked rows as arrays."""
        size = len(cells.units)
        return cls(
            np.array(cells.units, dtype=np.int64),
            np.array(cells.rows, dtype=np.int64),
            np.array(cells.values, dtype=float).reshape(size, len(columns.value_names)),
            np.array(cells.apart, dtype=float).reshape(size, 2 * len(columns.apart)),
        )

    @property
    def counting(self) -> Bools:
        """Where there is anything to count; all zeros make no label of an axis."""
        found: Bools = (self.units != 0) | (self.rows != 0) | self.values.any(axis=1)
        return found

    def only(self, asked: Bools) -> Self:
        """The same of some rows."""
        return type(self)(
            self.units[asked], self.rows[asked], self.values[asked], self.apart[asked]
        )


def _left_out(cells: CheckedCells, left: Bools) -> Iterator[LeftOut]:
    """What became of units that are in no cell, by step and variant."""
    held: dict[tuple[Any, ...], tuple[int, int]] = {}
    columns = cells.status, cells.variant, cells.segment, cells.period, cells.units, cells.rows
    for status, variant, segment, period, units, rows in compress(zip(*columns, strict=True), left):
        if units or rows:
            kept = (segment, period) if status == IMMATURE else ((), None)
            before = held.get((status, variant, *kept), (0, 0))
            held[status, variant, *kept] = before[0] + units, before[1] + rows
    for (status, variant, segment, period), (units, rows) in held.items():
        yield LeftOut(status, variant, units, rows, segment, period)


def _agreed(columns: Columns, cells: CheckedCells) -> tuple[tuple[str, float | None], ...]:
    """The caps, told by some rows; CountsError where amounts were capped at different ones."""
    caps = []
    for name, told in zip(columns.capped, cells.caps, strict=True):
        found = list(dict.fromkeys(cap for cap in told if cap is not None))
        if len(found) > 1:
            what = f"amounts were capped at {found[0]:g} and at {found[1]:g}"
            hint = "collect both with one cap: `caps` of the earlier table, or an amount"
            raise CountsError(Problem(f"goals.{name}.cap", what, "E407", hint))
        caps.append((name, found[0] if found else None))
    return tuple(caps)


def _known_arms(arms: dict[str, int], variants: Sequence[str] | None) -> tuple[str, ...]:
    if variants is None:
        if not arms:
            raise CountsError(
                Problem("counts", "there is no analysed unit in the table", "E409", ANALYSED_HINT)
            )
        return tuple(arms)
    strangers = [
        Problem("variant", f"{units:,} units carry {name!r}", "E409", suggest(name, [*variants]))
        for name, units in arms.items()
        if name not in variants
    ]
    if strangers:
        raise CountsError(*strangers)
    return tuple(variants)


class _Grid:
    """The axes that the labels of some cells span."""

    def __init__(
        self,
        columns: Columns,
        variants: tuple[str, ...],
        held: Sequence[tuple[Any, ...]],
        apart: Sequence[tuple[Any, ...]],
    ) -> None:
        self.columns = columns
        self.variants = variants
        none = (NO_LEVEL,) * len(columns.segments)
        places = [*held, *apart]
        self.segments = tuple(sorted({place[1] for place in places})) or (none,)
        self.periods = tuple(sorted({place[2] for place in places}, key=_by_day)) or (None,)
        patterns = {place[3] for place in held}
        self.patterns = tuple(sorted(patterns)) or ((False,) * len(columns.goals),)
        axes = (self.variants, self.segments, self.periods, self.patterns)
        self.at = [{label: at for at, label in enumerate(axis)} for axis in axes]
        self.held, self.apart = self.index(held, 4), self.index(apart, 3)

    def fields(self, held: _Numbers, apart: _Numbers) -> dict[str, Any]:
        """Labels and dense arrays of the cells."""
        shape = tuple(map(len, self.at))
        measures, others = len(self.columns.measures), len(self.columns.apart)
        self.refuse_if_absurd(int(np.prod(shape)) * (2 + measures + measures**2))
        whole = np.zeros((2, *shape), dtype=np.int64)
        counted = {"units": held.units, "rows": held.rows}
        for table, (name, counts) in zip(whole, counted.items(), strict=True):
            refuse_uncountable(name, counts.tolist())
            np.add.at(table, self.held, counts)
        sums, products = np.zeros((*shape, measures)), np.zeros((*shape, measures, measures))
        np.add.at(sums, self.held, held.values[:, :measures])
        np.add.at(products, self.held, _symmetric(held.values[:, measures:], measures))
        pairs = np.zeros((*shape[:3], others, 2))
        np.add.at(pairs, self.apart, apart.apart.reshape(len(apart.apart), others, 2))
        return {
            "variants": self.variants,
            "segment_names": self.columns.segments,
            "segments": self.segments,
            "periods": self.periods,
            "goals": self.columns.goals,
            "patterns": np.array(self.patterns, dtype=bool).reshape(shape[3], -1),
            "units": whole[0],
            "rows": whole[1],
            "measures": self.columns.measures,
            "sums": sums,
            "products": products,
            "apart": Apart(self.columns.apart, pairs[..., 0], pairs[..., 1]),
        }

    def index(self, keys: Sequence[tuple[Any, ...]], axes: int) -> tuple[Any, ...]:
        """Positions of labelled cells along the first axes, as numpy takes them."""
        return tuple(
            np.array([at[key[axis]] for key in keys], dtype=np.intp)
            for axis, at in enumerate(self.at[:axes])
        )

    def refuse_if_absurd(self, size: int) -> None:
        """CountsError that names the label to drop, where the dense table would be too large."""
        if size <= LARGEST_TABLE:
            return
        finest = [
            (len({cell[at] for cell in self.segments}), f"segment {name!r}")
            for at, name in enumerate(self.columns.segments)
        ]
        finest += [(len(self.periods), "the period"), (len(self.patterns), "a goal")]
        labels, name = max(finest)
        what = f"the joint table would hold {size:,} numbers, more than {LARGEST_TABLE:,}"
        hint = f"drop or coarsen {name}, which has {labels:,} values"
        raise CountsError(Problem("counts", what, "E406", hint))


def _by_day(period: date | None) -> date:
    return date.min if period is None else period


def _symmetric(triangle: Any, size: int) -> Any:
    """Full matrices (N, M, M) of upper triangles (N, M (M + 1) / 2)."""
    full = np.zeros((len(triangle), size, size))
    row, column = np.triu_indices(size)
    full[:, row, column] = full[:, column, row] = triangle
    return full


def cell_rows(table: JointCounts) -> Iterator[tuple[Any, ...]]:
    """Rows of the cells that hold something, in the order of the labels.

    A variant that holds nothing has one row of zeros, so that variants keep their order.
    """
    held = (table.units != 0) | (table.rows != 0)
    held |= table.sums.any(axis=-1) | table.products.any(axis=(-1, -2))
    triangle = np.triu_indices(len(table.measures))
    nothing = (0.0,) * (2 * len(table.apart.names))
    for v, variant in enumerate(table.variants):
        places = np.argwhere(held[v]).tolist()
        for s, p, k in places:
            yield (
                ANALYSED,
                variant,
                *table.segments[s],
                table.periods[p],
                *map(int, table.patterns[k]),
                int(table.units[v, s, p, k]),
                int(table.rows[v, s, p, k]),
                *table.sums[v, s, p, k].tolist(),
                *table.products[v, s, p, k][triangle].tolist(),
                *nothing,
                *table.closing,
            )
        if not places:
            traits = (None,) * (len(table.segment_names) + 1)
            zeros = (0,) * (len(table.columns.names) - 2 - len(traits) - len(table.closing))
            yield (ANALYSED, variant, *traits, *zeros, *table.closing)


def apart_rows(table: JointCounts) -> Iterator[tuple[Any, ...]]:
    """Rows of the goals apart: no pattern, no units."""
    pairs = np.stack([table.apart.sums, table.apart.squares], axis=-1)
    pairs = pairs.reshape(*pairs.shape[:3], -1)
    columns = table.columns
    bits = (None,) * len(columns.goals)
    values = (None,) * len(columns.value_names)
    for v, s, p in np.argwhere(pairs.any(axis=-1)).tolist():
        place = (table.variants[v], *table.segments[s], table.periods[p])
        totals = pairs[v, s, p].tolist()
        yield (ANALYSED, *place, *bits, None, 0, *values, *totals, *table.closing)
