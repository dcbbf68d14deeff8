"""Where the table stands among the cells: names above rows, with what is around it set aside."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from abmicro.errors import Problem, SourceError
from abmicro.sources import vocabulary
from abmicro.sources.sheets.cells import Cell
from abmicro.sources.sheets.numbers import is_number, is_rate

RULE = re.compile(r":?-{2,}:?|={2,}")
COMPARISON = re.compile(
    r"(absolute |relative |rel |abs )?(difference|diff|delta|lift|uplift|change|improvement|"
    r"average|avg|mean|median|differenz|unterschied|ver[aä]nderung|durchschnitt|mittelwert|"
    r"p ?val(ue)?|p|p ?wert|significan(ce|t)|signifikan(z|t)|confidence|konfidenz|power|z score|"
    r"chance to win|probability|winner|gewinner|std|sd|standard deviation|difference .*|"
    r"diff[ée]rence|moyenne|diferencia|promedio|media|differenza|verschil|gemiddelde)",
    re.IGNORECASE,
)
CORNER, VARIANT, COUNT = "metric", "variant", "count"
"""Names of columns that have none."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of cells.

    names: of the columns. rows: as wide as the names. titles: lines above the names.
    notes: what was done to the cells so far.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    titles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def noting(self, *notes: str) -> Grid:
        """The same grid with further notes."""
        return replace(self, notes=(*self.notes, *notes))


def grid_of(rows: Sequence[Sequence[Cell]]) -> Grid:
    """The table among rows of cells: the first row of names under which numbers stand.

    Raises SourceError where no row names the columns, or rows are wider than the names.
    """
    filled = [row for row in rows if any(map(_says, row)) and not _is_rule(row)]
    at = next((at for at in range(len(filled) - 1) if _is_header(filled, at)), None)
    if at is None:
        what = "no row of names with numbers below it"
        hint = "put a row as wide as the numbers above them: variant,visitors,carts,orders"
        raise SourceError(Problem("data.source", what, "E335", hint))
    header, body = _padded(filled[at], filled[at + 1 :])
    titles = tuple(_line(row) for row in filled[:at])
    kept = [row for row in body if any(map(is_number, row))]
    _refuse_second_table(header, body)
    names = tuple(
        str(name).lstrip("#").strip() if not place else str(name)
        for place, name in enumerate(header)
    )
    grid = Grid(names, tuple(kept), titles)
    aside = [_line(row) for row in body if row not in kept]
    notes = [f"lines above the names: {'; '.join(titles)}"] * bool(titles)
    notes += [f"lines without numbers, set aside: {'; '.join(aside[:5])}"] * bool(aside)
    return _without_blank_columns(grid).noting(*notes)


def _says(cell: Cell) -> bool:
    return cell != ""


def _is_rule(row: Sequence[Cell]) -> bool:
    return all(isinstance(cell, str) and (not cell or RULE.fullmatch(cell)) for cell in row)


def _line(row: Sequence[Cell]) -> str:
    return " ".join(str(cell) for cell in row if _says(cell)).lstrip("# ")


def _is_header(rows: Sequence[Sequence[Cell]], at: int) -> bool:
    """Whether a row names the columns of those below: as wide as they are, and names over numbers.

    Its first cell may be empty; names of variants may be numbers where metrics stand below.
    """
    row, below = rows[at], rows[at + 1 :]
    if not any(map(is_number, below[0])):
        return False
    numbered = [one for one in below if any(map(is_number, one))]
    width, _ = Counter(map(_width, numbered)).most_common(1)[0]
    filled = {place for place, cell in enumerate(row) if _says(cell)}
    used = {place for one in numbered for place, cell in enumerate(one[:width]) if _says(cell)}
    if len(filled) < 2 or not used - {min(used)} <= filled:
        return False
    named = [place for place in filled if not is_number(row[place])]
    over = any(place < len(below[0]) and is_number(below[0][place]) for place in named)
    return over or (not is_number(row[0]) and _tells_metrics([one[0] for one in below if one]))


def _width(row: Sequence[Cell]) -> int:
    return max((place for place, cell in enumerate(row, 1) if _says(cell)), default=0)


def _tells_metrics(cells: Sequence[Cell]) -> bool:
    return any(vocabulary.says(str(cell), vocabulary.UNITS) for cell in cells)


