"""Why pasted counts have no answer, said where it can be mended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from abmicro.app.cells import Cells, are_counts, faults, id_of, too_many
from abmicro.app.shell.forms import Mistake, amount
from abmicro.app.shell.told import mistakes_of
from abmicro.errors import AbmicroError
from abmicro.sources.sheets.cells import rows_of_text


def why_unread(paste: str, cells: Cells | None, error: AbmicroError) -> tuple[Mistake, ...]:
    """What is wrong with counts that could not be read; `error` is what the reader said."""
    found = tuple(_in_lines(paste)) or tuple(_in_cells(cells) if cells else ())
    return found or mistakes_of(error, "paste")


def _in_cells(cells: Cells) -> Iterator[Mistake]:
    head, rows = cells.rows[0], cells.rows[1:]
    counts = [at for at in range(1, len(head)) if are_counts([row[at] for row in rows])]
    yield from faults(cells, range(1, len(head)))
    if counts:
        yield from too_many(cells, counts[1:], counts[0])
        yield from _events(cells, counts[1:], counts[0])
    yield from _rates(cells, counts[0] if counts else None)
    yield from _names(rows) if counts else ()


def _events(cells: Cells, columns: Sequence[int], units: int) -> Iterator[Mistake]:
    """Columns that are above the visitors in every row: they count no people."""
    for at in columns:
        pairs = [(amount(row[at]) or 0, amount(row[units]) or 0) for row in cells.rows[1:]]
        if all(reached > visitors for reached, visitors in pairs):
            name = cells.rows[0][at]
            what = f"There are more {name} than {cells.rows[0][units]} in every row."
            yield Mistake(what, id_of(1, at), f"Count people: how many had {name} at least once.")


def _rates(cells: Cells, units: int | None) -> Iterator[Mistake]:
    """Columns of rates where counts are asked."""
    head, first = cells.rows[:2]
    visitors = None if units is None else amount(first[units])
    for at in range(1, len(head)):
        if not first[at].endswith("%") or (rate := amount(first[at])) is None:
            continue
        told = (
            f": {first[at]} of {visitors:,.0f} are {visitors * rate / 100:,.0f}" if visitors else ""
        )
        remedy = f"Enter how many people there were{told}."
        yield Mistake(f"“{head[at]}” holds rates.", id_of(1, at), remedy)


def _names(rows: Sequence[Sequence[str]]) -> Iterator[Mistake]:
    """Variants that cannot be told apart."""
    names = [row[0] for row in rows]
    if len(names) == 1:
        what = f"There is only one variant, “{names[0][:40]}”."
        yield Mistake(what, id_of(1, 0), "A test compares two: add a row for the other.")
    elif not any(names):
        yield Mistake("The variants have no names.", id_of(1, 0), "Write them, such as Today, New.")
    elif len({*names}) == 1:
        what = f"All rows are called “{names[0][:40]}”."
        yield Mistake(what, id_of(2, 0), "Give each variant a name of its own.")


def _in_lines(paste: str) -> Iterator[Mistake]:
    """Lines of which the names have fewer cells than the numbers."""
    rows = [row for row in rows_of_text(paste) if any(cell.strip() for cell in row)]
    if len(rows) > 1 and 1 < len(rows[0]) < min(map(len, rows[1:])):
        what = f"There are {len(rows[0])} names, but {len(rows[1])} cells in a row below."
        hint = "Copy the cells from the sheet itself, or leave out commas between thousands."
        yield Mistake(what, "paste", hint)
