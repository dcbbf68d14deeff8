"""Where the table stands among the cells: names above rows, with what is around it set aside."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from abmicro.errors import Problem, SourceError
from abmicro.sources import vocabulary
from abmicro.sources.sheets.across import spread
from abmicro.sources.sheets.cells import Cell
from abmicro.sources.sheets.columns import is_label, is_time
from abmicro.sources.sheets.double_counts import is_total_like
from abmicro.sources.sheets.grid import CORNER, COUNT, VARIANT, Grid, line, tells_metrics
from abmicro.sources.sheets.headers import (
    Header,
    header_of,
    refuse_second_table,
    width_below,
    width_of,
)
from abmicro.sources.sheets.numbers import is_number, is_rate
from abmicro.sources.text.dates import CELL, ISO

INDEX = re.compile(r"Unnamed: \d+(_level_\d+)?")
"""What pandas calls a column without a name."""
ACROSS = re.compile(
    r"(kw|w|wk|week|woche|semaine|day|tag|q|quarter|quartal) ?\d+( ?/?\d{2,4})?|"
    r"(jan(uary?)?|feb(ruary?)?|mar(ch|s)?|m[aä]rz|apr(il)?|may|mai|june?|juni?|july?|juli?|"
    r"aug(ust)?|sept?(ember)?|o[ck]t(ober)?|nov(ember)?|de[cz](ember)?|"
    r"mon(day)?|tues?(day)?|wed(nesday)?|thu(rs)?(day)?|fri(day)?|sat(urday)?|sun(day)?|"
    r"montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)\.?( ?'?\d{1,4})?",
    re.IGNORECASE,
)
"""Days, weeks and months as columns are called by them."""
NUMBER = re.compile(r"(of|der|de|di|av) ", re.IGNORECASE)
"""What follows the sign # where it stands for number."""
COUNTED = re.compile(r"[\s_:-]+[(\[]?(n|counts?|number|#|anzahl|nombre|abs(olute?)?)[)\]]?$", re.I)
"""What is said behind a variant where a rate stands beside its counts."""
RULE = re.compile(r":?-{2,}:?|={2,}")


def grid_of(rows: Sequence[Sequence[Cell]]) -> Grid:
    """The table among rows of cells: the first names under which numbers stand.

    Raises SourceError where no row names the columns, or rows are wider than the names.
    """
    filled, blanks = _filled(rows)
    header = header_of(filled)
    under = filled[header.last + 1 :]
    totals = {at for at, row in enumerate(under) if _is_total_beside(header, row)}
    body = _padded(header, under)
    refuse_second_table(header, body)
    below = totals | _below(body, {at - header.last - 1 for at in blanks})
    kept = [at for at, row in enumerate(body) if any(map(is_number, row)) and at not in below]
    titles = tuple(map(line, filled[: header.first]))
    second = [] if header.over else filled[header.first + 1 : header.last + 1]
    aside = [*map(line, second), *(line(body[at]) for at in {*range(len(body))} - {*kept})]
    notes = [f"lines above the names: {'; '.join(titles)}"] * bool(titles)
    notes += [f"lines without counts, set aside: {'; '.join(aside[:5])}"] * bool(aside)
    named = _without_remark(filled[: header.first], header, under)
    return _named(named, [body[at] for at in kept], titles).noting(*notes)


def _filled(rows: Sequence[Sequence[Cell]]) -> tuple[list[Sequence[Cell]], set[int]]:
    """The rows that hold something, and those among them that stand below a blank one."""
    found: list[Sequence[Cell]] = []
    blanks = set()
    for row in rows:
        if not any(cell != "" for cell in row):
            blanks.add(len(found))
        elif not _is_rule(row):
            found.append(row)
    first = min((at for row in found for at, cell in enumerate(row) if cell != ""), default=0)
    return [row[first:] for row in found], blanks


def _is_rule(row: Sequence[Cell]) -> bool:
    return all(isinstance(cell, str) and (not cell or RULE.fullmatch(cell)) for cell in row)


