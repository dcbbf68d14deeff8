"""The row that names the columns of a sheet, or the two rows that do so together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from abmicro.errors import Problem, SourceError
from abmicro.frozen import frozen
from abmicro.sources.sheets.cells import Cell
from abmicro.sources.sheets.grid import line, tells_metrics
from abmicro.sources.sheets.numbers import is_number, is_rate

Row = Sequence[Cell]


@frozen
class Header:
    """Names of columns.

    names: one for each column, may be empty. first, last: the rows in which they stand.
    over: where two rows tell a name, both parts of each; empty where one row does.
    """

    names: tuple[Cell, ...]
    first: int
    last: int
    over: tuple[tuple[str, str], ...] = ()


def header_of(rows: Sequence[Row]) -> Header:
    """The first names under which numbers stand.

    rows: those that hold something. Raises SourceError where no row names the columns.
    """
    found = next(filter(None, (_header_at(rows, at) for at in range(len(rows) - 1))), None)
    if found is None:
        what = "no row of names with numbers below it"
        hint = "put a row as wide as the numbers above them: variant,visitors,carts,orders"
        raise SourceError(Problem("data.source", what, "E335", hint))
    return found


def _header_at(rows: Sequence[Row], at: int) -> Header | None:
    """The names in a row, alone or with the row above it."""
    row, below = rows[at], rows[at + 1 :]
    above = rows[at - 1] if at else ()
    alone = Header(tuple(row), at, at) if _is_header(row, below) else None
    if not at or (alone and not _is_unclear(row, below)):
        return alone
    if _is_clear(above, below) and not any(map(is_number, above)):
        return Header(tuple(above), at - 1, at)
    parted = alone is None and not any(map(is_number, (*above, *row)))
    parts = tuple(_joined(above, row)) if parted or _twice(row, below) else ()
    joined = tuple(" ".join(filter(None, pair)) for pair in parts)
    return Header(joined, at - 1, at, parts) if _is_clear(joined, below) else alone


def _is_clear(row: Row, below: Sequence[Row]) -> bool:
    """Whether a row names the columns of those below, each in its own way."""
    return _is_header(row, below) and not _twice(row, below)


def _is_unclear(row: Row, below: Sequence[Row]) -> bool:
    """Whether names stand twice, or say more of variants whose names stand above."""
    return _twice(row, below) or _stands_over_metrics(below)


def _twice(row: Row, below: Sequence[Row]) -> bool:
    """Whether two columns that are no rates are called alike."""
    numbered = [one for one in below if any(map(is_number, one))]
    named = [cell for at, cell in enumerate(row) if cell != "" and not _is_rates(numbered, at)]
    return len(set(named)) < len(named)


def _is_header(row: Row, below: Sequence[Row]) -> bool:
    """Whether a row names the columns of those below: as wide as they are, and names over numbers.

    Its first cell may be empty, and one over rates; names of variants may be numbers where metrics
    stand below.
    """
    if not below or not any(map(is_number, below[0])):
        return False
    numbered = [one for one in below if any(map(is_number, one))]
    width, _ = Counter(map(width_of, numbered)).most_common(1)[0]
    filled = _filled(row)
    used = set[int]().union(*(_filled(one[:width]) for one in numbered))
    bare = {place for place in used - filled if _is_rates(numbered, place)}
    if len(filled) < 2 or not used - {min(used)} - bare <= filled:
        return False
    over = {place for place in filled & _filled(below[0]) if is_number(below[0][place])}
    if any(not is_number(row[place]) for place in over):
        return True
    return not is_number(row[0]) and _stands_over_metrics(below)


def _filled(row: Row) -> set[int]:
    """The places of cells that hold something."""
    return {place for place, cell in enumerate(row) if cell != ""}


def _stands_over_metrics(below: Sequence[Row]) -> bool:
    """Whether a row below is called like visitors."""
    return tells_metrics([one[0] for one in below if one])


def _is_rates(rows: Sequence[Row], place: int) -> bool:
    """Whether a column holds rates in percent and nothing else."""
    cells = [row[place] for row in rows if place < len(row) and row[place] != ""]
    return bool(cells) and all(map(is_rate, cells))


def _joined(above: Row, row: Row) -> Iterator[tuple[str, str]]:
    """Both parts of each name, where the upper ones stand over several of the lower ones."""
    texts = [cell for cell in above if cell != ""]
    if len(texts) < 2 or (any(map(is_number, row)) and not tells_metrics(texts)):
        return
    group = ""
    for place, cell in enumerate(row):
        own = str(above[place]) if place < len(above) else ""
        group = own or (group if cell != "" else "")
        yield (group, str(cell))


def width_of(row: Row) -> int:
    """How many cells a row has up to the last that holds something."""
    return max((place for place, cell in enumerate(row, 1) if cell != ""), default=0)


def width_below(header: Header, body: Sequence[Row]) -> int:
    """How many columns have names, or are rates beside the last one that has."""
    wide = width_of(header.names)
    numbered = [row for row in body if any(map(is_number, row))]
    while _is_rates(numbered, wide):
        wide += 1
    return wide


def refuse_second_table(header: Header, body: Sequence[Row]) -> None:
    """Raise SourceError where other names stand between the rows of numbers."""
    numbered = [at for at, row in enumerate(body) if any(map(is_number, row))]
    for row in body[: numbered[-1]]:
        names = not any(map(is_number, row)) and sum(cell != "" for cell in row) > 1
        if names and tuple(row) != header.names:
            what = f"two tables in one sheet: {line(header.names)!r} and below it {line(row)!r}"
            hint = "keep one of them, or give each a sheet of its own"
            raise SourceError(Problem("data.source", what, "E335", hint))