def _padded(
    header: Sequence[Cell], body: Sequence[Sequence[Cell]]
) -> tuple[tuple[Cell, ...], list[tuple[Cell, ...]]]:
    """Rows as wide as the names; SourceError where one is wider."""
    wide = _width(header)
    for row in body:
        if _width(row) > wide and any(map(is_number, row)):
            what = f"the row {_line(row)!r} has {_width(row)} cells, and there are {wide} names"
            hint = 'name every column, and write "10,000" in quotes where a comma parts cells'
            raise SourceError(Problem("data.source", what, "E335", hint))
    return tuple(header[:wide]), [tuple((*row, *[""] * wide)[:wide]) for row in body]


def _refuse_second_table(header: Sequence[Cell], body: Sequence[Sequence[Cell]]) -> None:
    """Raise SourceError where other names stand between the rows of numbers."""
    numbered = [at for at, row in enumerate(body) if any(map(is_number, row))]
    for row in body[: numbered[-1]]:
        names = not any(map(is_number, row)) and sum(map(_says, row)) > 1
        if names and tuple(row) != tuple(header):
            what = f"two tables in one sheet: {_line(header)!r} and below it {_line(row)!r}"
            hint = "keep one of them, or give each a sheet of its own"
            raise SourceError(Problem("data.source", what, "E335", hint))


def _without_blank_columns(grid: Grid) -> Grid:
    kept = [
        place
        for place, name in enumerate(grid.names)
        if name or any(_says(row[place]) for row in grid.rows)
    ]
    names = tuple(grid.names[place] or CORNER for place in kept)
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        what = f"{len([n for n in names if n == twice[0]])} columns are called {twice[0]!r}"
        hint = "give every column a name of its own; one row per variant and segment"
        raise SourceError(Problem("data.source", what, "E335", hint))
    return replace(
        grid, names=names, rows=tuple(tuple(row[at] for at in kept) for row in grid.rows)
    )


def turned(grid: Grid) -> Grid:
    """The grid with variants in rows, where they stand across and metrics down.

    >>> rows = [("metric", "old", "new"), ("visitors", "100", "110"), ("orders", "7", "9")]
    >>> turned(grid_of(rows)).rows[:2]
    (('visitors', 'old', '100'), ('visitors', 'new', '110'))
    """
    texts, across = _texts_and_numbers(grid)
    metric = next((at for at in texts if _tells_metrics([row[at] for row in grid.rows])), None)
    headed = [name for name in grid.names if vocabulary.says(name, vocabulary.UNITS)]
    if metric is None or headed or len(across) < 2 or _has_variant(grid, texts, metric):
        return grid
    of_units = [row for row in grid.rows if vocabulary.says(str(row[metric]), vocabulary.UNITS)]
    plain = [one for one in of_units if not any(map(is_rate, one))] or of_units
    kept = [at for at in across if all(is_number(row[at]) for row in plain)]
    rows = [
        (*(row[at] for at in texts), grid.names[place], row[place])
        for row in grid.rows
        for place in kept
    ]
    names = (*(grid.names[at] for at in texts), VARIANT, COUNT)
    note = f"turned: variants stood across ({', '.join(grid.names[at] for at in kept)})"
    aside = [grid.names[at] for at in across if at not in kept]
    notes = [note, *[f"columns without visitors, set aside: {', '.join(aside)}"] * bool(aside)]
    return replace(grid, names=names, rows=tuple(rows)).noting(*notes)


def _texts_and_numbers(grid: Grid) -> tuple[list[int], list[int]]:
    """Places of columns without a number, and of the others."""
    numbers = [at for at in range(len(grid.names)) if any(is_number(row[at]) for row in grid.rows)]
    return [at for at in range(len(grid.names)) if at not in numbers], numbers


def _has_variant(grid: Grid, texts: Sequence[int], metric: int) -> bool:
    """Whether a column of texts beside the metrics is one of variants."""
    levels = {
        grid.names[at]: tuple(str(row[at]) for row in grid.rows) for at in texts if at != metric
    }
    return vocabulary.variant_among(levels, sure=True) is not None


def without_comparisons(grid: Grid) -> Grid:
    """The grid without rows and columns that compare others: differences, means, p-values."""
    rows = [row for row in grid.rows if not _is_comparison(row[0])]
    columns = [at for at, name in enumerate(grid.names) if at == 0 or not _is_comparison(name)]
    gone = [str(row[0]) for row in grid.rows if row not in rows]
    gone += [name for at, name in enumerate(grid.names) if at not in columns]
    if not gone or not rows:
        return grid
    kept = tuple(tuple(row[at] for at in columns) for row in rows)
    names = tuple(grid.names[at] for at in columns)
    return replace(grid, names=names, rows=kept).noting(f"compared, set aside: {', '.join(gone)}")


def _is_comparison(cell: Cell) -> bool:
    return COMPARISON.fullmatch(vocabulary.words(str(cell))) is not None
