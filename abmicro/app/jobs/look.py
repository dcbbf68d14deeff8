"""A first look at a file: its first rows, and what they seem to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from glob import escape
from itertools import islice
from pathlib import Path

from abmicro.app.jobs.endless import refuse_endless
from abmicro.app.runs.worker import Tell
from abmicro.errors import Problem, SourceError
from abmicro.experiment.model import Shape
from abmicro.frozen import frozen
from abmicro.sources.engines.engine import locked
from abmicro.sources.engines.files import files_of, reader
from abmicro.sources.inspection.inspect import Sniffed, sniff, sniff_export
from abmicro.sources.sheets.cells import rows_of_file
from abmicro.sources.sql.fragments import select
from abmicro.sources.text.workbooks import ENDINGS as WORKBOOKS, sheets_of

FIRST_ROWS, FIRST_BYTES, WIDEST = 8, 200_000, 60
NOT_THAT = "E662"


@frozen
class FirstLook:
    """What a file shows at first.

    pages: sheets of a workbook that have cells. rows: the first ones as text, names first.
    columns: all names of columns. seen: what they seem to be; None where `problem` says why not.
    """

    pages: tuple[str, ...]
    page: str
    rows: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...]
    seen: Sniffed | None
    problem: SourceError | None = None


def look(
    _: Path, tell: Tell, path: str, shape: str = "", preset: str = "", page: str = ""
) -> FirstLook:
    """Look at a file.

    shape, preset, page: what its owner says of it, empty for a guess.
    Raises SourceError for a file of which not even the first rows can be read.
    """
    tell("Looking at the file")
    (file,) = files_of(escape(path), None)
    pages: tuple[str, ...] = ()
    refuse_endless(file)
    if file.suffix in WORKBOOKS:
        pages = tuple(sheets_of(file))
        page = page if page in pages else next(iter(pages), "")
    rows = tuple(_first_rows(file, page or None))
    seen, problem = None, None
    try:
        seen = _seen(path, shape, preset, page)
    except SourceError as error:
        problem = error
    return FirstLook(pages, page, rows, rows[0] if rows else (), seen, problem)


def _seen(path: str, shape: str, preset: str, page: str) -> Sniffed:
    if preset:
        seen = sniff_export(path, preset)
        if seen is None:
            what = f"the file has no columns of {preset}, or names no variant"
            raise SourceError(Problem("data.preset", what, NOT_THAT, "choose another export"))
        return seen
    return sniff(path, shape=Shape(shape) if shape else None, page=page or None)


def _first_rows(file: Path, page: str | None) -> Iterator[tuple[str, ...]]:
    """The first rows as they stand, cut where they are too wide to be shown."""
    is_sheet = file.suffix in WORKBOOKS or {".csv", ".tsv"} & {*file.suffixes}
    found: Sequence[Sequence[object]]
    if is_sheet:
        found = rows_of_file(file, page, FIRST_BYTES)
    else:
        with locked([file]) as engine:
            relation = reader([file])
            names = tuple(engine.columns(relation))
            found = [names, *engine.rows(f"{select([('*', '*')], relation)}\nLIMIT {FIRST_ROWS}")]
    kept = (row for row in found if any(cell not in ("", None) for cell in row))
    for row in islice(kept, FIRST_ROWS + 1):
        yield tuple("" if cell is None else str(cell)[:200] for cell in row[:WIDEST])
