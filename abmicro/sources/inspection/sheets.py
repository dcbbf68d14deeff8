"""Whether a data file is a sheet of counts, and the sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from abmicro.errors import Problem, SourceError
from abmicro.experiment.model import Shape
from abmicro.sources import vocabulary
from abmicro.sources.engines.engine import locked
from abmicro.sources.engines.files import is_text, reader
from abmicro.sources.sheets.cells import MOST_CELLS, page_of_file, rows_of_file, text_of, trimmed
from abmicro.sources.sheets.columns import is_label
from abmicro.sources.sheets.comparisons import without_comparisons
from abmicro.sources.sheets.grid import Grid, tells_metrics
from abmicro.sources.sheets.layout import grid_of
from abmicro.sources.sheets.numbers import is_number
from abmicro.sources.sheets.sheet import CountsSheet, as_shown, sheet_of, sheet_of_page
from abmicro.sources.sheets.units import COUNTING
from abmicro.sources.sql.fragments import select
from abmicro.sources.text.workbooks import ENDINGS, Page, sheets_of

FIRST = 500
FIRST_BYTES = 200_000
SMALL = 200
FEW = 4
"""Numbers that a sheet beside the one of counts may hold."""

Rows = Sequence[Sequence[object]]


def sheet_among(files: Sequence[Path], shape: Shape | None, page: str | None) -> CountsSheet | None:
    """The sheet of counts that files hold; None where their rows are something else.

    shape: what a row is, where the owner knows. page: name of a sheet of a workbook.
    Raises SourceError for a sheet that cannot be read.
    """
    if shape not in {None, Shape.COUNTS}:
        return None
    if len(files) == 1 and files[0].suffix.lower() in ENDINGS:
        return _of_workbook(files[0], shape, page)
    if shape is None and not _is_sheet(rows_of(files[:1], FIRST_BYTES)):
        return None
    sheet = sheet_of(rows_of(files))
    letters = {text_of(file)[1] for file in files} - {None} if is_text(files) else set()
    notes = (f"letters read as {one}" for one in sorted(map(str, letters)))
    return replace(sheet, notes=(*sheet.notes, *notes))


def _of_workbook(file: Path, shape: Shape | None, page: str | None) -> CountsSheet | None:
    """The counts in a workbook: in the sheet that is named, else in the only one that has some."""
    pages = [page] if page is not None else sheets_of(file)
    if len(pages) == 1:
        only = page_of_file(file, pages[0])
        return sheet_of_page(only) if shape or _is_sheet(only.rows) else None
    found: dict[str, tuple[Page, CountsSheet]] = {}
    faults: dict[int, SourceError] = {}
    for one in pages:
        read = page_of_file(file, one)
        try:
            found[one] = read, sheet_of(read.rows)
        except SourceError as error:
            faults[sum(map(is_number, chain.from_iterable(trimmed(read.rows))))] = error
    if len(found) == 1:
        ((name, its),) = found.items()
        sheet = as_shown(*its)
        return replace(sheet, notes=(*sheet.notes, f"counts from the sheet {name!r}"))
    if not found and sorted(faults)[-2:][0] < FEW <= max(faults):
        raise faults[max(faults)]
    what = f"{file.name} has several sheets: {', '.join(pages)}"
    hint = f'name the one with the counts: --sheet "{next(iter(found or pages))}"'
    raise SourceError(Problem("data.sheet", what, "E326", hint))


def rows_of(files: Sequence[Path], most: int = -1) -> Rows:
    """The cells of the files, one below the other; SourceError where their first rows differ.

    most: bytes of text to read of each.
    """
    if not is_text(files):
        return list(_of_engine(files))
    first, *others = (rows_of_file(file, most=most) for file in files)
    for file, rows in zip(files[1:], others, strict=True):
        if rows[:1] != first[:1]:
            what = f"{file.name} begins with other names than {files[0].name}"
            hint = "name one file, or files of one form"
            raise SourceError(Problem("data.source", what, "E335", hint))
    return [*first, *(row for rows in others for row in rows[1:])]


def _of_engine(files: Sequence[Path]) -> Iterator[Sequence[object]]:
    """Rows of files that are no text, below their names."""
    with locked(files) as engine:
        relation = reader(files)
        names = tuple(engine.columns(relation))
        yield names
        most = MOST_CELLS // max(len(names), 1) + 1
        yield from islice(engine.rows(select([("*", "*")], relation)), most)


def _is_sheet(rows: Rows) -> bool:
    """Whether rows look like counts, and not like units, events or cells of a joint table."""
    first = trimmed(rows[:FIRST])
    try:
        grid = without_comparisons(grid_of(first))
    except SourceError:
        cells = [cell for cell in chain.from_iterable(first) if cell != ""]
        if 3 * sum(map(is_number, cells)) > len(cells) and len(rows) <= SMALL:
            raise
        return False
    if any(name.startswith("goal__") for name in grid.names) or _has_ids(grid):
        return False
    if _tells_units(grid):
        return not _repeats(grid)
    of_log = (*vocabulary.UNIT, *vocabulary.EVENT, *vocabulary.TIME)
    if len(rows) > SMALL or vocabulary.best(grid.names, of_log):
        return False
    return _is_read(rows, grid)


def _is_read(rows: Rows, grid: Grid) -> bool:
    """Whether rows are read as counts; SourceError where they are none and look like a sheet."""
    try:
        sheet_of(rows)
    except SourceError:
        if _tells_rows_apart(grid):
            raise
        return False
    return True


def _tells_rows_apart(grid: Grid) -> bool:
    """Whether every row has labels of its own, none of them an id, as rows of a sheet have."""
    labels, most = _labels(grid), max(len(grid.rows) // 2, vocabulary.MOST_ARMS)
    levels = [len({*labels.column(at)}) for at in range(len(labels.names))]
    return len({*labels.rows}) == len(grid.rows) > 1 and max(levels, default=0) <= most


def _tells_units(grid: Grid) -> bool:
    """Whether a column is called like visitors, or a cell of the first rows is."""
    cells = {str(cell) for row in grid.rows for cell in row if not is_number(cell)}
    texts = (COUNTING.sub("", vocabulary.words(cell)) for cell in cells)
    return tells_metrics(grid.names) or vocabulary.best(texts, vocabulary.UNITS) is not None


def _has_ids(grid: Grid) -> bool:
    """Whether each row has an id of its own."""
    name = vocabulary.best(grid.names, vocabulary.UNIT)
    if name is None or len(grid.rows) <= vocabulary.MOST_ARMS:
        return False
    ids = {row[grid.names.index(name)] for row in grid.rows}
    return 2 * len(ids) > len(grid.rows)


def _repeats(grid: Grid) -> bool:
    """Whether most rows have the texts of another one, as rows of units do."""
    texts = {*_labels(grid).rows}
    return len(grid.rows) > vocabulary.MOST_ARMS and 2 * len(texts) < len(grid.rows)


def _labels(grid: Grid) -> Grid:
    """The columns of text, and those that numbers name rows in."""
    names = enumerate(grid.names)
    return grid.only(
        at for at, name in names if is_label(name) or not any(map(is_number, grid.column(at)))
    )
