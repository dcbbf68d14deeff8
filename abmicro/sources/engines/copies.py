"""Plain copies of files that DuckDB cannot read as they are: other letters, lines, workbooks.

DuckDB reads UTF-8 with one ending of lines. What a file's first bytes show is copied before it is
read; what comes to light later stops the statement as `NotPlainError`, and the walk is taken again
over copies.
"""

from __future__ import annotations

import csv
from codecs import lookup
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from io import TextIOWrapper
from pathlib import Path
from shutil import copyfileobj
from typing import Any

from abmicro.errors import Problem, SourceError
from abmicro.frozen import frozen
from abmicro.sources.cell_words import NOTHING
from abmicro.sources.engines.files import is_json, is_parquet
from abmicro.sources.engines.json_copies import write_texts
from abmicro.sources.engines.scratch import FULL
from abmicro.sources.text.encodings import (
    BROKEN,
    UTF_8,
    encoding_of,
    named,
    opened,
    single_bytes,
    unknown_letters,
)
from abmicro.sources.text.workbooks import ENDINGS, page_of

HEAD = 1_000_000
"""Bytes of a file that are looked at before it is read."""


class NotPlainError(SourceError):
    """Text at which DuckDB stops, and of which a plain copy may be read."""


@frozen
class Plain:
    """Files as DuckDB reads them.

    files: those given, or copies of them. numbers: places of columns that a workbook fills with
    numbers. notes: how they were read, for people.
    """

    files: tuple[Path, ...]
    numbers: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()


@frozen
class Saved:
    """How files were saved, as far as their owner says: in which letters, on which sheet."""

    encoding: str | None = None
    sheet: str | None = None


def plain(
    files: Sequence[Path],
    saved: Saved,
    folder: Path,
    texts: Collection[str] = (),
    *,
    copied: bool = False,
) -> Plain:
    """The files, or copies in a folder where they must be, each once whatever links name it.

    texts: columns whose numbers are meant as text, in JSON. copied: text is copied whatever its
    first bytes show.

    Raises SourceError for letters that no encoding explains and workbooks that cannot be read.
    """
    files, links = _once(files)
    if all(file.suffix.lower() in ENDINGS for file in files):
        made = _of_workbooks(files, saved.sheet, folder)
        return replace(made, notes=(*links, *made.notes))
    if saved.sheet is not None:
        what = f"{files[0].name} is no workbook"
        raise SourceError(Problem("data.sheet", what, "E326", "drop sheet from [data]"))
    told = None if saved.encoding is None else lookup(saved.encoding).name
    found, guessed = list[Path](), dict[str, list[str]]()
    for at, file in enumerate(files):
        encoding = None if is_parquet([file]) else _to_copy(file, told, copied)
        if encoding is None:
            found.append(file)
            continue
        found.append(_place(folder, at, file))
        read = _copy(file, encoding, told is None, found[-1])
        if copied and is_json([file]):
            write_texts(found[-1], texts)
        guessed.setdefault(named(read), []).append(file.name)
    guessed.pop(named(UTF_8), None)
    notes = () if told else tuple(_note(one, of) for one, of in guessed.items())
    return Plain(tuple(found), notes=(*links, *notes))


def _once(files: Sequence[Path]) -> tuple[list[Path], tuple[str, ...]]:
    """Each file once, and a note on those that links name again."""
    found: dict[tuple[int, int], Path] = {}
    again = []
    for file in files:
        status = file.stat()
        first = found.setdefault((status.st_dev, status.st_ino), file)
        again += [f"{file.name} is the file {first.name} once more"] * (first is not file)
    return [*found.values()], (f"read once: {'; '.join(again[:3])}",) * bool(again)


def head_of(file: Path) -> bytes:
    """The first bytes of a file; SourceError where it cannot be opened or unpacked."""
    try:
        with opened(file) as content:
            return content.read(HEAD)
    except BROKEN as error:
        raise _broken(file, error) from None


def _broken(file: Path, error: Exception) -> Exception:
    """What to raise; a full disk is not the file's fault, and told where the folder was made."""
    if isinstance(error, OSError) and error.errno in FULL:
        return error
    reason = (isinstance(error, OSError) and error.strerror) or str(error)
    what = f"{file.name} cannot be read: {reason.lower()}"
    return SourceError(Problem("data.source", what, "E303", "copy or save it again"))


