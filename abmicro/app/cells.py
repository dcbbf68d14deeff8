"""The cells of pasted counts as a table to type into, and which of them cannot be counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from abmicro.app.shell.forms import Mistake, amount
from abmicro.frozen import frozen
from abmicro.sources.sheets.cells import rows_of_text

MOST_ROWS, MOST_COLUMNS = 27, 14
START = (("variant", "visitors", "clicks", "orders"), ("Today", "", "", ""), ("New", "", "", ""))


@frozen
class Cells:
    """Rows of text of one width, names of columns first."""

    rows: tuple[tuple[str, ...], ...]

    @property
    def text(self) -> str:
        """The cells as a sheet copies them."""
        return "\n".join("\t".join(row) for row in self.rows)

    @property
    def are_named(self) -> bool:
        """Whether there are words and no numbers above the columns."""
        return all(amount(name) is None for name in self.rows[0][1:])

    def named(self) -> Cells:
        """With a row of names to be corrected, and names of variants where there are only numbers.

        >>> Cells((("10000", "300"), ("10050", "318"))).named().rows[1:]
        (('Today', '10000', '300'), ('New 2', '10050', '318'))
        """
        rows = self.rows
        if all(amount(row[0]) is not None for row in rows):
            rows = tuple(
                (f"New {at}" if at > 1 else START[1][0], *row) for at, row in enumerate(rows, 1)
            )
        goals = [*(f"goal {at}" for at in range(1, len(rows[0]) - 2)), START[0][-1]]
        return Cells(((*START[0][:2], *goals)[: len(rows[0])], *rows))

    def wider(self) -> Cells:
        """With a column for one more goal, before the last one, which pays."""
        at = max(len(self.rows[0]) - 1, 1)
        head, *rest = ((*row[:at], "", *row[at:]) for row in self.rows)
        taken = {cell.strip().lower() for cell in head}
        new = next(f"goal {n}" for n in range(1, 99) if f"goal {n}" not in taken)
        return Cells(((*head[:at], new, *head[at + 1 :]), *rest))

    def longer(self) -> Cells:
        """With a row for one more variant."""
        return Cells((*self.rows, (f"New {len(self.rows)}", *[""] * (len(self.rows[0]) - 1))))


def cells_of(text: str) -> Cells | None:
    r"""The table that a text shows; None where it is not one of a size that people type.

    >>> cells_of("variant,visitors\nA,100").rows
    (('variant', 'visitors'), ('A', '100'))
    """
    rows = [[cell.strip() for cell in row] for row in rows_of_text(text)]
    kept = [row for row in rows if any(row)]
    width = max(map(len, kept), default=0)
    if not (2 <= len(kept) <= MOST_ROWS and 2 <= width <= MOST_COLUMNS):
        return None
    return Cells(tuple((*row, *[""] * (width - len(row))) for row in kept))


def faults(cells: Cells, columns: Iterable[int]) -> Iterator[Mistake]:
    """The cells of these columns that cannot be counts though half of their column are."""
    for at in columns:
        name = cells.rows[0][at]
        if not are_counts([row[at] for row in cells.rows[1:]]):
            continue
        for line, row in enumerate(cells.rows[1:], 1):
            if said := _fault(row[at], name):
                yield Mistake(f"{row[0] or f'Row {line}'}, {name}: {said}", id_of(line, at))


def too_many(cells: Cells, columns: Iterable[int], units: int) -> Iterator[Mistake]:
    """The cells of these columns above the visitors of their row, where others are not."""
    visitors = [amount(row[units]) or 0 for row in cells.rows[1:]]
    for at in columns:
        reached = [amount(row[at]) or 0 for row in cells.rows[1:]]
        above = [one > most for one, most in zip(reached, visitors, strict=True)]
        for line, is_above in enumerate(above, 1):
            if is_above and not all(above):
                row, name = cells.rows[line], cells.rows[0][at]
                what = f"{row[0]}: {row[at]} {name}, but only {row[units]} {cells.rows[0][units]}."
                yield Mistake(what, id_of(line, at), "Is a digit missing?")


def are_counts(column: Sequence[str]) -> bool:
    """Whether half of the cells or more are whole numbers."""
    return 2 * sum(_is_count(cell) for cell in column) >= len(column)


def id_of(row: int, column: int) -> str:
    """The id of the field of a cell."""
    return f"cell-{row}-{column}"


def _is_count(cell: str) -> bool:
    number = None if "%" in cell else amount(cell)
    return number is not None and number == int(number)


def _fault(cell: str, name: str) -> str:
    if _is_count(cell):
        return ""
    if not cell:
        return "nothing is written here. Write 0 where nobody got so far."
    if (number := amount(cell.removeprefix("-"))) is not None:
        is_rate = "%" in cell or number < 1
        said = "below 0" if cell.startswith("-") else "a rate" if is_rate else "no whole number"
        return f"{cell} is {said}. Enter how many {name or 'people'} there were, for example 336."
    return f"“{cell[:40]}” is not a number. Enter a whole number, for example 336."
