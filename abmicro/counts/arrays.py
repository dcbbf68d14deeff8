"""Between cells and arrays: rows gathered into the arrays of a joint table, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from abmicro.counts.encoded import Encoded, tuples
from abmicro.counts.invariants import possible_squares, refuse_uncountable
from abmicro.counts.parsing import NO_LEVEL
from abmicro.counts.records import Apart, LeftOut
from abmicro.counts.row_format import ANALYSED, IMMATURE, STEPS, CheckedCells, Columns
from abmicro.errors import CountsError, Problem, suggest

if TYPE_CHECKING:
    from abmicro.array_types import Bools
    from abmicro.counts.joint_counts import JointCounts


LARGEST_TABLE = 50_000_000
"""Numbers a table may hold (400 MB); beyond it a segment or goal is too fine for a joint table."""

ANALYSED_HINT = "a row of units has the status analysed, and the name of its variant"


def gather(columns: Columns, cells: CheckedCells, variants: Sequence[str] | None) -> dict[str, Any]:
    """The fields of a `JointCounts` that holds these cells; see `JointCounts.from_rows`."""
    analysed = cells.status.where(ANALYSED.__eq__)
    counting = (cells.units != 0) | (cells.rows != 0) | cells.values.any(axis=1)
    held, apart = analysed & counting, analysed & cells.apart.any(axis=1)
    known = _known_arms(_units_of(cells, analysed), variants)
    return _Grid(columns, cells, known, held, apart).fields() | {
        "caps": _agreed(columns, cells),
        "cut_off": min(filter(None, cells.cut_off.values), default=None),
        "left_out": tuple(sorted(_left_out(cells, ~analysed), key=partial(_place, known))),
    }


def _units_of(cells: CheckedCells, analysed: Bools) -> dict[str, int]:
    """The units of every variant that is analysed, in the order in which they appear."""
    arms = cells.variant.only(analysed)
    return {
        str(arm): sum(cells.units[arms.codes == code].tolist())
        for code, arm in enumerate(arms.values)
    }


def _left_out(cells: CheckedCells, left: Bools) -> Iterator[LeftOut]:
    """What became of units that are in no cell, by step and variant."""
    held: dict[tuple[Any, ...], tuple[int, int]] = {}
    for row in np.flatnonzero(left & ((cells.units != 0) | (cells.rows != 0))).tolist():
        status = cells.status.cell(row)
        segment, period = tuple[str, ...](), None
        if status == IMMATURE:
            segment = tuple(one.cell(row) for one in cells.segments)
            period = cells.period.cell(row)
        key = status, cells.variant.cell(row), segment, period
        units, rows = held.get(key, (0, 0))
        held[key] = units + int(cells.units[row]), rows + int(cells.rows[row])
    for (status, variant, segment, period), (units, rows) in held.items():
        yield LeftOut(status, variant, units, rows, segment, period)


def _place(variants: tuple[str, ...], out: LeftOut) -> tuple[Any, ...]:
    """What orders those who left, in whatever order an engine tells of them."""
    known = variants.index(out.variant) if out.variant in variants else -1
    day = out.period or date.min
    return [*STEPS].index(out.step), known, out.variant or "", [*map(str, out.segment)], day


def _agreed(columns: Columns, cells: CheckedCells) -> tuple[tuple[str, float | None], ...]:
    """The caps, told by some rows; CountsError where amounts were capped at different ones."""
    caps = []
    for name, told in zip(columns.capped, cells.caps, strict=True):
        found = list(dict.fromkeys(cap for cap in told.values if cap is not None))
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
    """The axes that the labels of some cells span.

    held: rows that count units, (N,); apart: rows that tell of goals apart.
    """

    def __init__(
        self,
        columns: Columns,
        cells: CheckedCells,
        variants: tuple[str, ...],
        held: Bools,
        apart: Bools,
    ) -> None:
        self.columns, self.cells, self.variants = columns, cells, variants
        self.rows = held, apart
        placed = held | apart
        levels = tuples([segment.only(placed).sorted() for segment in cells.segments], placed)
        self.segments = levels.values or ((NO_LEVEL,) * len(columns.segments),)
        periods = cells.period.only(placed).sorted(_by_day)
        self.periods = periods.values or (None,)
        bits = [Encoded((False, True), bit.astype(np.int64)) for bit in cells.patterns.T]
        patterns = tuples(bits, held)
        self.patterns = patterns.values or ((False,) * len(columns.goals),)
        arms = {variant: at for at, variant in enumerate(variants)}
        arm = cells.variant.spread([arms.get(str(one), -1) for one in cells.variant.values], -1)
        self.at = arm, levels.codes, periods.codes, patterns.codes

    def fields(self) -> dict[str, Any]:
        """Labels and dense arrays of the cells."""
        cells, (held, apart) = self.cells, self.rows
        axes = (self.variants, self.segments, self.periods, self.patterns)
        shape = tuple(map(len, axes))
        measures, others = len(self.columns.measures), len(self.columns.apart)
        self.refuse_if_absurd(int(np.prod(shape)) * (2 + measures + measures**2))
        place = tuple(at[held] for at in self.at)
        whole = np.zeros((2, *shape), dtype=np.int64)
        counted = {"units": cells.units[held], "rows": cells.rows[held]}
        for table, (name, counts) in zip(whole, counted.items(), strict=True):
            refuse_uncountable(name, counts.tolist())
            np.add.at(table, place, counts)
        sums, products = np.zeros((*shape, measures)), np.zeros((*shape, measures, measures))
        np.add.at(sums, place, cells.values[held, :measures])
        np.add.at(products, place, _symmetric(cells.values[held, measures:], measures))
        own = np.arange(measures)
        squares = possible_squares(self.columns.measures, whole[0], sums, products[..., own, own])
        products[..., own, own] = squares
        pairs = np.zeros((*shape[:3], others, 2))
        places = tuple(at[apart] for at in self.at[:3])
        np.add.at(pairs, places, cells.apart[apart].reshape(int(apart.sum()), others, 2))
        each = whole[0].sum(axis=-1)
        pairs[..., 1] = possible_squares(self.columns.apart, each, pairs[..., 0], pairs[..., 1])
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