def _to_copy(file: Path, told: str | None, copied: bool) -> str | None:
    """The encoding from which a file must be copied; None where it can be read as it is."""
    head = head_of(file)
    seen = encoding_of(head)
    if told not in {None, UTF_8}:
        return told
    if seen == UTF_8 and not copied and not _ends_lines_in_several_ways(head):
        return None
    return seen or UTF_8


def _ends_lines_in_several_ways(head: bytes) -> bool:
    both = head.count(b"\r\n")
    alone = (head.count(b"\n") - both, head.count(b"\r") - both - head.endswith(b"\r"))
    return sum(times > 0 for times in (both, *alone)) > 1


def _copy(file: Path, encoding: str, guess: bool, to: Path) -> str:
    """Write a copy in UTF-8; the encoding that was read.

    guess: what is not UTF-8 may be what spreadsheets write.
    """
    to.parent.mkdir(parents=True)
    try:
        return _recode(file, encoding, to)
    except UnicodeDecodeError:
        if not guess or encoding != UTF_8:
            raise unknown_letters(file, f"is not written in {named(encoding)}") from None
    with opened(file) as content:
        try:
            return _recode(file, single_bytes(content), to)
        except ValueError as error:
            raise unknown_letters(file, error) from None


def _recode(file: Path, encoding: str, to: Path) -> str:
    way = "utf-8-sig" if encoding == UTF_8 else encoding
    try:
        with (
            TextIOWrapper(opened(file), way) as text,
            to.open("w", encoding=UTF_8, newline="\n") as copy,
        ):
            copyfileobj(text, copy)
    except BROKEN as error:
        raise _broken(file, error) from None
    return encoding


def _place(folder: Path, at: int, file: Path) -> Path:
    """Where a copy goes: under its own name, in folders that name columns, unpacked."""
    columns = [part for part in file.parent.parts if "=" in part]
    name = file.name.removesuffix(file.suffix) if file.suffix.lower() == ".gz" else file.name
    return folder.joinpath(f"copy{at}", *columns, name)


def _note(encoding: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - 1:,} more" * (len(names) > 1)
    return f'{names[0]}{more} read as {encoding}; encoding = "..." in [data] names another'


def _of_workbooks(files: Sequence[Path], sheet: str | None, folder: Path) -> Plain:
    """Each sheet as text between commas."""
    made, numbers, notes = list[Path](), list[frozenset[int]](), list[str]()
    for at, file in enumerate(files):
        page = page_of(file, sheet)
        rows = page.rows
        notes += page.notes
        numbers.append(_numbers(rows))
        made.append(_place(folder, at, file).with_suffix(".csv"))
        made[-1].parent.mkdir(parents=True)
        with made[-1].open("w", encoding=UTF_8, newline="") as copy:
            clocks = _clocks(rows)
            lines = (_texts(row, clocks) for row in rows)
            csv.writer(copy, lineterminator="\n").writerows(lines)
    return Plain(tuple(made), frozenset.intersection(*numbers), tuple(dict.fromkeys(notes)))


def _numbers(rows: Sequence[Sequence[Any]]) -> frozenset[int]:
    """Places of columns in which no text stands below the first number."""
    begun, mixed = set[int](), set[int]()
    for row in rows:
        for place, cell in enumerate(row):
            if isinstance(cell, float):
                begun.add(place)
            elif place in begun and str(cell).strip().lower() not in NOTHING:
                mixed.add(place)
    return frozenset(begun - mixed)


def _clocks(rows: Sequence[Sequence[Any]]) -> frozenset[int]:
    """Places of columns that tell the time of the day; midnight comes as a bare day."""
    return frozenset(
        place for row in rows for place, cell in enumerate(row) if isinstance(cell, datetime)
    )


def _texts(row: Sequence[Any], clocks: Collection[int]) -> Iterator[str]:
    """Cells as text: whole numbers without a point, truths in small letters, times as ISO."""
    for place, cell in enumerate(row):
        if isinstance(cell, bool):
            yield str(cell).lower()
        elif isinstance(cell, float) and cell.is_integer():
            yield str(int(cell))
        elif isinstance(cell, date) and not isinstance(cell, datetime) and place in clocks:
            yield f"{cell} 00:00:00"
        else:
            yield str(cell)
