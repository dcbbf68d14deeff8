"""Between cells and arrays: rows gathered into the arrays of a joint table, and back."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from abmicro.counts.invariants import refuse_uncountable
from abmicro.counts.parsing import NO_LEVEL
from abmicro.counts.records import Apart, LeftOut
from abmicro.counts.row_format import ANALYSED, IMMATURE, Cell, Columns
from abmicro.errors import CountsError, Problem, suggest

if TYPE_CHECKING:
    from abmicro.counts.joint_counts import JointCounts

LARGEST_TABLE = 50_000_000
ANALYSED_HINT = "a row of units has the status analysed, and the name of its variant"
"""Numbers a table may hold (400 MB); beyond it a segment or goal is too fine for a joint table."""


def gather(
    columns: Columns, cells: Iterable[Cell], variants: Sequence[str] | None
) -> dict[str, Any]:
    """The fields of a `JointCounts` that holds these cells; see `JointCounts.from_rows`."""
    held: dict[tuple[Any, ...], list[Any]] = {}
    apart: dict[tuple[Any, ...], list[Any]] = {}
    left: dict[tuple[Any, ...], list[Any]] = {}
    arms: dict[str, int] = {}
    caps: dict[str, float | None] = dict.fromkeys(columns.capped)
    cut_off: datetime | None = None
    for cell in cells:
        cut_off = _earliest(cut_off, cell.cut_off)
        _agree(caps, cell.caps)
        if cell.status != ANALYSED:
            kept = (cell.segment, cell.period) if cell.status == IMMATURE else ((), None)
            _add(left, (cell.status, cell.variant, *kept), (cell.units, cell.rows))
            continue
        place = (str(cell.variant), cell.segment, cell.period)
        arms[place[0]] = arms.get(place[0], 0) + cell.units
        _add(apart, place, cell.apart)
        _add(held, (*place, cell.pattern), (cell.units, cell.rows, *cell.values))
    known = _known_arms(arms, variants)
    grid = _Grid(columns, known, [*held, *apart])
    return grid.fields(held, apart) | {
        "caps": tuple(caps.items()),
        "cut_off": cut_off,
        "left_out": tuple(
            LeftOut(step, variant, units, rows, segment, period)
            for (step, variant, segment, period), (units, rows) in left.items()
        ),
    }


def _agree(caps: dict[str, float | None], found: Sequence[float | None]) -> None:
    """Take over the caps of a row; CountsError where amounts were capped at another one."""
    for (name, before), cap in zip(tuple(caps.items()), found, strict=True):
        if cap is not None and before not in (None, cap):
            what = f"amounts were capped at {before:g} and at {cap:g}"
            hint = "collect both with one cap: `caps` of the earlier table, or an amount"
            raise CountsError(Problem(f"goals.{name}.cap", what, "E407", hint))
        caps[name] = before if cap is None else cap


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier of two moments; the one there is where the other is not."""
    return min(filter(None, (one, other)), default=None)


def _add(table: dict[Any, list[Any]], key: Hashable, numbers: Sequence[float]) -> None:
    """Add numbers to those under the key; all zeros make no entry, hence no label of an axis."""
    if any(numbers):
        before = table.get(key, (0,) * len(numbers))
        table[key] = [old + new for old, new in zip(before, numbers, strict=True)]


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
        self, columns: Columns, variants: tuple[str, ...], places: Sequence[tuple[Any, ...]]
    ) -> None:
        self.columns = columns
        self.variants = variants
        none = (NO_LEVEL,) * len(columns.segments)
        self.segments = tuple(sorted({place[1] for place in places})) or (none,)
        self.periods = tuple(sorted({place[2] for place in places}, key=_by_day)) or (None,)
        patterns = {place[3] for place in places if len(place) > 3 and place[3] is not None}
        self.patterns = tuple(sorted(patterns)) or ((False,) * len(columns.goals),)
        self.at = [
            {label: at for at, label in enumerate(axis)}
            for axis in (self.variants, self.segments, self.periods, self.patterns)
        ]

    def fields(
        self, held: dict[tuple[Any, ...], list[Any]], apart: dict[tuple[Any, ...], list[Any]]
    ) -> dict[str, Any]:
        """Labels and dense arrays of the cells."""
        shape = tuple(map(len, self.at))
        measures, others = len(self.columns.measures), len(self.columns.apart)
        self.refuse_if_absurd(int(np.prod(shape)) * (2 + measures + measures**2))
        where = self.index(held, 4)
        whole = np.zeros((2, *shape), dtype=np.int64)
        for at, name in enumerate(("units", "rows")):
            refuse_uncountable(name, (numbers[at] for numbers in held.values()))
            whole[at][where] = [numbers[at] for numbers in held.values()]
        values = np.array([numbers[2:] for numbers in held.values()], dtype=float)
        values = values.reshape(len(held), len(self.columns.value_names))
        sums, products = np.zeros((*shape, measures)), np.zeros((*shape, measures, measures))
        sums[where] = values[:, :measures]
        products[where] = _symmetric(values[:, measures:], measures)
        pairs = np.zeros((*shape[:3], others, 2))
        totals = np.array(list(apart.values()), dtype=float).reshape(len(apart), others, 2)
        pairs[self.index(apart, 3)] = totals
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

    def index(self, keys: Iterable[tuple[Any, ...]], axes: int) -> tuple[Any, ...]:
        """Positions of labelled cells along the first axes, as numpy takes them."""
        found = [[at[label] for at, label in zip(self.at, key, strict=False)] for key in keys]
        return tuple(np.array(found, dtype=np.intp).reshape(-1, axes).T)

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