def _without_remark(
    above: Sequence[Sequence[Cell]], header: Header, under: Sequence[Sequence[Cell]]
) -> Header:
    """The names without the sign of a remark, where their line begins with it.

    Over counts the sign stands for number, as in "# of visitors", unless lines above have it too.
    """
    first, *others = map(str, header.names)
    bare = first.lstrip("#").strip()
    if bare == first or NUMBER.match(bare) or any(one.startswith("#") for one in others):
        return header
    counts = not is_label(bare) and all(is_number(row[0]) for row in under if row[0] != "")
    remarks = any(str(row[0]).startswith("#") for row in above)
    return header if counts and not remarks else replace(header, names=(bare, *others))


def _is_total_beside(header: Header, row: Sequence[Cell]) -> bool:
    """Whether a row without labels is called a total behind the last of its numbers."""
    more = [str(cell) for cell in row[width_of(header.names) :] if cell != ""]
    return row[0] == "" and bool(more) and all(map(is_total_like, more))


def _padded(header: Header, body: Sequence[Sequence[Cell]]) -> list[tuple[Cell, ...]]:
    """Rows as wide as the names; SourceError where one is wider."""
    wide = width_below(header, body)
    for row in body:
        more = [str(cell) for cell in row[wide:] if cell != ""]
        if more and any(map(is_number, row)) and not all(map(is_total_like, more)):
            what = f"the row {line(row)!r} has {width_of(row)} cells, and there are {wide} names"
            hint = 'name every column, and write "10,000" in quotes where a comma parts cells'
            raise SourceError(Problem("data.source", what, "E335", hint))
    return [tuple((*row, *[""] * wide)[:wide]) for row in body]


def _below(body: Sequence[Sequence[Cell]], blanks: set[int]) -> set[int]:
    """Rows below a blank one that hold one number each, where a row of the table has more cells."""
    numbers = [sum(map(is_number, row)) for row in body]
    cells = [sum(cell != "" for cell in row) for row in body]
    pairs = list(zip(numbers, cells, strict=True))
    above = pairs[: min((at for at in blanks if any(numbers[:at])), default=len(body))]
    many, wide = Counter(pair for pair in above if pair[0]).most_common(1)[0][0]
    first = next((at for at in sorted(blanks) if many in numbers[:at]), len(body))
    fewer = [one < many or of < wide for one, of in zip(numbers, cells, strict=True)]
    return {at for at in range(first, len(body)) if numbers[at] == 1 and fewer[at]}


def _named(header: Header, rows: Sequence[tuple[Cell, ...]], titles: tuple[str, ...]) -> Grid:
    """The rows under names of which none stands twice; columns that hold nothing are left out."""
    wide = len(rows[0])
    every = [INDEX.sub("", str(name)) for name in (*header.names, *[""] * wide)]
    numbered = any(map(vocabulary.is_variant_name, every))
    names: dict[int, str] = {}
    notes: list[str] = []
    for at in range(wide):
        held = [row[at] for row in rows if row[at] != ""]
        name = _name_of(at, held, every, [*names.values()])
        if numbered and not every[at] and _counts_rows(held):
            notes.append(f"numbers of the rows, set aside: {', '.join(map(str, held[:3]))}")
        elif name is not None:
            names[at] = name
    _refuse_alike([*names.values()])
    _refuse_days([name for at, name in names.items() if any(is_number(row[at]) for row in rows)])
    whole = Grid(tuple(every[:wide]), tuple(rows), titles).only(names)
    grid = replace(whole, names=tuple(names.values())).noting(*notes)
    return _across(grid, header, [*names])


def _name_of(
    at: int, held: Sequence[Cell], every: Sequence[str], before: Sequence[str]
) -> str | None:
    """What a column is called: a rate after the count beside it; None for one that is empty."""
    name, rates = every[at], bool(held) and all(map(is_rate, held))
    if rates and before and (not name or every.count(name) > 1):
        return f"{before[-1]} {name or '%'}"
    if name:
        return name
    return _corner(held, every) if held else None


def _across(grid: Grid, header: Header, kept: Sequence[int]) -> Grid:
    """The grid with variants in rows, where one row of names tells them and another the counts."""
    texts, _ = _texts_and_numbers(grid)
    if not header.over or any(tells_metrics(grid.column(at)) for at in texts):
        return grid
    pairs = {header.over[place]: at for at, place in enumerate(kept) if place < len(header.over)}
    whole = {pair: at for pair, at in pairs.items() if all(pair)}
    flipped = {(low, up): at for (up, low), at in whole.items()}
    return next((made for one in (whole, flipped) if (made := spread(grid, one))), grid)


