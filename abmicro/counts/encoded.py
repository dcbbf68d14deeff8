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

    def first_row(self, place: int) -> int:
        """The row in which a value first appears."""
        return int(np.argmax(self.codes == place))

    def cell(self, row: int) -> T:
        """What stands in a row that is looked at."""
        return self.values[int(self.codes[row])]

    def cells(self) -> list[T]:
        """What stands in every row, where all are looked at."""
        return [self.values[code] for code in self.codes.tolist()]

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


def _told_apart(cells: Sequence[object]) -> Sequence[Hashable]:
    """Keys that are equal where cells are so and of one type: 1 is neither True nor 1.0."""
    kinds = {*map(type, cells)} - {type(None)}
    keys = cells if len(kinds) < 2 else [*zip(map(type, cells), cells, strict=True)]
    try:
        hash(tuple(keys))
    except TypeError:  # a list in place of a number
        return [*map(id, cells)]
    return keys
