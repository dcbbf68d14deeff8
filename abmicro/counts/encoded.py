"""A column by the values that differ: each is looked at once, and the rows are an array."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from abmicro.frozen import frozen

if TYPE_CHECKING:
    from abmicro.array_types import Bools, Integers

T = TypeVar("T")


@frozen(eq=False)
class Encoded(Generic[T]):
    """A column of N rows.

    values: D values in the order in which they appear. codes: int (N,), the place of the value of
    each row, -1 in rows that are not looked at.

    >>> column = Encoded.of(("A", "A", None, "B"))
    >>> column.values, column.codes.tolist(), column.spread([5, 0, 7], 0).tolist()
    (('A', None, 'B'), [0, 0, 1, 2], [5, 5, 0, 7])
    """

    values: tuple[T, ...]
    codes: Integers

    @classmethod
    def of(cls, cells: Sequence[T]) -> Encoded[T]:
        """The column of these cells; what is equal and of one type is one value."""
        keys = _told_apart(cells)
        differing = dict(zip(keys, cells, strict=True))
        place = {key: at for at, key in enumerate(differing)}
        codes = np.fromiter(map(place.__getitem__, keys), dtype=np.int64, count=len(cells))
        return Encoded(tuple(differing.values()), codes)

    def only(self, rows: Bools) -> Encoded[T]:
        """The column of which no other rows are looked at: bool (N,)."""
        kept = self.codes[rows]
        there, first = np.unique(kept, return_index=True)
        order = there[np.argsort(first)]
        place, codes = np.zeros(len(self.values), dtype=np.int64), np.full(len(rows), -1)
        place[order] = np.arange(len(order))
        codes[rows] = place[kept]
        return Encoded(tuple(self.values[at] for at in order.tolist()), codes)

    def sorted(self, order: Callable[[T], Any] | None = None) -> Encoded[T]:
        """The column with its values in order, each of them once."""
        labels: list[T] = sorted({*self.values}, key=order)  # type: ignore[type-var, arg-type]
        place = {label: at for at, label in enumerate(labels)}
        return Encoded(tuple(labels), self.spread([place[one] for one in self.values], -1))

    def first_row(self, place: int) -> int:
        """The row in which a value first appears."""
        return int(np.argmax(self.codes == place))

    def cell(self, row: int) -> T:
        """What stands in a row that is looked at."""
        return self.values[int(self.codes[row])]

    def where(self, holds: Callable[[T], bool]) -> Bools:
        """In which rows a value of this kind stands: bool (N,)."""
        found: Bools = self.spread([*map(holds, self.values)], False)
        return found

    def numbers(self, otherwise: float = 0) -> Any:
        """The values of all rows, which are numbers: (N,), another one in rows not looked at."""
        return self.spread(self.values, otherwise)

    def spread(self, told: Sequence[Any], otherwise: Any) -> Any:
        """What is told of each value, for all rows: (N,), something else in those not looked at."""
        return np.array([*told, otherwise])[self.codes]


def tuples(columns: Sequence[Encoded[T]], rows: Bools) -> Encoded[tuple[T, ...]]:
    """What some rows hold in several columns of sorted values, as one such column of tuples.

    >>> level, day = Encoded.of(("a", "b", "a", "a")), Encoded.of((1, 1, 2, 1))
    >>> both = tuples([level, day], np.array([True, True, True, False]))
    >>> both.values, both.codes.tolist()
    ((('a', 1), ('a', 2), ('b', 1)), [0, 2, 1, -1])
    """
    found = np.zeros(int(rows.sum()), dtype=np.int64)
    for column in columns:
        wider = found * len(column.values) + column.codes[rows]
        _, found = np.unique(wider, return_inverse=True)
    _, first = np.unique(found, return_index=True)
    codes = np.full(len(rows), -1)
    codes[rows] = found
    known = np.flatnonzero(rows)[first].tolist()
    return Encoded(tuple(tuple(one.cell(row) for one in columns) for row in known), codes)


def _told_apart(cells: Sequence[object]) -> Sequence[Hashable]:
    """Keys that are equal where cells are so and of one type: 1 is neither True nor 1.0."""
    kinds = {*map(type, cells)} - {type(None)}
    keys = cells if len(kinds) < 2 else [*zip(map(type, cells), cells, strict=True)]
    try:
        hash(tuple(keys))
    except TypeError:  # a list in place of a number
        return [*map(id, cells)]
    return keys