def _corner(cells: Sequence[Cell], names: Sequence[str]) -> str:
    """What a column without a name is called."""
    if tells_metrics(cells):
        return CORNER
    return "part" if any(map(vocabulary.is_variant_name, names)) else VARIANT


def _counts_rows(cells: Sequence[Cell]) -> bool:
    """Whether numbers go up by one from row to row."""
    numbers = [str(cell) for cell in cells]
    counted = ([str(at + first) for at in range(len(cells))] for first in (0, 1))
    return bool(cells) and numbers in counted


def _refuse_alike(names: Sequence[str]) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        what = f"{names.count(twice[0])} columns are called {twice[0]!r}"
        hint = "give every column a name of its own; one row per variant and segment"
        raise SourceError(Problem("data.source", what, "E335", hint))


def _refuse_days(names: Sequence[str]) -> None:
    """Raise SourceError where days or weeks stand across, so that each has counts of its own."""
    days = [
        one for one in names if ISO.fullmatch(one) or CELL.fullmatch(one) or ACROSS.fullmatch(one)
    ]
    if len(days) > 1:
        what = f"days or weeks stand across: {', '.join(days[:3])}"
        hint = "write one row for each of them, with the day in a column of its own"
        raise SourceError(Problem("data.source", what, "E335", hint))


def turned(grid: Grid) -> Grid:
    """The grid with variants in rows, where they stand across and metrics down.

    >>> rows = [("metric", "old", "new"), ("visitors", "100", "110"), ("orders", "7", "9")]
    >>> turned(grid_of(rows)).rows[:2]
    (('visitors', 'old', '100'), ('visitors', 'new', '110'))
    """
    texts, across = _texts_and_numbers(grid)
    metric = next((at for at in texts if tells_metrics(grid.column(at))), None)
    if metric is None or len(across) < 2 or tells_metrics(grid.names):
        return grid
    if _has_variant(grid, texts, metric):
        return grid
    labels, held = grid.only(texts), grid.only(_with_visitors(grid, metric, across))
    kept = _of_counts(held)
    rows = tuple(
        (*told, name, cell)
        for told, cells in zip(labels.rows, kept.rows, strict=True)
        for name, cell in zip(kept.names, cells, strict=True)
    )
    aside = [name for name in grid.only(across).names if name not in held.names]
    notes = [f"turned: variants stood across ({', '.join(kept.names)})"]
    notes += [f"columns without visitors, set aside: {', '.join(aside)}"] * bool(aside)
    return replace(grid, names=(*labels.names, VARIANT, COUNT), rows=rows).noting(*notes)


def _of_counts(grid: Grid) -> Grid:
    """The grid with names of variants that do not say of each that it is counted: A n, B n."""
    bare = [COUNTED.sub("", name) for name in grid.names]
    every = all(bare) and all(map(COUNTED.search, grid.names)) and len({*bare}) == len(bare)
    return replace(grid, names=tuple(bare)) if every else grid


def _with_visitors(grid: Grid, metric: int, across: Sequence[int]) -> list[int]:
    """The columns with a number in every row of visitors that tells counts."""
    of_units = [row for row in grid.rows if tells_metrics([row[metric]])]
    counts = [
        [at for at in across if is_number(row[at]) and not is_rate(row[at])] for row in of_units
    ]
    return [at for at in across if all(at in held for held in counts if held)]


def _texts_and_numbers(grid: Grid) -> tuple[list[int], list[int]]:
    """Places of columns without a number, and of the others."""
    numbers = [
        at
        for at, name in enumerate(grid.names)
        if any(map(is_number, grid.column(at))) and not _names_rows(name, grid.column(at))
    ]
    return [at for at in range(len(grid.names)) if at not in numbers], numbers


def _names_rows(name: str, cells: Sequence[Cell]) -> bool:
    """Whether numbers are days, or variants that stand equally often in several rows."""
    times = {*Counter(cells).values()}
    variants = vocabulary.is_variant_name(name) and len(times) == 1 and times != {1}
    return is_time(name) or variants


def _has_variant(grid: Grid, texts: Sequence[int], metric: int) -> bool:
    """Whether a column of texts beside the metrics is one of variants."""
    levels = {grid.names[at]: tuple(map(str, grid.column(at))) for at in texts if at != metric}
    return vocabulary.variant_among(levels, sure=True) is not None
