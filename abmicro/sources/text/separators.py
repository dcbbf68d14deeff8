"""How a text file parts its cells, told by its first lines: the sign between them, the names.

One row that is too long or cut says nothing here; it is named when the file is read.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Collection, Sequence
from io import StringIO
from itertools import islice

from abmicro.frozen import frozen

SIGNS = (",", ";", "\t", "|")
ENOUGH = 100
"""Rows from which the sign is chosen."""


@frozen
class Layout:
    """How a text file parts its cells.

    sign: between cells. skip: lines above the names. names: of its columns, each only once;
    twice: those that stand there several times.
    """

    sign: str
    skip: int
    names: tuple[str, ...]
    twice: frozenset[str] = frozenset()


def layout_of(text: str, known: Collection[str] = ()) -> Layout | None:
    r"""The layout that the first lines of a file show; None where they hold nothing.

    known: names of columns that are looked for. The row that holds most of them is that of the
        names; where none does it is the first row that is as wide as most.

    >>> layout_of("# shop\nuser;spend\na;1,5\n")
    Layout(sign=';', skip=1, names=('user', 'spend'), twice=frozenset())
    """
    ways = [_way(text, sign, frozenset(known)) for sign in SIGNS]
    found = [way for way in ways if way is not None]
    return max(found, key=lambda way: way[0])[1] if found else None


def _way(text: str, sign: str, known: frozenset[str]) -> tuple[tuple[int, int, int], Layout] | None:
    """A layout and how good it is: names that are known, rows of its width, width."""
    rows = _rows(text, sign)
    if not rows:
        return None
    hits = [len(known & set(row)) for _, row in rows]
    widths = [len(row) for _, row in rows]
    usual = evenness([row for _, row in rows])[1] or 1
    at = hits.index(max(hits)) if any(hits) else widths.index(usual)
    skip, names = rows[at]
    alike = widths.count(len(names)) if len(names) > 1 else 0
    return (hits[at], alike, len(names)), _layout(sign, skip, names)


def evenness(rows: Sequence[Sequence[str]]) -> tuple[int, int]:
    """How many rows have the commonest width of two cells or more, and that width.

    >>> evenness([["a", "b"], ["1", "2"], ["total"]])
    (2, 2)
    """
    widths = Counter(len(row) for row in rows if len(row) > 1)
    return max(((times, width) for width, times in widths.items()), default=(0, 0))


def _layout(sign: str, skip: int, names: Sequence[str]) -> Layout:
    twice = {name for name, times in Counter(names).items() if times > 1}
    return Layout(sign, skip, _distinct(names), frozenset(twice))


def _rows(text: str, sign: str) -> list[tuple[int, list[str]]]:
    """The first rows that hold something, each with the number of lines above it."""
    reader, above, rows = csv.reader(StringIO(text, newline=""), delimiter=sign), 0, []
    try:
        for row in islice(reader, ENOUGH):
            if any(cell.strip() for cell in row):
                rows.append((above, [cell.strip() for cell in row]))
            above = reader.line_num
    except csv.Error:  # a cell without end
        pass
    return rows


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Names of which none stands twice, in small letters either; those that are empty by place.

    >>> _distinct(["a", "", "A"])
    ('a', 'column1', 'A_1')
    """
    made: list[str] = []
    for at, name in enumerate(names):
        free, times = name or f"column{at}", 0
        while free.lower() in map(str.lower, made):
            times += 1
            free = f"{name or f'column{at}'}_{times}"
        made.append(free)
    return tuple(made)
