"""Cells of the sheets of a workbook (.xlsx), as the workbook holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from abmicro.errors import Problem, SourceError
from abmicro.frozen import frozen
from abmicro.sources.text.workbook_looks import Looks, letters_of, looks_of

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

ENDINGS = (".xlsx", ".xlsm")
SHOW = "show all {}, or copy those that are meant to a sheet of their own"
Rows = list[list[Any]]
T = TypeVar("T")


@frozen
class Page:
    """One sheet of a workbook.

    rows: its cells. hidden: places of columns that hold something and that it does not show, to
    what they are called. name: of file and sheet.
    """

    rows: Rows
    hidden: dict[int, str] = field(default_factory=dict)
    name: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """What to say of the columns that are not shown."""
        return (f"hidden columns: {', '.join(self.hidden.values())}",) * bool(self.hidden)

    @property
    def _shown(self) -> Rows:
        return [[cell for at, cell in enumerate(row) if at not in self.hidden] for row in self.rows]

    def refuse_hidden(
        self, made: T, make: Callable[[Rows], T], told: Callable[[T], object]
    ) -> None:
        """Raise SourceError where what was made of the rows hangs on columns that are not shown.

        told: what of it must not.
        """
        if not self.hidden:
            return
        try:
            alike = told(make(self._shown)) == told(made)
        except SourceError:
            alike = False
        if not alike:
            listed = ", ".join(self.hidden.values())
            what = f"columns of {self.name} are hidden, and may not be meant: {listed}"
            raise SourceError(Problem("data.source", what, "E649", SHOW.format("columns")))


def sheets_of(path: Path) -> list[str]:
    """Names of the sheets of a workbook that have cells; SourceError for what is no workbook."""
    with _opened(path) as book:
        return [str(name) for name in book.sheet_names if _has_cells(book, name)]


def page_of(path: Path, sheet: str | None = None) -> Page:
    """One sheet: texts, floats, truths, days and times; "" where a cell is empty.

    sheet: its name; needed where several sheets have cells. A formula is the value it had when the
    workbook was saved, an error such as #DIV/0! its text.

    Raises SourceError for what is no workbook, where it is not clear which sheet is meant, and for
    rows that the sheet does not show.
    """
    return _page(path, sheet)[0]


def shown_page(path: Path, sheet: str | None) -> Page:
    """The same with `ShownNumber` for what the sheet shows in percent or as money."""
    page, looks = _page(path, sheet)
    rows = page.rows
    for row, column in looks.signs:
        if row < len(rows) and column < len(rows[row]) and isinstance(rows[row][column], float):
            rows[row][column] = looks.number(row, column, rows[row][column])
    return page


def _page(path: Path, sheet: str | None) -> tuple[Page, Looks]:
    with _opened(path) as book:
        name = _chosen(path, book, sheet)
        rows = list(book.get_sheet_by_name(name).to_python(skip_empty_area=False))
    looks = looks_of(path, name)
    hidden = [
        at for at in sorted(looks.hidden) if at < len(rows) and any(one != "" for one in rows[at])
    ]
    if hidden:
        told = ", ".join(str(at + 1) for at in hidden[:5]) + ", ..." * (len(hidden) > 5)
        what = f"{path.name}: rows of sheet {name!r} are hidden, and may not be meant: {told}"
        raise SourceError(Problem("data.source", what, "E649", SHOW.format("rows")))
    columns = {at: called for at in sorted(looks.columns) if (called := _called(rows, at))}
    return Page(rows, columns, f"sheet {name!r} of {path.name}"), looks


def _called(rows: Rows, place: int) -> str:
    """The letters of a column and the first of its cells; nothing where it holds none."""
    held = (str(row[place]) for row in rows if place < len(row) and row[place] != "")
    first = next(held, None)
    return "" if first is None else f"{letters_of(place)} ({first})"


@contextmanager
def _opened(path: Path) -> Iterator[CalamineWorkbook]:
    """The workbook; SourceError for what is none."""
    from python_calamine import CalamineError, load_workbook

    try:
        with load_workbook(path) as book:
            yield book
    except (CalamineError, OSError) as error:
        what = f"{path.name} is no workbook that can be read: {str(error).lower()}"
        hint = "save it again as .xlsx, without a password"
        raise SourceError(Problem("data.source", what, "E325", hint)) from None


def _chosen(path: Path, book: CalamineWorkbook, sheet: str | None) -> str:
    """The name of the sheet that is meant."""
    from abmicro.errors import suggest

    names = [str(name) for name in book.sheet_names]
    if sheet is not None:
        if sheet not in names:
            what = f"{path.name} has no sheet {sheet!r}"
            raise SourceError(Problem("data.sheet", what, "E326", suggest(sheet, names)))
        return sheet
    filled = [name for name in names if _has_cells(book, name)]
    if len(filled) > 1:
        what = f"{path.name} has several sheets: {', '.join(filled)}"
        hint = f'write sheet = "{filled[0]}" in [data], or the name of another one'
        raise SourceError(Problem("data.sheet", what, "E326", hint))
    if not filled:
        raise SourceError(
            Problem("data.source", f"{path.name} has no cells", "E302", "export it again")
        )
    return filled[0]


def _has_cells(book: CalamineWorkbook, name: str) -> bool:
    """Whether a sheet holds cells; one of charts alone does not."""
    from python_calamine import CalamineError

    try:
        return bool(book.get_sheet_by_name(name).height)
    except CalamineError:
        return False
